import { expect, test } from 'vitest'
import { Failure } from '../base/failure.ts'
import type { CheckedLookup } from '../pipeline/checked.ts'
import { fileTable } from '../table/lookup/file.ts'
import { defineLookup } from '../table/lookup/lookup.ts'
import { openLookupTables } from './lookup-tables.ts'

test('a table that could not be read is read again by the next that asks', async () => {
  let isThere = false
  const content = { count: 0, columns: [] }
  const type = defineLookup<unknown>({
    ...fileTable,
    async read() {
      if (!isThere) throw new Failure('not-found', 'it is away')
      return new Uint8Array(0)
    },
    decode: async () => content,
  })
  const checked = { name: 'ports', type, options: {}, columns: [], key: [], unique: true } as unknown as CheckedLookup
  const tables = openLookupTables({
    pipeline: () => ({ lookups: new Map([['ports', checked]]), folder: '.' }),
    warn: () => {},
  })
  await expect(tables.content('ports', undefined)).rejects.toThrow('table ports: it is away')
  isThere = true
  expect(await tables.content('ports', undefined)).toBe(content)
})
