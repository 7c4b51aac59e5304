import { expect, test } from 'vitest'
import { fileTable } from './file.ts'

test('what is not a file is refused, as a pipe would be waited for', async () => {
  const options = fileTable.options.parse('null')
  const refused = { code: 'usage', message: 'null is not a file, and a lookup table is read whole from one' }
  expect(() => fileTable.look(options, '/dev')).toThrow(expect.objectContaining(refused))
  await expect(fileTable.read(options, '/dev')).rejects.toMatchObject(refused)
})
