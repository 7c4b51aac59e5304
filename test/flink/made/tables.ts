/** Random tables with the columns that expressions name, NULLs and equal values among them. */
import * as fc from 'fast-check'
import type { FlinkTable, Json } from '../cases.ts'

/** In batch mode, and in streaming mode with an event time. */
export const BATCH_TABLES = ['b1', 'b2', 'b3'] as const
export const STREAM_TABLES = ['s1', 's2', 's3'] as const

const TABLE_COLUMNS = [
  ['i', 'INT'],
  ['j', 'INT'],
  ['l', 'BIGINT'],
  ['d', 'DOUBLE'],
  ['c', 'DECIMAL(10, 2)'],
  ['s', 'STRING'],
  ['k', 'STRING'],
  ['b', 'BOOLEAN'],
  ['dt', 'DATE'],
  ['ts', 'TIMESTAMP(3)'],
  ['n', 'SMALLINT'],
  ['f', 'FLOAT'],
  ['id', 'INT'],
] as const

const orNull = <Value extends Json>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.option(value, { freq: 6, nil: null })

const int = fc.oneof(fc.integer({ min: -3, max: 9 }), fc.constantFrom(0, 100, 2_147_483_647, -2_147_483_648))
const bigint = fc.oneof(fc.integer({ min: -5, max: 50 }), fc.constantFrom(4_000_000_000, -9_007_199_254_740_991))
const double = fc.constantFrom(0, 0.5, -1.5, 2.25, 1e10, -1e-5, 123456.789, 3)
const decimal = fc.integer({ min: -20_000, max: 20_000 }).map((digits) => (digits / 100).toFixed(2))
const smallint = fc.constantFrom(0, 1, -7, 100, 32_767, -32_768)
const float = fc.constantFrom(0, 0.5, -1.5, 3.25, 1024, 0.125)
const text = fc.constantFrom('', 'a', 'ab', 'abc', 'Abc d', 'bca', ' x ', 'é', '😀b', '10', '1.5', 'a,b')
const date = fc.constantFrom('2024-02-29', '2023-12-31', '1969-12-31', '2024-01-01', '1970-01-01')
/** Within minutes, so that rows share windows. */
const time = fc
  .integer({ min: 0, max: 1_200_000 })
  .map((ms) => new Date(Date.UTC(2024, 1, 29, 23, 50) + ms).toISOString().slice(0, 23))

/** A table of 6 to 14 rows; with `rowtime`, `ts` is its event time, a few seconds out of order, and never NULL. */
export function table(rowtime: boolean): fc.Arbitrary<FlinkTable> {
  const row = fc.tuple(
    ...[orNull(int), orNull(fc.integer({ min: 0, max: 3 })), orNull(bigint), orNull(double), orNull(decimal)],
    ...[orNull(text), orNull(fc.constantFrom('a', 'b', 'c')), orNull(fc.boolean()), orNull(date)],
    ...[rowtime ? time : orNull(time), orNull(smallint), orNull(float)],
  )
  return fc.array(row, { minLength: 6, maxLength: 14 }).map((rows) => {
    const ordered = rowtime ? rows.toSorted((a, b) => placeOf(a) - placeOf(b)) : rows
    return {
      columns: TABLE_COLUMNS,
      rows: ordered.map((cells, index) => [...cells, index + 1] as readonly Json[]),
      ...(rowtime && { rowtime: 'ts', watermark: "`ts` - INTERVAL '5' SECOND" }),
    }
  })
}

/** Up to 20 s out of order, by a figure that follows from the row. */
const placeOf = (cells: readonly Json[]): number =>
  Date.parse(`${cells[9]}Z`) + ((String(cells[9]).charCodeAt(18) * 7919) % 20_000)

export type MadeTables = { readonly [name: string]: FlinkTable }

/** The tables that statements read, by name, from a seed. */
export const madeTables = (seed: number): MadeTables =>
  Object.fromEntries(
    [...BATCH_TABLES, ...STREAM_TABLES].map((name, index) => [
      name,
      fc.sample(table(name.startsWith('s')), { numRuns: 1, seed: seed + index })[0] as FlinkTable,
    ]),
  )

/** Those that a statement names. */
export const tablesOf = (tables: MadeTables, sql: string): MadeTables =>
  Object.fromEntries(Object.entries(tables).filter(([name]) => new RegExp(`\\b${name}\\b`).test(sql)))
