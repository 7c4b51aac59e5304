/** Random statements over random files give the rows of a naive evaluator, however the file is cut. */
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { compareLists } from '../../src/engine/naive.test-tool.ts'
import type { Value } from '../../src/record/column.ts'
import { folderWith } from '../cli/tailrace.ts'
import { ask } from './ask.ts'
import { doubleValue, numberValue, type Row, textValue, timeValue } from './random-expression.ts'
import { query } from './random-query.ts'

const folder = folderWith()
afterAll(() => folder[Symbol.dispose]())

const NAMES = ['s', 'n', 'm', 'd', 'b', 'ts']
/** Fixes the types of the columns, which are inferred from the first lines. */
const FIRST: Row = ['a', 1n, 2n, 0.5, true, 0]

const row: fc.Arbitrary<Row> = fc.tuple<Value[]>(
  fc.option(textValue),
  fc.option(numberValue),
  fc.option(fc.bigInt(-2n, 2n)),
  fc.option(doubleValue),
  fc.option(fc.boolean()),
  fc.option(timeValue, { freq: 10 }),
)

const table = fc.array(row, { maxLength: 30 }).map((rows): Row[] => [FIRST, ...rows])

function written(value: Value, name: string): string {
  if (name === 'ts' && value !== null) return JSON.stringify(new Date(Number(value)).toISOString().slice(0, -1))
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

const fileOf = (rows: readonly Row[]): string =>
  rows
    .map((values) => `{${values.map((value, i) => `"${NAMES[i]}":${written(value, NAMES[i] as string)}`).join()}}\n`)
    .join('')

/** Makes -0 and 0 one number. */
const settled = (rows: readonly Row[]): Value[][] =>
  rows.map((values) => values.map((value) => (value === 0 ? 0 : value)))

const chunked = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const chunks: Buffer[] = []
  for (let from = 0, i = 0; from < bytes.length; i++) {
    const size = sizes[i % sizes.length] as number
    chunks.push(bytes.subarray(from, from + size))
    from += size
  }
  return chunks
}

test('rows agree with the naive evaluator, for any units of a file and any chunks of a stream', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(query, table, fc.integer({ min: 1, max: 3000 }), sizes, async (asked, rows, unitBytes, chunks) => {
      const text = fileOf(rows)
      folder.write('rows.ndjson', text)
      const file = folder.at('rows.ndjson')
      const whole = await ask(asked.sql, file)
      const found = settled(whole.values)
      const expected = settled(asked.rows(rows))
      if (!asked.ordered) for (const each of [found, expected]) each.sort(compareLists)
      expect(found).toEqual(expected)
      expect(whole).toMatchObject({ lines: rows.length, formats: ['json'] })
      // A row without a time belongs to no window, unless no column needs its windows.
      const timeless = rows.filter((values) => values[5] === null).length
      expect(whole.dead).toBeLessThanOrEqual(asked.sql.includes('DESCRIPTOR') ? timeless : 0)
      expect((await ask(asked.sql, file, { unitBytes, textOnly: true })).text).toBe(whole.text)
      const stdin = chunked(Buffer.from(text), chunks)
      const streamed = ask(asked.sql, '-', { unitBytes, stdin, textOnly: true }).then(({ text }) => text)
      if (/UNION/.test(asked.sql)) await expect(streamed.catch((error: Error) => error)).resolves.toBeDefined()
      else expect(await streamed).toBe(whole.text)
    }),
    { numRuns: Number(process.env.TAILRACE_RUNS ?? 300) },
  )
})
