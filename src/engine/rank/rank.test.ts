import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import { compareLists, compareValues, DELAY, type Row } from '../naive.test-tool.ts'
import { made, runRanges, runSql } from '../run.test-tool.ts'

const rows = fc.array(
  fc
    .record({
      k: fc.option(fc.constantFrom('a', 'b', 'c')),
      v: fc.option(fc.integer({ min: -2, max: 2 })),
      w: fc.option(fc.bigInt({ min: -2n, max: 2n })),
      ts: fc.integer({ min: -5000, max: 15_000 }),
      partition: fc.nat(1),
    })
    .map(made),
  { maxLength: 60 },
)

const TOP_OF_ROWS = `SELECT window_start, window_end, k, v, w FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY v DESC) AS rn
  FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '4' SECOND))) WHERE rn BETWEEN 1 AND 2`

const TOP_OF_GROUPS = `SELECT * FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY n DESC, v) AS rn
  FROM (SELECT window_start, window_end, k, v, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '4' SECOND))
        GROUP BY window_start, window_end, k, v)) WHERE rn <= 2`

/** The rows whose partition had not closed their window. */
function onTime(input: readonly Row[], late: boolean): Row[] {
  const watermarks = new Map<number, number>()
  return input.filter(({ partition, ts }) => {
    const watermark = watermarks.get(partition) ?? -Infinity
    watermarks.set(partition, Math.max(watermark, (ts as number) - DELAY))
    return !late || watermark < Math.floor((ts as number) / 4000) * 4000 + 3999
  })
}

function topRows(input: readonly Row[]): Value[][] {
  const all = input.map(({ k, v, w, ts }): Value[] => {
    const start = Math.floor((ts as number) / 4000) * 4000
    return [start, start + 4000, k, v, w]
  })
  // By window and key, then v descending with NULL last, then the rest (ts is not selected, and equal rows look the same).
  const sorted = all.sort(
    (a, b) =>
      compareLists(a.slice(0, 3), b.slice(0, 3)) ||
      -compareValues(a[3] as Value, b[3] as Value) ||
      compareValues(a[4] as Value, b[4] as Value),
  )
  const seen = new Map<string, number>()
  return sorted.filter((row) => {
    const group = JSON.stringify(row.slice(0, 3))
    const rank = (seen.get(group) ?? 0) + 1
    seen.set(group, rank)
    return rank <= 2
  })
}

const names = (row: readonly Value[]) => row.slice(0, 4)

test('the best rows of each window and partition, whatever their order, batches, restarts and ranges', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 20 }), fc.boolean(), (input, piece, restart) => {
      const streamed = runSql(TOP_OF_ROWS, input, { mode: 'streaming', piece, restart, partitions: 2 })
      const kept = onTime(input, true)
      expect(streamed.rows.map(names)).toEqual(topRows(kept).map(names))
      expect(streamed.rejects.length).toBe(input.length - kept.length)
      const bounded = input.map((row) => ({ ...row, partition: 0 }))
      const whole = runSql(TOP_OF_ROWS, bounded, { mode: 'batch', piece }).rows
      expect(whole.map(names)).toEqual(topRows(input).map(names))
      expect(runRanges(TOP_OF_ROWS, bounded, piece).rows).toEqual(whole)
    }),
    { numRuns: 200 },
  )
})

test('of groups: ranks begin anew with each window and partition, and do not depend on batches or ranges', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 20 }), (input, piece) => {
      const bounded = input.map((row) => ({ ...row, partition: 0 }))
      const { rows: ranked } = runSql(TOP_OF_GROUPS, bounded, { mode: 'batch', piece })
      const groups = new Map<string, Value[][]>()
      for (const row of ranked) {
        const key = JSON.stringify(row.slice(0, 3))
        groups.set(key, [...(groups.get(key) ?? []), row])
      }
      for (const group of groups.values()) {
        expect(group.map((row) => row[5])).toEqual(group.map((_, index) => BigInt(index + 1)))
        expect(group.length).toBeLessThanOrEqual(2)
        const [first, second] = group
        if (second !== undefined) expect((first?.[4] as bigint) >= (second[4] as bigint)).toBe(true)
      }
      expect(runRanges(TOP_OF_GROUPS, bounded, piece).rows).toEqual(ranked)
    }),
    { numRuns: 100 },
  )
})
