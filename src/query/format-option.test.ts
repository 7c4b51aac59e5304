import { expect, test } from 'vitest'
import { describeFailure, type Failure } from '../base/failure.ts'
import { formatOption } from './format-option.ts'

const read = async (written: string) => {
  const { format, options } = await formatOption(written)
  return [format.name, options]
}
const refusal = (written: string) =>
  formatOption(written).then(
    () => undefined,
    (error: Failure) => describeFailure(error),
  )

test('a format is a name, or what a pipeline file has', async () => {
  expect(await read('combined')).toEqual(['combined', {}])
  expect(await read('{ csv: { header: false, delimiter: ";" } }')).toEqual(['csv', { header: false, delimiter: ';' }])
  expect(await read('json:\n  columns:\n    a: { type: STRING, path: x.y }\n    b: INT\n')).toEqual([
    'json',
    { columns: { a: { type: 'STRING', path: 'x.y' }, b: { type: 'INT' } } },
  ])
})

test('a mistake is told in words', async () => {
  expect(await refusal('combind')).toContain('did you mean combined?')
  expect(await refusal('{ csv: { delimitr: x } }')).toMatch(/--format: .*delimitr(.|\n)*delimiter/)
  expect(await refusal('{ csv: { header: 3 } }')).toContain('format.csv.header must be true or false, not 3')
  expect(await refusal('{ csv: {}, tsv: {} }')).toContain('two kinds of format')
  expect(await refusal('{ csv: ')).toContain('--format')
  expect(await refusal('csv=;')).toContain("--format '{ csv: { … } }'")
})
