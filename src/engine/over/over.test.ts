/** Aggregates over windows of rows, beside a naive evaluator: see the laws in `over.ts` and `bounded.ts`. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import { planQuery } from '../../sql/plan-query.ts'
import { batchOf, CATALOG, compareValues, type Row, SESSION } from '../naive.test-tool.ts'
import { openGraph } from '../open-graph.ts'
import { collecting, interleavings, made, runRanges, runSql, runStream, ways } from '../run.test-tool.ts'
import { inOrder } from './on-time.test-tool.ts'

type Frame = { readonly unit: 'ROWS' | 'RANGE'; readonly from: number; readonly to: number }

const bound = (unit: Frame['unit'], distance: number): string => {
  if (distance === 0) return 'CURRENT ROW'
  const size = Math.abs(distance)
  const written = size === Infinity ? 'UNBOUNDED' : unit === 'ROWS' ? size : `INTERVAL '${size / 1000}' SECOND`
  return `${written} ${distance < 0 ? 'PRECEDING' : 'FOLLOWING'}`
}
const frameSql = ({ unit, from, to }: Frame) => `${unit} BETWEEN ${bound(unit, from)} AND ${bound(unit, to)}`

const present = <T>(values: readonly (T | null)[]): T[] => values.filter((value): value is T & {} => value !== null)
const sumOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0)

/** SQL and meaning of each. `d` has whole numbers, so that no sum of them is rounded. */
const AGGREGATES: readonly (readonly [string, (rows: readonly Row[]) => Value])[] = [
  ['COUNT(*)', (rows) => BigInt(rows.length)],
  ['COUNT(v)', (rows) => BigInt(present(rows.map(({ v }) => v)).length)],
  ['SUM(v)', (rows) => sumOf(present(rows.map(({ v }) => v)))],
  [
    'SUM(w)',
    (rows) => present(rows.map(({ w }) => w)).reduce<bigint | null>((a, w) => BigInt.asIntN(64, (a ?? 0n) + w), null),
  ],
  ['SUM(d)', (rows) => sumOf(present(rows.map(({ d }) => d)))],
  ['MIN(k)', (rows) => present(rows.map(({ k }) => k)).sort(compareValues)[0] ?? null],
  [
    'MAX(w)',
    (rows) =>
      present(rows.map(({ w }) => w))
        .sort(compareValues)
        .at(-1) ?? null,
  ],
  ['FIRST_VALUE(k)', (rows) => present(rows.map(({ k }) => k))[0] ?? null],
  ['LAST_VALUE(w)', (rows) => present(rows.map(({ w }) => w)).at(-1) ?? null],
  ['LAST_VALUE(d)', (rows) => present(rows.map(({ d }) => d)).at(-1) ?? null],
]
const CALLS = AGGREGATES.map(([sql], index) => `${sql} OVER w AS a${index}`).join(', ')
const meaningOf = (rows: readonly Row[]): Value[] => AGGREGATES.map(([, meaning]) => meaning(rows))

const overSql = (frame: Frame, by = 'k', order = 'ts') =>
  `SELECT k, v, ts, ${CALLS} FROM t WINDOW w AS (PARTITION BY ${by} ORDER BY ${order} ${frameSql(frame)})`

/** Rows of some partitions, near each other in time: ties, late rows and rows just at the watermark are frequent. */
const rowsOf = (partitions: number) =>
  fc
    .array(
      fc.record({
        k: fc.option(fc.constantFrom('a', 'b', 'c')),
        w: fc.option(fc.constantFrom(1n, -3n, 2n ** 62n, 2n ** 53n + 1n)),
        d: fc.option(fc.integer({ min: -9, max: 9 })),
        step: fc.integer({ min: -6, max: 7 }),
        partition: fc.nat(partitions - 1),
        isNull: fc.nat(9).map((n) => n === 0),
      }),
      { maxLength: 60 },
    )
    .map((all) => {
      let ts = 0
      return all.map(({ step, isNull, ...row }, v) => {
        ts += step
        return made({ ...row, v: isNull ? null : v, ts })
      })
    })
const rows = fc.oneof(rowsOf(2), rowsOf(1), rowsOf(3))

const streamed: fc.Arbitrary<Frame> = fc
  .tuple(fc.constantFrom('ROWS' as const, 'RANGE' as const), fc.constantFrom(0, 1, 2, 5, 9, 30, Infinity))
  .map(([unit, back]) => ({ unit, from: -back + 0, to: 0 }))

