/** Compares CSV records that the kernel reads with the same records read by the reader. */
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Value, valueAt } from '../../record/column.ts'
import * as types from '../../record/type.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import { type Decoded, decodeAll, decodeApart } from '../decode.test-tool.ts'
import { ParsedColumn } from '../scan/parsed-column.ts'
import { BLOCK_BYTES, BLOCK_RECORDS } from '../scan/parsed-kernel.ts'
import { TextScratch } from '../scan/text-scratch.ts'
import { type DelimitedOptions, openDelimited } from './csv.ts'
import { CsvReader, type CsvShape } from './reader.ts'

type Option = { readonly delimiter: string; readonly nullText?: string }
const FIELDS = [
  { name: 's', type: types.STRING },
  { name: 'n', type: types.BIGINT },
  { name: 'i', type: types.INT },
  { name: 'd', type: types.DOUBLE },
  { name: 't', type: types.TIMESTAMP_LTZ },
  { name: 'wall', type: types.TIMESTAMP },
  { name: 'ok', type: types.BOOLEAN },
  { name: 'day', type: types.DATE },
  { name: 'price', type: types.decimal(9, 2) },
  { name: 'last', type: types.STRING },
]

const optionsOf = ({ delimiter, nullText }: Option): DelimitedOptions => ({
  name: 'csv',
  columns: FIELDS.map((field): DeclaredColumn => ({ field })),
  delimiter,
  null: nullText,
})

/** Rows and rejects of lines in Latin-1, each read by the reader alone. */
function readEach({ delimiter, nullText }: Option, lines: readonly string[]): Omit<Decoded, 'origins'> {
  const rows: Record<string, Value>[] = []
  const rejects: string[] = []
  const shape: CsvShape = {
    delimiter: delimiter.charCodeAt(0),
    fewest: FIELDS.length,
    nullText: nullText === undefined ? undefined : Uint8Array.from(Buffer.from(nullText)),
  }
  lines.forEach((line, i) => {
    const columns = FIELDS.map((field) => new ParsedColumn({ field }, true))
    const scratch = new TextScratch()
    const reader = new CsvReader(columns, shape, scratch)
    const bytes = Uint8Array.from(Buffer.from(line, 'latin1'))
    scratch.begin({ bytes, start: Int32Array.of(0), end: Int32Array.of(bytes.length), count: 1 }, bytes)
    reader.begin(bytes)
    for (const column of columns) column.begin(1)
    if (reader.record(0, bytes.length, 0)) {
      rows.push(Object.fromEntries(columns.map((each) => [each.name, valueAt(each.column(1, scratch.bytes), 0)])))
    } else rejects.push(`${i}:${reader.troubleAt} ${reader.trouble}`)
  })
  return { rows, rejects }
}

const number = fc.oneof(
  fc.integer(),
  fc.nat(100),
  fc.double({ noNaN: true }),
  fc.nat(1000).map((each) => each / 100),
  fc.maxSafeInteger(),
)
const text = fc.oneof(
  fc.string({ maxLength: 40 }).map((each) => each.replaceAll('\n', ' ')),
  fc.constantFrom('', 'a', '\xff\x00', ' ', '"', '\\N', 'NULL', 'a"b', '1'),
)
const strange = fc.constantFrom('', ' 7 ', '+5', '.5', '5.', '007', '-', '-0', '0007.50', '1e3', '"', '\\N', '1"', '-1')
const second = fc.integer({ min: 1709208000, max: 1709208070 }).map((each) => new Date(each * 1000).toISOString())
const values = fc.record({
  s: text,
  n: number,
  i: fc.integer(),
  d: number,
  t: fc.oneof(
    second,
    second.map((each) => each.replace('Z', '+01:00')),
    fc.nat(),
  ),
  wall: second.map((each) => each.slice(0, 19).replace('T', ' ')),
  ok: fc.constantFrom('true', 'false', 'TRUE'),
  day: fc.constant('2024-02-29'),
  price: fc.nat(1e6).map((each) => each / 100),
  last: text,
})
const line = fc
  .tuple(values, fc.option(fc.tuple(fc.nat(9), strange), { nil: undefined }), fc.nat(1023), fc.nat(12), fc.nat(20))
  .map(([record, change, quoted, fields, cut]) => (delimiter: string) => {
    const all = Object.values(record).map(String)
    if (change !== undefined) all[change[0]] = change[1]
    const written = all.map((each, i) => {
      const isQuoted = (quoted >> i) % 2 === 1 || each.includes(delimiter)
      return isQuoted ? `"${each.replaceAll('"', cut === 1 ? '"' : '""')}"` : each
    })
    if (fields === 1) written.pop()
    if (fields === 2) written.push('more')
    const joined = written.join(delimiter) + (cut === 2 ? '\r' : '')
    return cut === 3 ? joined.slice(0, -1) : joined
  })
const option = fc.record(
  {
    delimiter: fc.constantFrom(',', ',', ',', ';', '\t', ':', '-', '.', ' ', '1', 'T', '\x00'),
    nullText: fc.constantFrom('\\N', '"a"', '', '-1', '1', 'NULL', 'a text of more than sixteen bytes'),
  },
  { requiredKeys: ['delimiter'] },
)

test('the kernel and the reader give the same rows and rejects for all records', () => {
  const between = fc.constantFrom('\n', '', '"', ',', '1', '1,2')
  fc.assert(
    fc.property(option, fc.array(line, { minLength: 1, maxLength: 40 }), between, (some, made, mark) => {
      const open = openDelimited(optionsOf(some), undefined)
      const lines = made.map((each) => each(some.delimiter))
      const alone = readEach(some, lines)
      const { rows, rejects } = decodeAll(open, Buffer.from(`${lines.join('\n')}\n`, 'latin1'))
      expect({ rows, rejects }).toEqual(alone)
      const apart = decodeApart(open, lines, mark)
      expect({ rows: apart.rows, rejects: apart.rejects }).toEqual(alone)
    }),
    { numRuns: 600 },
  )
})

test('a delimiter may be a character of numbers and times', () => {
  const read = (delimiter: string, type: types.Type, line: string) => {
    const columns = ['a', 'b'].map((name) => ({ field: { name, type } }))
    return decodeAll(openDelimited({ name: 'csv', columns, delimiter }, undefined), line).rows
  }
  expect(read('.', types.DOUBLE, '1.5')).toEqual([{ a: 1, b: 5 }])
  expect(read('-', types.BIGINT, '-5')).toEqual([{ a: null, b: 5n }])
  expect(read('0', types.INT, '10203')).toEqual([])
  expect(read('0', types.INT, '102')).toEqual([{ a: 1, b: 2 }])
  expect(read('e', types.BOOLEAN, 'truee"false"')).toEqual([])
})

test('a block may end anywhere', () => {
  const some = { delimiter: ',' }
  const rest = '5,6,7.5,2024-02-29T12:00:00Z,2024-02-29 12:00:00,true,2024-02-29,1.25'
  const short = Array.from({ length: 2 * BLOCK_RECORDS + 5 }, (_, i) => (i % 700 === 3 ? 'x' : `${i},${rest},`))
  const long = [-80, -79, -2, -1, 0, 1, 16, 5000].flatMap((more) => {
    const body = 'y'.repeat(BLOCK_BYTES + more)
    return [`${body},${rest},z`, `a,${rest},b`, `"${body}"",",${rest},`, `"${body}`]
  })
  const lines = [...short, ...long, ...short]
  const { rows, rejects } = decodeAll(openDelimited(optionsOf(some), undefined), `${lines.join('\n')}\n`)
  expect({ rows, rejects }).toEqual(readEach(some, lines))
})
