/** Compares rows that the kernel writes with the same values written one by one, by JSON.stringify and a few lines for CSV. */
import { Buffer } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Batch, type Column, columnOf, type Value } from '../../record/column.ts'
import type { Field, Type } from '../../record/type.ts'
import * as types from '../../record/type.ts'
import { makeEncoder } from './encoders.ts'
import { BLOCK_ROWS } from './rows-memory.ts'

/** As Value, but texts are any bytes. */
type Cell = Exclude<Value, string> | Uint8Array
type Filled = { readonly field: Field; readonly cells: readonly Cell[]; readonly column: Column }

const FORMS = ['ndjson', 'json', 'csv'] as const
const MOST_ROWS = 40

/** A time without its zone. (ISO writes years with other than four digits differently.) */
function moment(milliseconds: number): string {
  const date = new Date(milliseconds)
  const year = date.getUTCFullYear()
  const digits = String(Math.abs(year)).padStart(4, '0')
  return `${year > 9999 ? '+' : year < 0 ? '-' : ''}${digits}${date.toISOString().slice(-20, -1)}`
}

function decimal(unscaled: bigint, scale: number): string {
  const size = unscaled < 0n ? -unscaled : unscaled
  const unit = 10n ** BigInt(scale)
  const fraction = scale === 0 ? '' : `.${String(size % unit).padStart(scale, '0')}`
  return `${unscaled < 0n ? '-' : ''}${size / unit}${fraction}`
}

/** A value that is neither NULL nor a text; in quotes if JSON has no number for it. */
function plainText(type: Type, cell: Exclude<Cell, Uint8Array | null>, quote: string): string {
  switch (type.kind) {
    case 'DATE':
      return quote + moment(Number(cell) * 86_400_000).slice(0, -13) + quote
    case 'TIME':
      return quote + moment(Number(cell)).slice(11).replace('.000', '') + quote
    case 'TIMESTAMP':
      return quote + moment(Number(cell)) + quote
    case 'TIMESTAMP_LTZ':
      return `${quote}${moment(Number(cell))}Z${quote}`
    case 'DECIMAL':
      return decimal(cell as bigint, type.scale)
    case 'DOUBLE':
      if (!Number.isFinite(cell as number)) return quote + String(cell) + quote
      return Object.is(cell, -0) ? '-0' : String(cell)
    default:
      return String(cell)
  }
}

function jsonText({ type }: Field, cell: Cell): string {
  if (cell === null) return 'null'
  return cell instanceof Uint8Array ? JSON.stringify(Buffer.from(cell).toString()) : plainText(type, cell, '"')
}

function csvText({ type }: Field, cell: Cell): string {
  if (cell === null) return ''
  if (!(cell instanceof Uint8Array)) return plainText(type, cell, '')
  const text = Buffer.from(cell).toString()
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The expected text of each row, without separators. */
function rowsOf(form: (typeof FORMS)[number], columns: readonly Filled[], from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => {
    const cells = columns.map(({ field, cells }) => {
      const cell = cells[from + i] as Cell
      return form === 'csv' ? csvText(field, cell) : `${JSON.stringify(field.name)}:${jsonText(field, cell)}`
    })
    return form === 'csv' ? cells.join() : `{${cells.join()}}`
  })
}

const batchOf = (columns: readonly Filled[]): Batch => ({
  count: columns[0]?.cells.length ?? 0,
  columns: columns.map(({ column }) => column),
  partition: 0,
  origin: undefined,
  watermark: undefined,
})

/** Checks that every form writes rows [from, to), then the rows after them, and the end of each. */
function check(columns: readonly Filled[], from: number, to: number): void {
  const batch = batchOf(columns)
  for (const form of FORMS) {
    const encoder = makeEncoder(
      form,
      columns.map(({ field }) => field),
    )
    for (const [first, behind] of [
      [from, to],
      [to, batch.count],
    ] as const) {
      const ends = new Int32Array(behind - first)
      const bytes = Buffer.from(encoder.encode(batch, first, behind, ends))
      const rows = rowsOf(form, columns, first, behind)
      const between = form !== 'json' ? '' : first === from ? '\n' : from === to ? '\n' : ',\n'
      const whole = form === 'json' ? rows.join(',\n') : rows.map((row) => `${row}\n`).join('')
      expect(bytes.toString()).toBe(rows.length === 0 ? '' : between + whole)
      rows.forEach((row, i) => {
        const end = ends[i] as number
        expect(bytes.toString('utf8', end - Buffer.byteLength(row), end)).toBe(row)
      })
    }
  }
}

