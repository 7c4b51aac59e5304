import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchOf, CATALOG, planOf, type Row, SESSION } from '../../naive.test-tool.ts'
import { openFinal, openLocal } from '../../partial.ts'
import { collecting, made, runSql } from '../../run.test-tool.ts'

const rows = fc.array(
  fc
    .record({
      k: fc.option(fc.stringMatching(/^[a-d]{1,2}$/)),
      j: fc.option(fc.integer({ min: -2, max: 2 })),
      w: fc.option(fc.bigInt({ min: 2n ** 52n, max: 2n ** 63n - 1n })),
    })
    .map(made),
  { maxLength: 150 },
)

/** Ties that the order does not decide: rows then come in order of the first rows of their groups. */
const STATEMENTS = [
  'SELECT k, COUNT(*) AS c FROM t GROUP BY k ORDER BY c DESC',
  'SELECT k, j, SUM(w) AS s, MAX(w) AS m, AVG(j) AS a FROM t GROUP BY k, j',
  'SELECT k, COUNT(DISTINCT j) AS js, SUM(DISTINCT j) AS s, COUNT(*) AS c FROM t GROUP BY k ORDER BY js',
  'SELECT COUNT(DISTINCT k) AS ks, COUNT(DISTINCT j) FILTER (WHERE j > 0) AS js, MIN(k) AS least FROM t',
  'SELECT c, COUNT(*) AS n FROM (SELECT k, COUNT(*) AS c FROM t GROUP BY k) GROUP BY c ORDER BY n LIMIT 2',
]

/** Runs ranges of ten rows by the threads of `turns`; the first thread is that of the final graph. */
function runThreads(sql: string, input: readonly Row[], turns: readonly number[], last: readonly number[]) {
  const { ran, output } = collecting()
  const query = planOf(sql, 'batch')
  const final = openFinal(query, CATALOG, { session: SESSION, output })
  const open = (own: typeof final | undefined) =>
    openLocal(query, CATALOG, 0, { session: SESSION, reject() {}, final: own, keeps: true })
  const near = open(final)
  const locals = [near, open(undefined), open(undefined)]
  // What threads hand over of ranges may come later than what they run next.
  const outcomes = Array.from({ length: Math.ceil(input.length / 10) }, (_, range) => {
    const from = (turns[range] ?? 0) % 3
    const local = locals[from] as typeof near
    local.push(batchOf(input.slice(range * 10, range * 10 + 10), local.columns, 0))
    return { from, partial: local.take() }
  })
  for (const { from, partial } of outcomes) final.merge(0, partial, from)
  for (const from of last) {
    const rest = locals[from]?.rest()
    if (rest !== undefined) final.merge(0, from === 0 ? rest : structuredClone(rest), from)
  }
  final.end()
  return ran.rows
}

test('groups that threads keep give the rows of one run, whichever thread runs which range and ends first', () => {
  const orders = fc.shuffledSubarray([0, 1, 2], { minLength: 3 })
  fc.assert(
    fc.property(rows, fc.constantFrom(...STATEMENTS), fc.array(fc.nat(2)), orders, (input, sql, turns, last) => {
      expect(runThreads(sql, input, turns, last)).toEqual(runSql(sql, input, { mode: 'batch' }).rows)
    }),
    { numRuns: 150 },
  )
})

test('what a thread keeps is counted until it is handed over, and then where it is', () => {
  const query = planOf('SELECT k, COUNT(*) AS c FROM t GROUP BY k', 'batch')
  const final = openFinal(query, CATALOG, { session: SESSION, output: collecting().output })
  const local = openLocal(query, CATALOG, 0, { session: SESSION, reject() {}, keeps: true })
  const input = Array.from({ length: 20_000 }, (_, i) => made({ k: `key ${i}` }))
  local.push(batchOf(input, local.columns, 0))
  final.merge(0, local.take(), 1)
  const { groups } = final.held.open()
  const bytes = final.held.bytes()
  expect(groups).toBe(20_000)
  expect(bytes).toBeGreaterThan(20_000 * 20)
  const rest = local.rest()
  if (rest !== undefined) final.merge(0, structuredClone(rest), 1)
  expect(final.held.open().groups).toBe(20_000)
  expect(final.held.bytes()).toBeGreaterThan(20_000 * 20)
})
