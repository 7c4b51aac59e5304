/** Aggregates of the narrow types, and groups by them, beside their definition: in a stream, over ranges, through restarts. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import type { Row } from '../naive.test-tool.ts'
import { made, runRanges, runSql } from '../run.test-tool.ts'

const rows = fc.array(
  fc
    .record({
      v: fc.option(fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer())),
      ts: fc.integer({ min: 0, max: 5999 }),
    })
    .map((row) => made(row)),
  { maxLength: 60 },
)

type Definition = (values: readonly number[]) => readonly Value[]

/** SUM, AVG, MIN, MAX and COUNT of whole numbers of `bits`. */
const ofIntegers =
  (bits: number): Definition =>
  (values) => {
    const sum = values.reduce((all, value) => all + value, 0)
    const best = [Math.min(...values), Math.max(...values)]
    return [
      Number(BigInt.asIntN(bits, BigInt(sum))),
      Math.trunc(sum / values.length) + 0,
      ...best,
      BigInt(values.length),
    ]
  }

const cases: readonly (readonly [string, (v: number) => number, Definition])[] = [
  ['TINYINT', (v) => (v << 24) >> 24, ofIntegers(8)],
  ['SMALLINT', (v) => (v << 16) >> 16, ofIntegers(16)],
  ['FLOAT', (v) => ((v << 16) >> 16) / 8, (values) => ofFloats(values)],
]

/** The same of FLOATs, whose sums here are exact. */
const ofFloats: Definition = (values) => {
  const sum = values.reduce((all, value) => all + value, 0)
  const best = [Math.min(...values), Math.max(...values)]
  return [sum, Math.fround(sum / values.length), ...best, BigInt(values.length)]
}

const AGGREGATES = 'SUM(x), AVG(x), MIN(x), MAX(x), COUNT(DISTINCT x), x'
const sourceOf = (type: string) =>
  type === 'FLOAT'
    ? '(SELECT ts, j, CAST(CAST(v AS SMALLINT) AS FLOAT) / 8 AS x FROM t)'
    : `(SELECT ts, j, CAST(v AS ${type}) AS x FROM t)`

test.each(cases)('groups by %s', (type, narrowed, definition) => {
  const wantedOf = (input: readonly Row[]) => {
    const present = input.flatMap(({ v }) => (v === null ? [] : [narrowed(v)]))
    return [...new Set(present)]
      .sort((a, b) => a - b)
      .map((x) => [...definition(present.filter((one) => one === x)).slice(0, 4), 1n, x])
  }
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 20 }), (input, range) => {
      const sql = `SELECT ${AGGREGATES} FROM ${sourceOf(type)} WHERE x IS NOT NULL GROUP BY x ORDER BY x`
      expect(runRanges(sql, input, range).rows).toEqual(wantedOf(input))
      const inStream = `SELECT ${AGGREGATES} FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, x`
      const whole = inStream.replace('TABLE t,', 'TABLE s,')
      const streamed = `WITH s AS ${sourceOf(type)} ${whole}`
      const found = runSql(streamed, input, { mode: 'streaming', piece: range, restart: true }).rows
      expect(found.filter((row) => row[5] !== null)).toEqual(wantedOf(input))
    }),
    { numRuns: 100 },
  )
})

test.each(cases)('aggregates of all %s', (type, narrowed, definition) => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 20 }), (input, range) => {
      const present = input.flatMap(({ v }) => (v === null ? [] : [narrowed(v)]))
      const [sum, avg, min, max] = definition(present)
      const wanted =
        present.length === 0 ? [[null, null, null, null, 0n]] : [[sum, avg, min, max, BigInt(new Set(present).size)]]
      const sql = `SELECT SUM(x), AVG(x), MIN(x), MAX(x), COUNT(DISTINCT x) FROM ${sourceOf(type)}`
      expect(runRanges(sql, input, range).rows).toEqual(wanted)
    }),
    { numRuns: 100 },
  )
})

test('timestamps of nanoseconds are grouped and compared by all of their digits', () => {
  const source = '(SELECT TO_TIMESTAMP_LTZ(CAST(v AS BIGINT), 9) AS x FROM t)'
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 20 }), (input, range) => {
      const present = input.flatMap(({ v }) => (v === null ? [] : [BigInt(v)]))
      const distinct = [...new Set(present)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      const all = `SELECT MIN(x), MAX(x), COUNT(DISTINCT x) FROM ${source}`
      const [least = null, greatest = null] = [distinct[0], distinct.at(-1)]
      expect(runRanges(all, input, range).rows).toEqual([[least, greatest, BigInt(distinct.length)]])
      const grouped = `SELECT x, COUNT(*) FROM ${source} WHERE x IS NOT NULL GROUP BY x ORDER BY x DESC`
      const wanted = distinct.toReversed().map((x) => [x, BigInt(present.filter((one) => one === x).length)])
      expect(runRanges(grouped, input, range).rows).toEqual(wanted)
    }),
    { numRuns: 100 },
  )
})

test('each step of a SUM of FLOATs is rounded, and of an AVG only the result', () => {
  const input = [16777216, 1, 1].map((v) => made({ v }))
  const sql = 'SELECT SUM(x), AVG(x), STDDEV_POP(x) FROM (SELECT CAST(v AS FLOAT) AS x FROM t)'
  const [row] = runSql(sql, input, { mode: 'batch' }).rows
  expect(row?.slice(0, 2)).toEqual([16777216, Math.fround(16777218 / 3)])
  expect(row?.[2]).toBe(Math.fround(row?.[2] as number))
})
