/** Windows of GROUP BY, and HOP windows of any size, beside the definition: a row is in each window that its time is in. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import { compareLists, compareValues, DELAY, type Row } from '../naive.test-tool.ts'
import { interleavings, made, runRanges, runSql, runStream, ways } from '../run.test-tool.ts'

const rows = fc.array(
  fc
    .record({ k: fc.option(fc.constantFrom('a', 'b')), ts: fc.integer({ min: -60, max: 90 }), partition: fc.nat(1) })
    .map(made),
  { maxLength: 40 },
)

type Hop = { readonly slide: number; readonly size: number }
const hops = fc.record({ slide: fc.integer({ min: 1, max: 30 }), size: fc.integer({ min: 1, max: 40 }) })

const ms = (n: number) => `INTERVAL '0.0${String(n).padStart(2, '0')}' SECOND`

/** Starts of the windows of a time. */
const startsOf = ({ slide, size }: Hop, ts: number): number[] =>
  Array.from({ length: 200 }, (_, i) => (i - 100) * slide).filter((start) => start <= ts && ts < start + size)

/** Windows, keys and counts of the rows that are on time. */
function naive(hop: Hop, input: readonly Row[], streaming: boolean): Value[][] {
  const watermarks = new Map<number, number>()
  const groups = new Map<string, { row: Value[]; count: bigint }>()
  for (const { k, ts, partition } of input) {
    const watermark = watermarks.get(partition) ?? -Infinity
    watermarks.set(partition, Math.max(watermark, (ts as number) - DELAY))
    for (const start of startsOf(hop, ts as number)) {
      const end = start + hop.size
      if (streaming && watermark >= end - 1) continue
      const key = JSON.stringify([end, start, k])
      const group = groups.get(key) ?? { row: [start, end, end - 1, k], count: 0n }
      groups.set(key, group)
      group.count++
    }
  }
  return [...groups.values()]
    .sort((a, b) => compareValues(a.row[1] ?? null, b.row[1] ?? null) || compareLists(a.row, b.row))
    .map(({ row, count }) => [...row, count])
}

const grouped = ({ slide, size }: Hop) => {
  const window = `(ts, ${ms(slide)}, ${ms(size)})`
  return `SELECT HOP_START${window}, HOP_END${window}, HOP_ROWTIME${window}, k, COUNT(*) FROM t GROUP BY k, HOP${window}`
}
const inFrom = ({ slide, size }: Hop) =>
  `SELECT window_start, window_end, window_time, k, COUNT(*)
   FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts), ${ms(slide)}, ${ms(size)})) GROUP BY window_start, window_end, window_time, k`

test('in a stream, HOP of GROUP BY takes any size, in any order of reading, through restarts', () => {
  fc.assert(
    fc.property(interleavings(rows), ways, hops, ({ input, other }, way, hop) => {
      expect(runStream(grouped(hop), other, way).rows).toEqual(naive(hop, input, true))
    }),
    { numRuns: 300 },
  )
})

test('in batch mode, both forms take any size, in one range or several', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 20 }), hops, (all, piece, hop) => {
      const input = all.map((row) => ({ ...row, partition: 0 }))
      const expected = naive(hop, input, false)
      for (const sql of [grouped(hop), inFrom(hop)]) {
        expect(runSql(sql, input, { mode: 'batch', piece }).rows).toEqual(expected)
        expect(runRanges(sql, input, piece).rows).toEqual(expected)
      }
    }),
    { numRuns: 200 },
  )
})

test('TUMBLE of GROUP BY is TUMBLE in FROM, with the same late rows', () => {
  const window = `(ts, ${ms(10)})`
  const older = `SELECT TUMBLE_START${window} AS s, k, SUM(v) AS v FROM t WHERE v <> 3 OR v IS NULL
    GROUP BY TUMBLE${window}, k HAVING TUMBLE_END${window} > TIMESTAMP '1970-01-01 00:00:00.005'`
  const newer = `SELECT window_start AS s, k, SUM(v) AS v FROM TUMBLE(TABLE t, DESCRIPTOR(ts), ${ms(10)}) WHERE v <> 3 OR v IS NULL
    GROUP BY window_start, window_end, k HAVING window_end > TIMESTAMP '1970-01-01 00:00:00.005'`
  fc.assert(
    fc.property(interleavings(rows), ways, ({ other }, way) => {
      const [a, b] = [older, newer].map((sql) => runStream(sql, other, way))
      expect(a).toEqual(b)
    }),
    { numRuns: 200 },
  )
})

test('SESSION of GROUP BY has sessions of each combination of the other keys', () => {
  const window = `(ts, ${ms(8)})`
  const older = `SELECT SESSION_START${window} AS s, SESSION_END${window} AS e, k, j + 1 AS j, COUNT(*) AS n FROM t
    GROUP BY SESSION${window}, k, j + 1`
  const newer = `SELECT window_start AS s, window_end AS e, k, i AS j, COUNT(*) AS n
    FROM TABLE(SESSION((SELECT k, j + 1 AS i, ts FROM t) PARTITION BY (k, i), DESCRIPTOR(ts), ${ms(8)})) GROUP BY window_start, window_end, k, i`
  fc.assert(
    fc.property(interleavings(rows), ways, ({ other }, way) => {
      const input = other.map((row, index) => ({ ...row, j: index % 2 }))
      const [a, b] = [older, newer].map((sql) => runStream(sql, input, way))
      expect(a).toEqual(b)
    }),
    { numRuns: 200 },
  )
})

test.each([
  ["SELECT TUMBLE_START(ts, INTERVAL '1' MINUTE) FROM t", 'TUMBLE_START needs a TUMBLE in GROUP BY'],
  ["SELECT TUMBLE_END(ts, INTERVAL '2' MINUTE) FROM t GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)", 'not the window'],
  ["SELECT HOP_END(ts, INTERVAL '1' MINUTE) FROM t GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)", 'not the window'],
  [
    "SELECT COUNT(*) FROM t GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE), HOP(ts, INTERVAL '1' MINUTE, INTERVAL '2' MINUTE)",
    'one window',
  ],
  ["SELECT COUNT(*) FROM t GROUP BY TUMBLE(v, INTERVAL '1' MINUTE)", 'windows want'],
  ["SELECT COUNT(*) FROM t GROUP BY TUMBLE(ts, INTERVAL '1' MONTH)", 'months'],
  ['SELECT COUNT(*) FROM t GROUP BY TUMBLE(ts)', 'wants 2 arguments'],
  [inFrom({ slide: 3, size: 10 }), 'must be a multiple of its SLIDE'],
])('%s is refused', (sql, message) => {
  expect(() => runStream(sql, [], {})).toThrow(message)
})