/** The rows of the frame of each row, among the rows of its partition in their order. */
function naive(sorted: readonly Row[], frame: Frame, ttl = Infinity): Value[][] {
  return sorted.map((row) => {
    let mine = sorted.filter(({ k }) => k === row.k)
    const gap = mine.findLastIndex(
      ({ ts }, i) =>
        i > 0 && (ts as number) <= (row.ts as number) && (ts as number) >= (mine[i - 1]?.ts as number) + ttl,
    )
    mine = mine.slice(Math.max(0, gap))
    const at = mine.indexOf(row)
    const inside = mine.filter(({ ts }, index) => {
      const distance = frame.unit === 'ROWS' ? index - at : (ts as number) - (row.ts as number)
      return distance >= frame.from && distance <= frame.to
    })
    return [row.k, row.v, row.ts, ...meaningOf(inside)]
  })
}

const interleaved = interleavings(rows)

// Promise over-rows: OVER gives each row the aggregates of its frame, in order of event time, however it is read.
test('each row has the aggregates of its frame, however partitions interleave, batches are cut and runs restart', () => {
  fc.assert(
    fc.property(interleaved, streamed, ways, ({ input, other }, frame, way) => {
      expect(runStream(overSql(frame), other, way).rows).toEqual(naive(inOrder(input), frame))
    }),
    { numRuns: 1500 },
  )
})

test('after a gap of its ttl the rows of a key begin anew, by event times alone', () => {
  const endless = streamed.filter(({ unit, from }) => unit === 'ROWS' || from === -Infinity)
  fc.assert(
    fc.property(interleaved, endless, ways, fc.integer({ min: 1, max: 25 }), ({ input, other }, frame, way, ttl) => {
      expect(runStream(overSql(frame), other, { ...way, ttl }).rows).toEqual(naive(inOrder(input), frame, ttl))
    }),
    { numRuns: 700 },
  )
})

test('a row that its partition has passed is late, by how much the watermark would have to wait', () => {
  const input = [10, 20, 15, 16].map((ts, v) => made({ v, ts }))
  const { rows: out, rejects } = runStream('SELECT v, COUNT(*) OVER (ORDER BY ts) AS n FROM t', input, {
    piece: 9,
    restart: false,
  })
  expect(out).toEqual([
    [0, 1n],
    [3, 2n],
    [1, 3n],
  ])
  // The watermark is 15 when the row of 15 comes.
  const late = { watermark: 15, lateMs: 1, windows: 0, counted: 0, from: 15 }
  expect(rejects).toMatchObject([{ kind: 'late', origin: 2, late }])
})

const any: fc.Arbitrary<Frame> = fc
  .tuple(
    fc.constantFrom('ROWS' as const, 'RANGE' as const),
    fc.constantFrom(-Infinity, -9, -2, -1, 0, 1, 4),
    fc.constantFrom(Infinity, 9, 3, 1, 0, -1, -3),
  )
  .filter(([, from, to]) => from <= to)
  .map(([unit, from, to]) => ({ unit, from, to }))

test('a bounded query has any frame, the same for any ranges', () => {
  fc.assert(
    fc.property(rowsOf(1), any, fc.integer({ min: 1, max: 20 }), (input, frame, piece) => {
      const byKey = [...input].sort((a, b) => compareValues(a.k, b.k) || (a.ts as number) - (b.ts as number))
      const whole = runSql(overSql(frame), input, { mode: 'batch', piece }).rows
      expect(whole).toEqual(naive(byKey, frame))
      expect(runRanges(overSql(frame), input, piece).rows).toEqual(whole)
    }),
    { numRuns: 1000 },
  )
})

test('a bounded query gives the same of fewer columns, of owners in any order, and after a restart', () => {
  const frame = { unit: 'RANGE', from: -9, to: 0 } as const
  const windows = overSql(frame, 'k, v')
  const some = `SELECT a0, v FROM (${windows}) WHERE k = 'a' OR a1 >= 0`
  const grouped = `SELECT k, SUM(a0) AS s, MAX(a5) AS m FROM (${overSql(frame)}) GROUP BY k`
  fc.assert(
    fc.property(rowsOf(3), fc.integer({ min: 1, max: 20 }), (input, piece) => {
      const options = { mode: 'batch', partitions: 3 } as const
      const all = runSql(windows, input, options).rows
      expect(runSql(some, input, { ...options, piece, restart: true }).rows).toEqual(all.map((row) => [row[3], row[1]]))
      const found = new Map<Value, [bigint, Value]>()
      for (const [k, , , n, , , , , least] of runSql(overSql(frame), input, options).rows as Value[][]) {
        const [sum, most] = found.get(k as Value) ?? [0n, null]
        const isMore = least !== null && (most === null || compareValues(least as Value, most) > 0)
        found.set(k as Value, [sum + (n as bigint), isMore ? (least as Value) : most])
      }
      const sort = (rows: readonly unknown[]) => rows.map(String).sort()
      expect(sort(runSql(grouped, input, { ...options, piece }).rows)).toEqual(
        sort([...found].map(([k, both]) => [k, ...both])),
      )
      expect(
        sort(
          runRanges(
            grouped,
            input.map((row) => ({ ...row, partition: 0 })),
            piece,
          ).rows,
        ),
      ).toHaveLength(found.size)
    }),
    { numRuns: 300 },
  )
})