/** A column whose texts lie in any order, with any bytes between them and after the last. */
function textColumn(cells: readonly Cell[], gap: number, isTurned: boolean): Column {
  const start = new Int32Array(cells.length)
  const end = new Int32Array(cells.length)
  const parts: Uint8Array[] = []
  let length = 0
  for (let i = 0; i < cells.length; i++) {
    const row = isTurned ? cells.length - 1 - i : i
    const cell = cells[row]
    const bytes = cell instanceof Uint8Array ? cell : Buffer.from('of a NULL')
    start[row] = length + gap
    end[row] = length + gap + bytes.length
    parts.push(Buffer.alloc(gap, 'x'), bytes)
    length += gap + bytes.length
  }
  const nulls = cells.includes(null) ? Uint8Array.from(cells, (cell) => (cell === null ? 1 : 0)) : undefined
  return { kind: 'string', bytes: Buffer.concat([...parts, Buffer.from('\xbf"')]), start, end, nulls }
}

const DAY_MS = 86_400_000
const broken = fc.array(
  fc.constantFrom(0x41, 0x2c, 0x80, 0xbf, 0xc2, 0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0x8f, 0xff),
)
const text = fc.oneof(
  fc.string({ maxLength: 40 }).map((each) => Buffer.from(each)),
  fc.string({ unit: 'binary', maxLength: 40 }).map((each) => Buffer.from(each)),
  fc.uint8Array({ maxLength: 40 }),
  fc.tuple(fc.nat(20), broken).map(([plain, bytes]) => Buffer.from([...Buffer.alloc(plain, 'a'), ...bytes])),
  fc
    .constantFrom('', '"', ',', 'a\nb', '\r', '\0\b\t\f\x1f\x7f\\', 'GET', 'a'.repeat(16))
    .map((each) => Buffer.from(each)),
)
const time = fc.oneof(
  fc.integer({ min: -8.64e15, max: 8.64e15 }),
  fc.integer({ min: 804_571_200_000, max: 804_571_320_000 }),
  fc.constantFrom(0, -1, -60_000, -60_001, 8.64e15, -8.64e15, 253_402_300_800_000, -62_167_219_200_001),
)
const double = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.tuple(fc.integer(), fc.nat(9)).map(([digits, places]) => digits / 10 ** places),
  fc.constantFrom(-0, 2 ** 53, 2 ** 53 + 2, 1e21, 1e-6, 1e-7, 0.1 + 0.2, 999_999_999.999999, 1e9 + 0.5),
)
const small = fc.maxSafeInteger().map(BigInt)

const KINDS: readonly (readonly [Type, fc.Arbitrary<Cell>])[] = [
  [types.BOOLEAN, fc.boolean()],
  [types.INT, fc.oneof(fc.integer(), fc.nat(1000))],
  [types.BIGINT, fc.oneof(small, fc.nat(1000).map(BigInt))],
  [types.BIGINT, fc.oneof(small, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))],
  [types.DOUBLE, double],
  [types.DOUBLE, fc.nat(1000)],
  [types.decimal(38, 0), fc.bigInt({ min: 1n - 10n ** 38n, max: 10n ** 38n - 1n })],
  [types.decimal(10, 3), fc.bigInt({ min: -10_000n, max: 10n ** 10n })],
  [types.STRING, text],
  [types.DATE, fc.oneof(fc.integer({ min: -1e8, max: 1e8 }), fc.integer({ min: -800_000, max: 20_000 }))],
  [
    types.TIME,
    fc.oneof(
      fc.nat(DAY_MS - 1),
      fc.nat(86_399).map((second) => second * 1000),
    ),
  ],
  [types.TIMESTAMP, time],
  [types.TIMESTAMP_LTZ, time],
  [types.INTERVAL_MONTH, fc.integer()],
  [types.NULL, fc.constant(null)],
]

