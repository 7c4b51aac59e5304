/**
 * Every statement that Flink answered, on the embedded engine: it gives the same rows, or is refused with a message. A
 * statement that Flink refuses is refused.
 */
import { expect, test } from 'vitest'
import { type Answer, loadCases, type Refusal } from './cases.ts'
import { sameRows } from './rows.ts'
import { type Outcome, runCase } from './run.ts'

const cases = loadCases()
const run = cases.length === 0 ? test.skip : test

const answers = cases.filter((statement): statement is Answer => statement.error === undefined)
const refusals = cases.filter((statement): statement is Refusal => statement.error !== undefined)

/** The number of Flink's answers that the engine gives, to be raised as the language grows. */
const leastEqual = 690

/** Answers of Flink that follow from chance and not from a rule, each with the reason. */
const luck: ReadonlyMap<string, string> = new Map([
  // Rows of VALUES with NaN become a UNION whose rows come in any order (compare-double-08, folded, has them turned
  // round), and MAX keeps a NaN that came first: MIN over the same rows says NaN, MAX says Infinity.
  ['aggregate-one-21', 'MAX of NaN depends on the order of a UNION'],
])

/** The difference to Flink's answer; undefined if there is none. */
function difference(answer: Answer, outcome: Outcome): string | undefined {
  if (outcome.kind === 'refused') return undefined
  const names = answer.columns.map(({ name }) => name)
  if (outcome.names.join() !== names.join()) return `columns ${outcome.names} instead of ${names}`
  if (outcome.failed.length > 0) return `failed: ${outcome.failed[0]}`
  if (sameRows(outcome.rows, answer.rows, answer.ordered)) return undefined
  return `rows ${show(outcome.rows)} instead of ${show(answer.rows)}`
}

const show = (rows: readonly unknown[]) =>
  JSON.stringify(rows, (_, value) =>
    Object.is(value, -0) ? '-0' : typeof value === 'bigint' ? String(value) : value,
  ).slice(0, 600)

run.each([1000, 1])('no statement gives other rows than Flink, in batches of %i rows', (batchSize) => {
  const outcomes = answers
    .filter(({ id }) => !luck.has(id))
    .map((answer) => ({ answer, outcome: runCase(answer, batchSize) }))
  const wrong = outcomes.flatMap(({ answer, outcome }) => {
    const what = difference(answer, outcome)
    return what === undefined ? [] : [`${answer.id} (${answer.mode}): ${answer.sql}: ${what}`]
  })
  expect(wrong).toEqual([])
  expect(outcomes.filter(({ outcome }) => outcome.kind === 'rows').length).toBeGreaterThanOrEqual(leastEqual)
})

run('what Flink refuses before it runs is refused', () => {
  const planned = refusals.filter(({ error }) => error !== 'runtime')
  const wrong = planned.filter((statement) => runCase(statement, 1000).kind === 'rows')
  expect(wrong.map(({ id, sql, message }) => `${id}: ${sql}: ${message}`)).toEqual([])
})

/** Errors of Flink's own types and code, and not of the statement: our answer may differ. */
const faultsOfFlink = /NOT NULL|ClassCastException|NullPointerException|CompileException/

run('where a job of Flink failed, a row is refused with its reason', () => {
  const failing = refusals.filter(({ error, message }) => error === 'runtime' && !faultsOfFlink.test(message))
  const wrong = failing.filter((statement) => {
    const outcome = runCase(statement, 1000)
    return outcome.kind === 'rows' && outcome.failed.length === 0
  })
  expect(wrong.map(({ id, sql, message }) => `${id}: ${sql}: ${message}`)).toEqual([])
})