test('where nothing is late, a stream and a bounded query give the same rows', () => {
  fc.assert(
    fc.property(rowsOf(3), streamed, (all, frame) => {
      const input = [...all].sort((a, b) => (a.ts as number) - (b.ts as number))
      const sort = (found: readonly Value[][]) => found.map((row) => row.map(String).join()).sort()
      const options = { partitions: 3 }
      const bounded = runSql(overSql(frame), input, { ...options, mode: 'batch' }).rows
      expect(sort(bounded)).toEqual(sort(runSql(overSql(frame), input, { ...options, mode: 'streaming' }).rows))
    }),
    { numRuns: 300 },
  )
})

test('in batch mode, RANGE over a column with NULLs, either way round', () => {
  const input = [null, 5, 1, null, 3, 2].map((v, index) => made({ v, j: index }))
  const counts = (order: string, frame: string) =>
    runSql(`SELECT v, COUNT(*) OVER (ORDER BY ${order} ${frame}) AS n FROM t`, input, { mode: 'batch' }).rows
  expect(counts('v', 'RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING')).toEqual([
    [null, 2n],
    [null, 2n],
    [1, 2n],
    [2, 3n],
    [3, 2n],
    [5, 1n],
  ])
  expect(counts('v DESC', 'RANGE BETWEEN 2 PRECEDING AND CURRENT ROW')).toEqual([
    [5, 1n],
    [3, 2n],
    [2, 2n],
    [1, 3n],
    [null, 2n],
    [null, 2n],
  ])
  expect(counts('v', 'RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING')).toEqual([
    [null, 2n + 4n],
    [null, 2n + 4n],
    [1, 3n],
    [2, 2n],
    [3, 1n],
    [5, 0n],
  ])
})

const WEIGHTS = `SELECT ts, AVG(d) OVER w AS a, STDDEV_POP(d) OVER w AS s FROM t
  WINDOW w AS (ORDER BY ts RANGE BETWEEN INTERVAL '0.2' SECOND PRECEDING AND CURRENT ROW)`

test('a sum of doubles is the same to the last digit for any batches and restarts, in small frames and large ones', () => {
  // Frames of up to 201 rows: they are added up, and then kept as two stacks.
  const input = Array.from({ length: 500 }, (_, ts) =>
    made({ ts: ts < 250 ? ts : 3 * ts, d: Math.sin(ts) * 10 ** (ts % 7) }),
  )
  const whole = runStream(WEIGHTS, input, { piece: 500, restart: false }).rows
  for (const piece of [1, 7, 64]) expect(runStream(WEIGHTS, input, { piece, restart: true }).rows).toEqual(whole)
  for (const [index, [, mean, deviation]] of whole.entries()) {
    const { ts } = input[index] as Row
    const inside = input.filter(
      (row) => (row.ts as number) <= (ts as number) && (row.ts as number) >= (ts as number) - 200,
    )
    const values = inside.map(({ d }) => d as number)
    const average = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length
    expect(mean).toBeCloseTo(average, 5)
    expect(deviation).toBeCloseTo(Math.sqrt(variance), 4)
  }
})

test('rows that no frame can reach any more are not kept, nor are their keys', () => {
  const sql = `SELECT k, COUNT(*) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '1' SECOND PRECEDING AND CURRENT ROW) AS n FROM t`
  const query = planQuery(sql, CATALOG, { mode: 'streaming', session: SESSION })
  const graph = openGraph(query, CATALOG, { session: SESSION, partitions: () => 1, output: collecting().output })
  const sizes: number[] = []
  for (let step = 0; step < 60; step++) {
    const input = Array.from({ length: 1000 }, (_, i) => made({ k: `key ${step * 1000 + i}`, ts: step * 1000 + i }))
    graph.push(0, batchOf(input, graph.scans[0]?.columns ?? [], 0))
    sizes.push(graph.held.bytes())
  }
  expect(Math.max(...sizes.slice(20))).toBeLessThanOrEqual(Math.max(...sizes.slice(0, 20)))
  expect(graph.held.open().groups).toBeLessThan(5000)
})
