/** Answers that change, beside a naive evaluator that keeps all rows and compares whole answers: see the law in `changes.ts`. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planQuery } from '../../sql/plan-query.ts'
import { batchOf, planOf, type Row, SESSION, TABLE } from '../naive.test-tool.ts'
import { openGraph } from '../open-graph.ts'
import { collecting, interleavings, made, type Ran, runSql, runStream, type Way, ways } from '../run.test-tool.ts'
import {
  type Case,
  type Change,
  COUNTS,
  cases,
  higher,
  naive,
  stepsOf,
  textOf,
  top,
} from './whole-answers.test-tool.ts'

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
  for (const { values, deleted } of changesOf(ran)) {
    const name = textOf(key.map((column) => values[column]))
    if (deleted) found.delete(name)
    else found.set(name, textOf(values))
  }
  return [...found.values()].sort()
}

test.each([
  ...[...cases, ...higher].filter(({ sql }) => !sql.includes('ts DESC')).map(({ sql }) => sql),
  'SELECT k FROM t UNION SELECT k FROM t WHERE v > 1',
  'SELECT j, MAX(w) AS w, AVG(v) AS a, MIN(d) AS d, SUM(DISTINCT v) AS s FROM t GROUP BY j',
  'SELECT j, PERCENTILE(v, 0.5) AS p, MIN(k) AS k, APPROX_COUNT_DISTINCT(k) AS n FROM t GROUP BY j',
  'SELECT k, j, n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY n DESC, j) AS rn FROM (SELECT k, j, COUNT(*) AS n FROM t GROUP BY k, j)) WHERE rn <= 1',
])('what is left in the end is what a bounded query answers: %s', (sql) => {
  fc.assert(
    fc.property(rows, ways, (input, way) => {
      const bounded = input.map((row) => ({ ...row, partition: 0 }))
      const answer = runSql(sql, bounded, { mode: 'batch' })
      const all = answer.rows.map((values) => textOf(values))
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
      const answer = runSql(sql, input, { mode: 'batch' }).rows.map((row) => textOf(row))
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

test.each([
  { size: 1, table: { ...TABLE, rowtime: undefined } },
  { size: 5, table: { ...TABLE, rowtime: undefined } },
  { size: 5, table: TABLE },
])('a step may be a number of rows, with event time or without: $size', ({ size, table }) => {
  fc.assert(
    fc.property(rowsOf(1), fc.integer({ min: 1, max: 7 }), (input, piece) => {
      const { ran, output } = collecting()
      const catalog = new Map([['t', table]])
      const every = { kind: 'records', count: size } as const
      const query = planQuery(COUNTS, catalog, { mode: 'streaming', session: SESSION, every })
      let graph = openGraph(query, catalog, { session: SESSION, partitions: () => 1, output })
      for (let from = 0; from < input.length; from += piece) {
        graph.push(0, batchOf(input.slice(from, from + piece), graph.scans[0]?.columns ?? [], 0))
        if (table.rowtime !== undefined) graph.tick(0, 0, from)
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
