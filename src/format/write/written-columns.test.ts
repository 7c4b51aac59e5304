import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchOfRows, columnOf, type Value, valueAt } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import * as types from '../../record/type.ts'
import { loadFormat } from '../all.ts'
import type { WrittenColumns } from '../declared-columns.ts'
import { openFormat, writerOf } from '../open.ts'

const ROWS: readonly Field[] = [
  { name: 'id', type: types.INT },
  { name: 'seen', type: types.TIMESTAMP },
  { name: 'note', type: types.STRING },
  { name: 'paid', type: types.decimal(10, 2) },
]
const COLUMNS: WrittenColumns = {
  note: { type: 'STRING' },
  id: { type: 'BIGINT' },
  seen: { type: 'TIMESTAMP(3)' },
}

const chosen = async (name: string, options: object) => ({ format: await loadFormat(name), options })

const rows = fc.array(
  fc.tuple(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
    // An empty field is NULL for all types but STRING, where it is an empty text.
    fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', 'é', ' ') }),
    fc.bigInt({ min: -9_999_999_999n, max: 9_999_999_999n }),
  ),
  { minLength: 1, maxLength: 20 },
)

test.each(['json', 'csv'])(
  '%s: rows are written as records which the topic reads, whatever their order',
  async (name) => {
    const format = await chosen(name, { columns: COLUMNS })
    const { fields, decoder } = openFormat(format, undefined)
    fc.assert(
      fc.property(rows, fc.nat(19), (all, from) => {
        const given = batchOfRows(
          all.length,
          ROWS.map(({ type }, index) =>
            columnOf(
              type,
              all.map((row) => row[index] as Value),
            ),
          ),
        )
        const first = Math.min(from, all.length - 1)
        const records = writerOf(format, ROWS).write(given, first, all.length)
        const rejects: string[] = []
        const read = decoder(fields.map((_, i) => i))(records, { add: (_, at, why) => rejects.push(`${at} ${why}`) })
        expect(rejects).toEqual([])
        const back = Array.from({ length: read.count }, (_, row) => read.columns.map((column) => valueAt(column, row)))
        expect(back).toEqual(all.slice(first).map(([id, seen, note]) => [note, BigInt(id), seen]))
      }),
    )
  },
)

test('what a writer gave stays as it is when it writes again', async () => {
  const writer = writerOf(await chosen('json', {}), [{ name: 'n', type: types.INT }])
  const write = (n: number) => writer.write(batchOfRows(1, [columnOf(types.INT, [n])]), 0, 1)
  const first = write(1)
  write(2)
  expect(Buffer.from(first.bytes).toString('latin1', 0, first.end[0])).toBe('{"n":1}')
})

test.each([
  ['json', { columns: { id: { type: 'INT', path: 'a.b' } } }, 'format json: column id is at a.b'],
  ['json', { columns: { seen: { type: 'INT' } } }, 'format json: column seen is TIMESTAMP(3) in the rows, and INT'],
  ['csv', { columns: { id: { type: 'INT' }, other: { type: 'INT' } } }, 'format csv: the rows have no column other'],
  ['csv', { columns: COLUMNS, delimiter: ';' }, 'format csv: rows are written with commas'],
  ['csv', { columns: COLUMNS, null: '-' }, 'format csv: rows are written with commas'],
  ['tsv', { columns: COLUMNS }, 'format tsv is only read: rows cannot be written in it'],
  ['combined', {}, 'format combined is only read'],
  ['json', { inside: { note: { combined: {} } } }, 'a format in a column of another is only read'],
])('%s with %j is refused', async (name, options, message) => {
  const format = await chosen(name, options)
  expect(() => writerOf(format, ROWS)).toThrow(message)
})

test('json: a column with a name of its own is found by the name that it has in a record', async () => {
  const columns: WrittenColumns = {
    event_time: { type: 'TIMESTAMP(3)', path: 'seen' },
    id: { type: 'INT', path: 'number' },
  }
  const batch = batchOfRows(
    1,
    ROWS.map(({ type }, index) => columnOf(type, [[7, 0, 'a', 5n][index] as Value])),
  )
  const { bytes, start, end } = writerOf(await chosen('json', { columns }), ROWS).write(batch, 0, 1)
  expect(JSON.parse(Buffer.from(bytes.subarray(start[0], end[0])).toString())).toEqual({
    seen: '1970-01-01T00:00:00.000',
    number: 7,
  })
})
