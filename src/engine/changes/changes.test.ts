/** Answers that change, beside a naive evaluator that keeps all rows and compares whole answers: see the law in `changes.ts`. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import { planQuery } from '../../sql/plan-query.ts'
import { batchOf, compareLists, compareValues, DELAY, planOf, type Row, SESSION, TABLE } from '../naive.test-tool.ts'
import { openGraph } from '../open-graph.ts'
import { collecting, interleavings, made, type Ran, runSql, runStream, type Way, ways } from '../run.test-tool.ts'

type Answer = readonly Value[][]

type Case = {
  readonly sql: string
  /** The number of columns in front that are the key. */
  readonly key: number
  /** The rows that one group keeps of; with a `ttl` it begins anew. */
  group(row: Row): unknown
  answer(groups: readonly (readonly Row[])[]): Answer
}

const count = (rows: readonly Row[]) => BigInt(rows.length)
const sum = (rows: readonly Row[]) => {
  const values = rows.flatMap(({ v }) => (v === null ? [] : [v]))
  return values.length === 0 ? null : values.reduce((all, v) => (all + v) | 0, 0)
}
const distinct = (rows: readonly Row[]) => BigInt(new Set(rows.flatMap(({ j }) => (j === null ? [] : [j]))).size)
const least = (rows: readonly Row[]) =>
  rows
    .map(({ k }) => k)
    .filter((k) => k !== null)
    .sort()[0] ?? null
const counted = (rows: readonly Row[]): Value[] => [rows[0]?.k ?? null, count(rows), sum(rows), distinct(rows)]
const last = (rows: readonly Row[]): Row =>
  rows.reduce((found, row) => ((row.ts as number) >= (found.ts as number) ? row : found))
const ranked = (rows: Value[][], by: number, to: number): Value[][] =>
  rows
    .sort((a, b) => -compareValues(a[by] as Value, b[by] as Value) || compareLists(a, b))
    .slice(0, to)
    .map((row, index) => [BigInt(index + 1), ...row])

const COUNTS = 'SELECT k, COUNT(*) AS n, SUM(v) AS s, COUNT(DISTINCT j) AS d FROM t GROUP BY k'
const top = (of: string, by: string, columns: string) =>
  `SELECT rn, ${columns} FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY ${by}) AS rn FROM (${of})) WHERE rn <= 2`

const cases: readonly Case[] = [
  { sql: COUNTS, key: 1, group: ({ k }) => k, answer: (groups) => groups.map(counted) },
  {
    sql: `${COUNTS} HAVING MOD(COUNT(*), 3) <> 0 AND (SUM(v) IS NULL OR SUM(v) < 5)`,
    key: 1,
    group: ({ k }) => k,
    answer: (groups) => groups.filter((rows) => rows.length % 3 !== 0 && (sum(rows) ?? 0) < 5).map(counted),
  },
  {
    sql: `SELECT COUNT(*) FILTER (WHERE v > 0) AS n, MIN(k) AS k, COUNT(DISTINCT j) FILTER (WHERE v > 0) AS d FROM t`,
    key: 0,
    group: () => 0,
    answer: (groups) =>
      groups.map((rows) => {
        const taken = rows.filter(({ v }) => (v ?? 0) > 0)
        return [count(taken), least(rows), distinct(taken)]
      }),
  },
  {
    sql: 'SELECT DISTINCT k, j FROM t WHERE v IS NOT NULL',
    key: 2,
    group: ({ k, j, v }) => (v === null ? undefined : [k, j]),
    answer: (groups) => groups.map(([row]) => [row?.k ?? null, row?.j ?? null]),
  },
  {
    sql: 'SELECT k, v, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM t) WHERE rn = 1',
    key: 1,
    group: ({ k }) => k,
    answer: (groups) => groups.map(last).map(({ k, v, ts }) => [k, v, ts]),
  },
]

/** Over other answers: what leaves one leaves the other, so there is no `ttl` in these. */
const higher: readonly Case[] = [
  {
    sql: 'SELECT k, rn, v, j FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS rn FROM t) WHERE rn <= 2',
    key: 2,
    group: ({ k }) => k,
    answer: (groups) =>
      groups.flatMap((rows) =>
        ranked(
          rows.map(({ v, j }) => [v, j]),
          0,
          2,
        ).map(([rank, v, j]) => [rows[0]?.k ?? null, rank as Value, v as Value, j as Value]),
      ),
  },
  {
    sql: top(COUNTS, 's DESC, k', 'k, s'),
    key: 1,
    group: ({ k }) => k,
    answer: (groups) =>
      ranked(
        groups.map(counted).map(([k, , s]) => [k, s] as Value[]),
        1,
        2,
      ),
  },
  {
    sql: top(`${COUNTS} HAVING MOD(COUNT(*), 3) <> 0`, 'n DESC, k', 'k, n'),
    key: 1,
    group: ({ k }) => k,
    answer: (groups) =>
      ranked(
        groups
          .map(counted)
          .filter(([, n]) => (n as bigint) % 3n !== 0n)
          .map(([k, n]) => [k, n] as Value[]),
        1,
        2,
      ),
  },
  {
    sql: top(
      'SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS n FROM t) WHERE n = 1',
      'v DESC, k',
      'k, v',
    ),
    key: 1,
    group: ({ k }) => k,
    answer: (groups) =>
      ranked(
        groups.map(last).map(({ k, v }) => [k, v] as Value[]),
        1,
        2,
      ),
  },
]

