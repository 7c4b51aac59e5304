/** Rows of a table: the values of every kind of column, the rows that are refused, and names that never change. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Value, valueAt } from '../../record/column.ts'
import type { Delivery, SinkRows } from '../sink.ts'
import { mapTable } from './map-table.ts'
import type { TableOptions } from './options.ts'
import { openTableRows, refusalOf } from './rows.ts'
import { deliveryOfRows, RECORDS, RESULT } from './table.test-tool.ts'

const AT = 1_772_366_700_000 // 2026-03-01T12:05:00Z

function open(options: Partial<TableOptions>, rows: SinkRows) {
  const { table, mistakes } = mapTable({ table: 't', ...options }, rows, { keyed: false })
  expect(mistakes).toEqual([])
  const make = openTableRows(table, rows)
  return (delivery: Delivery) => {
    const { count, columns, refused } = make(delivery)
    const values = Array.from({ length: count }, (_, row) => columns.map((column) => valueAt(column, row)))
    return { values, refused, key: table.key ?? [] }
  }
}

const row = (minute: number, path: string | null, hits: bigint): Value[] => {
  const end = AT + minute * 60_000
  return [end - 60_000, end, path, hits]
}

// Promise row-uuid: The UUID of a row is the same after any restart, on any bus and in any store.
// The UUIDs were computed by Python's uuid.uuid5 over the texts that row-key.ts describes.
test('names of rows are the same for good', () => {
  const columns = { id: { row_key: 'uuid' }, name: { row_key: 'json' } } as const
  const keyed = { ...RESULT, rowKey: [1, 2], rowKeyParts: [[1], [2]] }
  expect(open({ columns }, keyed)(deliveryOfRows([row(0, '/é', 1n)])).values).toEqual([
    ['e8c069a9-562d-55bd-8b46-c1cf1232325c', '{"window_end":"2026-03-01T12:05:00.000","path":"/é"}'],
  ])
  const records = deliveryOfRows([row(0, '/a', 1n), row(0, '/a', 1n)], {
    partition: 2,
    baseOffset: 1005,
    texts: ['a', 'bad', 'b'],
    origin: [0, 2],
  })
  expect(open({ columns }, RECORDS)(records).values).toEqual([
    ['a6d9d40e-d6a6-578b-98c1-2ea72c41a6ab', '{"topic":"RAWLOG","partition":2,"offset":1005}'],
    ['0bbd5471-89cf-54ad-9d94-abd5e56f8b61', '{"topic":"RAWLOG","partition":2,"offset":1007}'],
  ])
  const one = { ...RESULT, from: 'all', rowKey: [], rowKeyParts: [] }
  expect(open({ columns }, one)(deliveryOfRows([row(0, '/a', 1n)])).values).toEqual([
    ['d8078d38-9ef4-5647-b55d-c1d46bee3e68', '{}'],
  ])
})

test('every kind of column has its value', () => {
  const columns = {
    id: "STRING METADATA FROM 'key'",
    at: 'window_end',
    page: "UPPER(path) || '!'",
    came: "TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'",
    place: "BIGINT METADATA FROM 'offset'",
    summary: { row: 'json' },
    raw: { record: 'value' },
  } as const
  const make = open({ columns }, RESULT)
  const delivery = deliveryOfRows([row(0, '/a', 1n), row(1, null, 2n)], {
    texts: ['x', 'lost', 'y'],
    origin: [0, 2],
    baseOffset: 7,
  })
  expect(make(delivery).values).toEqual([
    [
      'x',
      AT,
      '/A!',
      0,
      7n,
      '{"window_start":"2026-03-01T12:04:00.000","window_end":"2026-03-01T12:05:00.000","path":"/a","hits":1}',
      'x',
    ],
    [
      'y',
      AT + 60_000,
      null,
      2,
      9n,
      '{"window_start":"2026-03-01T12:05:00.000","window_end":"2026-03-01T12:06:00.000","path":null,"hits":2}',
      'y',
    ],
  ])
})

test('a row whose expression fails, or whose key is NULL, is refused with the reason, and the others are rows', () => {
  const make = open({ columns: { at: 'window_end', path: 'path', n: 'CAST(path AS INT)' } }, RESULT)
  const { refused, values } = make(
    deliveryOfRows([row(0, '1', 1n), row(0, 'x', 1n), row(0, null, 1n), row(0, '2', 1n)]),
  )
  expect([...refused]).toEqual([
    [1, expect.stringMatching(/^column n: .*'x'/)],
    [2, "column path of the table's key is NULL"],
  ])
  expect(refusalOf({ refused })).toMatchObject({ kind: 'rows', rows: [{ row: 1 }, { row: 2 }] })
  expect([values[0], values[3]]).toEqual([
    [AT, '1', 1],
    [AT, '2', 2],
  ])
  expect(make(deliveryOfRows([row(0, '1', 1n)])).refused.size).toBe(0)
  expect(refusalOf({ refused: new Map() })).toBeUndefined()
})

/** What may be in a key, with the columns of the row that it is made of. */
const PIECES = ['window_start', 'window_end', 'path', 'FLOOR(window_end TO HOUR)', 'UPPER(path)', 'hits', 'id'] as const

// Promise table-key: Two rows of a result never have one key in a table, unless `overwrites: accept` says so.
test('whatever key is proved, rows with different row keys have different keys; what is refused, can collide', () => {
  const minutes = fc.nat(3)
  const rows = fc.uniqueArray(fc.tuple(minutes, fc.constantFrom('/a', '/A', '/b')), {
    minLength: 2,
    maxLength: 8,
    selector: ([minute, path]) => `${minute} ${path}`,
  })
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...PIECES), { minLength: 1 }), rows, (pieces, made) => {
      const columns = Object.fromEntries(
        pieces.map((piece, i) => [`c${i}`, piece === 'id' ? ({ row_key: 'uuid' } as const) : piece]),
      )
      const options = { table: 't', columns, key: Object.keys(columns) }
      const isProved = mapTable(options, RESULT, { keyed: true }).mistakes.every(({ isWarning }) => isWarning)
      const keysOf = (all: readonly (readonly [number, string])[]) => {
        const make = open({ columns: Object.fromEntries(Object.entries(columns)) }, RESULT)
        return make(deliveryOfRows(all.map(([minute, path]) => row(minute, path, 1n)))).values.map((key) => String(key))
      }
      if (isProved) expect(new Set(keysOf(made)).size).toBe(made.length)
      // Minutes 0 to 3 are of one hour, and '/a' is '/A' in capitals: each difference that a key may miss.
      else
        expect(
          [
            [
              [0, '/a'],
              [1, '/a'],
            ],
            [
              [0, '/a'],
              [0, '/A'],
            ],
          ].some((pair) => new Set(keysOf(pair as [number, string][])).size === 1),
        ).toBe(true)
    }),
    { numRuns: 300 },
  )
})
