/** The aggregates whose state has any length, beside their definitions, over random rows in batch mode, in ranges and as streams. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../../record/column.ts'
import { batchOf, CATALOG, compareValues, planOf, type Row, SESSION } from '../../naive.test-tool.ts'
import { openGraph } from '../../open-graph.ts'
import { interleavings, made, runRanges, runSql, runStream, ways } from '../../run.test-tool.ts'
import { approximateCount } from './approx-count.test-tool.ts'

type Call = readonly [sql: string, meaning: (rows: readonly Row[]) => Value]

const present = <T>(values: readonly (T | null)[]): T[] => values.filter((value): value is T & {} => value !== null)
const of = <Name extends keyof Row>(rows: readonly Row[], name: Name): Row[Name][] => rows.map((row) => row[name])
const orNull = <T extends Value>(list: readonly T[]): Value => (list.length === 0 ? null : list)
const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)]
const joined = (values: readonly (string | null)[], separator: string): Value =>
  present(values).length === 0 ? null : present(values).join(separator)

function counted(values: readonly Value[]): Value {
  return distinct(values).map((value) => [value, values.filter((other) => other === value).length])
}

/** Flink's: the line between the two values around the share. */
function percentile(values: readonly number[], share: number): Value {
  const sorted = values.toSorted((a, b) => compareValues(a, b))
  if (sorted.length === 0) return null
  const position = share * (sorted.length - 1) + 1
  const [lower, higher] = [Math.floor(position), Math.ceil(position)]
  const [a, b] = [sorted[lower - 1] as number, sorted[higher - 1] as number]
  return Object.is(a, b) ? a : (higher - position) * a + (position - lower) * b
}

const shares = (values: readonly number[], ...wanted: number[]): Value =>
  values.length === 0 ? null : wanted.map((share) => percentile(values, share))

const positive = (rows: readonly Row[]): Row[] => rows.filter(({ v }) => v !== null && v > 0)

/** Those that Flink merges: they can be over any windows. */
const MERGED: readonly Call[] = [
  ['LISTAGG(k)', (rows) => joined(of(rows, 'k'), ',')],
  ["LISTAGG(k, '; ')", (rows) => joined(of(rows, 'k'), '; ')],
  ['LISTAGG(DISTINCT k)', (rows) => joined(distinct(of(rows, 'k')), ',')],
  ['LISTAGG(k) FILTER (WHERE v > 0)', (rows) => joined(of(positive(rows), 'k'), ',')],
  ['ARRAY_AGG(v)', (rows) => orNull(of(rows, 'v'))],
  ['ARRAY_AGG(k)', (rows) => orNull(of(rows, 'k'))],
  ['ARRAY_AGG(w IGNORE NULLS)', (rows) => orNull(present(of(rows, 'w')))],
  ['ARRAY_AGG(DISTINCT v)', (rows) => orNull(distinct(of(rows, 'v')))],
  ['ARRAY_AGG(DISTINCT k IGNORE NULLS)', (rows) => orNull(distinct(present(of(rows, 'k'))))],
  ['ARRAY_AGG(d) FILTER (WHERE v > 0)', (rows) => orNull(of(positive(rows), 'd'))],
  ['ARRAY_AGG(ROW(v, k))', (rows) => orNull(rows.map(({ v, k }) => [v, k]))],
  ['COLLECT(k)', (rows) => counted(present(of(rows, 'k')))],
  ['COLLECT(w)', (rows) => counted(present(of(rows, 'w')))],
  ['COLLECT(DISTINCT v)', (rows) => counted(distinct(present(of(rows, 'v'))))],
  ['PERCENTILE(d, 0.3)', (rows) => percentile(present(of(rows, 'd')), 0.3)],
  ['PERCENTILE(v, ARRAY[0.9, 0.0, 1.0, 0.25, 0.5])', (rows) => shares(present(of(rows, 'v')), 0.9, 0, 1, 0.25, 0.5)],
  ['PERCENTILE(DISTINCT v, 0.5)', (rows) => percentile(distinct(present(of(rows, 'v'))), 0.5)],
  [
    'PERCENTILE(d, ARRAY[0.5], v)',
    (rows) =>
      shares(
        rows.flatMap(({ d, v }) => (d === null || v === null || v < 1 ? [] : Array.from({ length: v }, () => d))),
        0.5,
      ),
  ],
  ['APPROX_COUNT_DISTINCT(k)', (rows) => approximateCount(present(of(rows, 'k')))],
  ['APPROX_COUNT_DISTINCT(w)', (rows) => approximateCount(present(of(rows, 'w')))],
  ['APPROX_COUNT_DISTINCT(d)', (rows) => approximateCount(present(of(rows, 'd')))],
]