/** Rows of some partitions, near each other: late rows and rows just at the watermark are frequent. */
const rowsOf = (partitions: number) =>
  fc
    .array(
      fc.record({
        k: fc.option(fc.constantFrom('a', 'b', 'c', '')),
        j: fc.option(fc.constantFrom(0, 1)),
        v: fc.option(fc.integer({ min: -2, max: 3 })),
        step: fc.integer({ min: -6, max: 7 }),
        partition: fc.nat(partitions - 1),
      }),
      { maxLength: 60 },
    )
    .map((all) => {
      let ts = 0
      return all.map(({ step, ...row }) => {
        ts += step
        return made({ ...row, ts })
      })
    })
const rows = fc.oneof(rowsOf(1), rowsOf(2), rowsOf(3))
const interleaved = interleavings(rows)

type Change = { readonly values: Value[]; readonly deleted: boolean }

/** The rows of each step, in order: of one step by partition, then as they came. */
function stepsOf(input: readonly Row[], every: number): readonly (readonly [at: number, rows: readonly Row[]])[] {
  const watermarks = new Map<number, number>()
  const steps = new Map<number, Row[]>()
  for (const row of input) {
    const watermark = watermarks.get(row.partition) ?? -Infinity
    watermarks.set(row.partition, Math.max(watermark, (row.ts as number) - DELAY))
    const at = Math.floor(watermark / every) * every
    steps.set(at, [...(steps.get(at) ?? []), row])
  }
  return [...steps]
    .sort(([a], [b]) => a - b)
    .map(([at, rows]) => [at, [...rows].sort((a, b) => a.partition - b.partition)])
}