const filled = (rows: number): fc.Arbitrary<Filled> =>
  fc
    .tuple(fc.constantFrom(...KINDS), fc.constantFrom('n', '', 'a "name"', 'ä\n,', 'a name of more than 16 bytes'))
    .chain(([[type, value], name]) => {
      const some = fc.oneof({ weight: 5, arbitrary: value }, fc.constant(null))
      const length = { minLength: rows, maxLength: rows }
      const cells = fc.oneof(fc.array(value, length), fc.array(some, length))
      return fc.tuple(cells, fc.constantFrom(0, 0, 3, 3000), fc.boolean()).map(([all, gap, isTurned]) => {
        const column = type.kind === 'STRING' ? textColumn(all, gap, isTurned) : columnOf(type, all as Value[])
        return { field: { name, type }, cells: all, column }
      })
    })

test('the kernel writes any rows as they are written value by value', () => {
  const batch = fc.integer({ min: 1, max: MOST_ROWS }).chain((rows) =>
    fc.record({
      columns: fc.array(filled(rows), { minLength: 1, maxLength: 8 }),
      places: fc.tuple(fc.nat(rows), fc.nat(rows)),
    }),
  )
  fc.assert(
    fc.property(batch, ({ columns, places: [a, b] }) => check(columns, Math.min(a, b), Math.max(a, b))),
    { numRuns: 1500 },
  )
})

const repeated = (field: Field, rows: number, cellOf: (row: number) => Cell): Filled => {
  const cells = Array.from({ length: rows }, (_, row) => cellOf(row))
  const isText = field.type.kind === 'STRING'
  return { field, cells, column: isText ? textColumn(cells, 1, false) : columnOf(field.type, cells as Value[]) }
}

test('more rows than a block has room for, and more bytes than the memory has room for', () => {
  const rows = 5 * BLOCK_ROWS + 3
  const columns = [
    repeated({ name: 'n', type: types.BIGINT }, rows, BigInt),
    repeated({ name: 'ratio', type: types.DOUBLE }, rows, (row) => (row % 700 < 5 ? row / 7 : row)),
    repeated({ name: 's', type: types.STRING }, rows, (row) => Buffer.alloc(row % 800, row % 2 === 0 ? '\x01' : 'x')),
  ]
  check(columns, 1, rows - 1)
})

test('a row of enormous texts is written, and so are the rows around it', () => {
  const lengths = [3, (1 << 20) + 1, 0, 3 << 19, 7]
  const columns = [
    repeated({ name: 's', type: types.STRING }, lengths.length, (row) =>
      Buffer.alloc(lengths[row] as number, 'ab"\x02'),
    ),
    repeated({ name: 'n', type: types.BIGINT }, lengths.length, BigInt),
    repeated({ name: 't', type: types.STRING }, lengths.length, (row) =>
      Buffer.alloc((lengths[row] as number) >> 1, 'ä'),
    ),
  ]
  check(columns, 0, lengths.length)
  check(columns.slice(0, 1), 0, lengths.length)
  check(columns, 1, 2)
})

test('a row may have thousands of columns', () => {
  const columns = Array.from({ length: 3000 }, (_, i) =>
    repeated({ name: `c${i}`, type: types.INT }, 3, (row) => row * i),
  )
  check(columns, 0, 2)
})

test('what an encoder gives stays as it is until its own next call, whatever another encodes meanwhile', async () => {
  const field = { name: 's', type: types.TIMESTAMP }
  const turns = [
    [repeated(field, 4, (row) => row * 40_000)],
    [repeated({ name: 'other', type: types.TIMESTAMP }, 4, (row) => row * 40_000 + 1)],
  ].map((columns) => ({
    columns,
    encoder: makeEncoder(
      'ndjson',
      columns.map(({ field }) => field),
    ),
  }))
  for (let row = 0; row < 4; row++) {
    const held: Uint8Array[] = []
    for (const { encoder, columns } of turns) {
      held.push(encoder.encode(batchOf(columns), row, row + 1))
      await setImmediate()
    }
    const expected = turns.map(({ columns }) => `${rowsOf('ndjson', columns, row, row + 1)}\n`)
    expect(held.map((bytes) => Buffer.from(bytes).toString())).toEqual(expected)
  }
})