const UNMERGED: readonly Call[] = [
  ['FIRST_VALUE(k)', (rows) => present(of(rows, 'k'))[0] ?? null],
  ['FIRST_VALUE(v)', (rows) => present(of(rows, 'v'))[0] ?? null],
  ['FIRST_VALUE(w) FILTER (WHERE v > 0)', (rows) => present(of(positive(rows), 'w'))[0] ?? null],
  ['FIRST_VALUE(v > 0)', (rows) => present(of(rows, 'v')).map((v) => v > 0)[0] ?? null],
  ['LAST_VALUE(k)', (rows) => present(of(rows, 'k')).at(-1) ?? null],
  ['LAST_VALUE(d)', (rows) => present(of(rows, 'd')).at(-1) ?? null],
  ['LAST_VALUE(CAST(v AS DECIMAL(20, 1)))', (rows) => bigintOf(present(of(rows, 'v')).at(-1))],
  ['LAST_VALUE(DISTINCT v)', (rows) => distinct(present(of(rows, 'v'))).at(-1) ?? null],
  ['JSON_ARRAYAGG(v)', (rows) => JSON.stringify(present(of(rows, 'v')))],
  ['JSON_ARRAYAGG(k NULL ON NULL)', (rows) => JSON.stringify(of(rows, 'k'))],
]

const bigintOf = (value: number | undefined): Value => (value === undefined ? null : BigInt(value) * 10n)

const row: fc.Arbitrary<Row> = fc.record({
  k: fc.option(fc.constantFrom('', 'a', 'é', 'a longer text than sixteen bytes, more than eight words of four', '\0x')),
  j: fc.option(fc.nat(2)),
  v: fc.option(fc.integer({ min: -2, max: 5 })),
  w: fc.option(fc.constantFrom(0n, -1n, 2n ** 40n, 2n ** 62n + 1n, 7n)),
  d: fc.option(fc.constantFrom(0, -0, 1.5, -2.25, 1e300, 3)),
  ts: fc.nat(20_000),
  partition: fc.nat(2),
})
const RUNS = { numRuns: 50 }
const rows = fc.array(row, { maxLength: 60 })

/** The groups by `j`, with its aggregates, in order. */
function groups(calls: readonly Call[], input: readonly Row[]): Value[][] {
  return distinct(of(input, 'j'))
    .sort(compareValues)
    .map((j) => [j, ...calls.map(([, meaning]) => meaning(input.filter((each) => each.j === j)))])
}

const selected = (calls: readonly Call[]): string => calls.map(([sql], index) => `${sql} AS a${index}`).join(', ')
const ALL = [...MERGED, ...UNMERGED]

test('in batch mode they are as defined, however rows are cut into batches and ranges', () => {
  const sql = `SELECT j, ${selected(ALL)} FROM t GROUP BY j`
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 70 }), (input, piece) => {
      const ordered = input.map((each) => ({ ...each, partition: 0 }))
      const expected = groups(ALL, ordered)
      expect(runSql(sql, ordered, { mode: 'batch', piece }).rows).toEqual(expected)
      expect(runRanges(sql, ordered, piece).rows).toEqual(expected)
    }),
    RUNS,
  )
})

test('of no rows', () => {
  const { rows } = runSql(`SELECT ${selected(ALL)} FROM t`, [], { mode: 'batch' })
  expect(rows).toEqual([ALL.map(([, meaning]) => meaning([]))])
})

const byPartition = (input: readonly Row[]): Row[] => input.toSorted((a, b) => a.partition - b.partition)

test('in windows of a stream they are of partitions in order, however these interleave, and through restarts', () => {
  const sql = `SELECT window_start, j, ${selected(ALL)} FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND))
    GROUP BY window_start, window_end, j`
  fc.assert(
    fc.property(interleavings(rows), ways, ({ input, other }, way) => {
      // Within a window each row comes in time.
      const timely = (all: readonly Row[]) => all.map((each) => ({ ...each, ts: Math.floor((each.ts ?? 0) % 10_000) }))
      const expected = groups(ALL, byPartition(timely(input))).map((group) => [0, ...group])
      expect(runStream(sql, timely(input), way).rows).toEqual(expected)
      expect(runStream(sql, timely(other), way).rows).toEqual(expected)
    }),
    RUNS,
  )
})