/** All changes by the definition: whole answers, compared. With a `ttl` what a key had before it began anew is not known any more. */
function naive({ key, group, answer }: Case, steps: ReturnType<typeof stepsOf>, ttl = Infinity): readonly Change[] {
  const groups = new Map<string, { rows: Row[]; at: number }>()
  let out = new Map<string, Value[]>()
  const text = (values: readonly unknown[]) =>
    JSON.stringify(values, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
  const keyed = (all: Answer) => new Map(all.map((row) => [text(row.slice(0, key)), row] as const))
  return steps.flatMap(([at, rows]) => {
    // What came before there was any watermark counts as of the first step that has one.
    const hasRows = rows.some((row) => group(row) !== undefined)
    if (hasRows) for (const found of groups.values()) if (found.at === -Infinity) found.at = at
    for (const row of rows) {
      const id = group(row)
      if (id === undefined) continue
      const found = groups.get(text([id]))
      const isOver = found !== undefined && found.at !== -Infinity && at - found.at >= ttl
      if (isOver) for (const name of keyed(answer([found.rows])).keys()) out.delete(name)
      groups.set(text([id]), { rows: found === undefined || isOver ? [row] : [...found.rows, row], at })
    }
    const now = keyed(answer([...groups.values()].map((each) => each.rows)))
    const changes: Change[] = []
    for (const [name, values] of now)
      if (text(out.get(name) ?? []) !== text(values)) changes.push({ values, deleted: false })
    for (const [name, values] of out) if (!now.has(name)) changes.push({ values, deleted: true })
    out = now
    return changes.sort((a, b) => compareLists(a.values.slice(0, key), b.values.slice(0, key)))
  })
}

const changesOf = ({ rows, deleted }: Ran): readonly Change[] =>
  rows.map((values, row) => ({ values, deleted: deleted[row] === true }))

const run = (sql: string, input: readonly Row[], way: Way, ms: number) =>
  runStream(sql, input, { ...way, every: { kind: 'time', ms } })

// Promise changes: An answer that changes is put out wherever it differs, step by step of event time, the same through any crash.
test.each([...cases, ...higher])(
  'at the end of each step the rows come that differ, however partitions interleave, batches are cut and runs restart: $sql',
  (question) => {
    fc.assert(
      fc.property(interleaved, ways, fc.integer({ min: 1, max: 12 }), ({ input, other }, way, every) => {
        const ran = run(question.sql, other, way, every)
        expect(changesOf(ran)).toEqual(naive(question, stepsOf(input, every)))
        expect(ran.rejects).toEqual([])
      }),
      { numRuns: 200 },
    )
  },
)

test.each(cases)('after its ttl a key begins anew, by event time alone: $sql', (question) => {
  fc.assert(
    fc.property(interleaved, ways, fc.integer({ min: 1, max: 25 }), ({ input, other }, way, ttl) => {
      const ran = run(question.sql, other, { ...way, ttl }, 4)
      expect(changesOf(ran)).toEqual(naive(question, stepsOf(input, 4), ttl))
    }),
    { numRuns: 200 },
  )
})

/** The rows that are left of an answer, in any order. */
function left(sql: string, ran: Ran): readonly string[] {
  const { plan } = planOf(sql, 'streaming')
  const key = plan.kind === 'changes' ? plan.key : []
  const found = new Map<string, string>()
  const text = (values: readonly unknown[]) =>
    JSON.stringify(values, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
  for (const { values, deleted } of changesOf(ran)) {
    const name = text(key.map((column) => values[column]))
    if (deleted) found.delete(name)
    else found.set(name, text(values))
  }
  return [...found.values()].sort()
}

test.each([
  ...[...cases, ...higher].filter(({ sql }) => !sql.includes('ts DESC')).map(({ sql }) => sql),
  'SELECT k FROM t UNION SELECT k FROM t WHERE v > 1',
  'SELECT j, MAX(w) AS w, AVG(v) AS a, MIN(d) AS d, SUM(DISTINCT v) AS s FROM t GROUP BY j',
  'SELECT k, j, n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY n DESC, j) AS rn FROM (SELECT k, j, COUNT(*) AS n FROM t GROUP BY k, j)) WHERE rn <= 1',
])('what is left in the end is what a bounded query answers: %s', (sql) => {
  fc.assert(
    fc.property(rows, ways, (input, way) => {
      const bounded = input.map((row) => ({ ...row, partition: 0 }))
      const answer = runSql(sql, bounded, { mode: 'batch' })
      const all = answer.rows.map((values) =>
        JSON.stringify(values, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)),
      )
      expect(left(sql, run(sql, input, way, 7))).toEqual(input.length === 0 ? [] : all.sort())
    }),
    { numRuns: 150 },
  )
})

test('the first of many keys are found, also where those in front fall behind', () => {
  const many = fc.array(fc.tuple(fc.nat(250), fc.integer({ min: -3, max: 3 })), { minLength: 300, maxLength: 600 })
  const sql = top(COUNTS, 's DESC, k', 'k, s')
  fc.assert(
    fc.property(many, ways, (values, way) => {
      const input = values.map(([k, v], ts) => made({ k: `k${k}`, v, ts }))
      const answer = runSql(sql, input, { mode: 'batch' }).rows.map((row) =>
        JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)),
      )
      expect(left(sql, run(sql, input, { ...way, piece: 50 }, 7))).toEqual(answer.sort())
    }),
    { numRuns: 30 },
  )
})

test('a key that is over leaves the ranks of others', () => {
  const sql = top(COUNTS, 'n DESC, k', 'k, n')
  const input = [0, 1, 2, 40, 80, 120].map((ts) => made({ k: ts < 3 ? 'a' : 'b', ts }))
  const ran = run(sql, input, { piece: 1, restart: false, ttl: 60 }, 10)
  expect(changesOf(ran).at(-1)).toEqual({ values: [2n, 'b', 2n], deleted: true })
  expect(left(sql, ran)).toEqual([JSON.stringify(['1n', 'b', '3n'])])
})

test.each([1, 2, 5])('without event time a step is a number of rows: %i', (size) => {
  const table = { ...TABLE, rowtime: undefined }
  fc.assert(
    fc.property(rowsOf(1), fc.integer({ min: 1, max: 7 }), (input, piece) => {
      const { ran, output } = collecting()
      const catalog = new Map([['t', table]])
      const every = { kind: 'records', count: size } as const
      const query = planQuery(COUNTS, catalog, { mode: 'streaming', session: SESSION, every })
      let graph = openGraph(query, catalog, { session: SESSION, partitions: () => 1, output })
      for (let from = 0; from < input.length; from += piece) {
        graph.push(0, batchOf(input.slice(from, from + piece), graph.scans[0]?.columns ?? [], 0))
        const state = structuredClone(graph.snapshot())
        graph = openGraph(query, catalog, { session: SESSION, partitions: () => 1, output, state })
      }
      graph.end()
      const steps = Array.from({ length: Math.ceil(input.length / size) }, (_, step) => {
        return [-Infinity, input.slice(step * size, (step + 1) * size)] as const
      })
      expect(changesOf(ran)).toEqual(naive(cases[0] as Case, steps))
    }),
    { numRuns: 100 },
  )
})