test('over windows that overlap they are of slices in order, then of partitions, and through restarts', () => {
  const sql = `SELECT window_start, j, ${selected(MERGED)}
    FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) GROUP BY window_start, window_end, j`
  fc.assert(
    fc.property(rows, ways, (input, way) => {
      const slice = ({ ts }: Row) => Math.floor((ts ?? 0) / 5000)
      const sorted = input.toSorted((a, b) => (a.ts ?? 0) - (b.ts ?? 0)) // none is late
      const ordered = byPartition(sorted).sort((a, b) => slice(a) - slice(b))
      const expected = [-1, 0, 1, 2, 3, 4].flatMap((first) => {
        const inWindow = ordered.filter((each) => slice(each) === first || slice(each) === first + 1)
        return groups(MERGED, inWindow).map((group) => [first * 5000, ...group])
      })
      expect(runStream(sql, sorted, way).rows).toEqual(expected)
    }),
    RUNS,
  )
})

test('in a stream Flink cannot merge FIRST_VALUE, LAST_VALUE and JSON_ARRAYAGG', () => {
  const hop = (call: string) =>
    `SELECT ${call} FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) GROUP BY window_start, window_end`
  for (const call of ['FIRST_VALUE(k)', 'LAST_VALUE(k)', 'JSON_ARRAYAGG(k)']) {
    expect(() => planOf(hop(call), 'streaming')).toThrow(/is not for windows of HOP in a stream/)
    expect(planOf(hop(call), 'batch').plan.fields).toHaveLength(1)
  }
})

test('JSON_OBJECTAGG has sorted names, each once: a name that is there twice fails the row of the group', () => {
  const sql =
    'SELECT j, JSON_OBJECTAGG(KEY k VALUE v) AS o, JSON_OBJECTAGG(k VALUE v ABSENT ON NULL) AS p FROM t GROUP BY j'
  const input = [
    made({ j: 1, k: 'b', v: 2 }),
    made({ j: 2, k: 'x', v: 1 }),
    made({ j: 1, k: 'a"', v: null }),
    made({ j: 2, k: 'x', v: 3 }),
    made({ j: 3, v: 3 }),
  ]
  for (const ran of [runSql(sql, input, { mode: 'batch' }), runRanges(sql, input, 2)]) {
    expect(ran.rows).toEqual([[1, '{"a\\"":null,"b":2}', '{"b":2}']])
    expect(ran.rejects.map((reject) => ('reason' in reject ? reject.reason : ''))).toEqual([
      'JSON_OBJECTAGG has the name "x" twice',
      'a name of JSON_OBJECTAGG is NULL',
    ])
  }
})

/** The memory of a query after these numbers of batches of 1,000 rows, in which values repeat. */
function memoryOf(calls: string, first: number, more: number): readonly number[] {
  const graph = openGraph(planOf(`SELECT ${calls} FROM t`, 'batch'), CATALOG, {
    session: SESSION,
    partitions: () => 1,
    output: { emit: () => {}, reject: () => {} },
  })
  const columns = graph.scans[0]?.columns ?? []
  const batch = batchOf(
    Array.from({ length: 1000 }, (_, index) => made({ v: index % 100, w: BigInt(index) })),
    columns,
    0,
  )
  const push = (rounds: number) => {
    for (let round = 0; round < rounds; round++) graph.push(0, batch)
    return graph.held.bytes()
  }
  return [push(first), push(more)]
}

test('values that repeat, and sketches, take no more memory the more rows there are', () => {
  const [before = 0, after] = memoryOf('COLLECT(v) AS c, APPROX_COUNT_DISTINCT(w) AS a', 100, 200)
  expect(after).toBe(before)
  expect(before).toBeLessThan(1 << 20)
  const [many = 0, more] = memoryOf('PERCENTILE(v, 0.5) AS p', 2200, 2200)
  expect(more).toBe(many)
  expect(many).toBeLessThan(64 << 20)
})

test('many different values are counted with an error of less than 3 %', () => {
  const values = Array.from({ length: 200_000 }, (_, index) => made({ w: BigInt(index), k: `user ${index}` }))
  const sql = 'SELECT APPROX_COUNT_DISTINCT(w) AS a, APPROX_COUNT_DISTINCT(k) AS b FROM t'
  for (const count of [1, 100, 10_000, 20_000, 45_000, 60_000, 90_000, 200_000]) {
    const [estimates] = runSql(sql, values.slice(0, count), { mode: 'batch' }).rows
    for (const estimate of estimates ?? []) expect(Math.abs(Number(estimate) / count - 1)).toBeLessThan(0.03)
  }
})
