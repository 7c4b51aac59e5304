/**
 * Every statement that Flink answered, on the embedded engine: it gives the same rows, or is refused with a message. A
 * statement that Flink refuses is refused.
 */
import { expect } from 'vitest'
import { type Answer, cases, type Refusal, testWithFlink } from './cases.ts'
import { sameRows } from './rows.ts'
import { type Outcome, runCase } from './run.ts'

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

testWithFlink.each([1000, 1])('no statement gives other rows than Flink, in batches of %i rows', (batchSize) => {
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

/** Errors of Flink's own types and code, and not of the statement: our answer may differ. */
const FAULTS_OF_FLINK = /NOT NULL|ClassCastException|NullPointerException|CompileException/

testWithFlink(
  'what Flink refuses before it runs is refused; where its job failed, a row is refused with its reason',
  () => {
    const wrong = refusals.filter((statement) => {
      const outcome = runCase(statement, 1000)
      if (outcome.kind === 'refused') return false
      if (statement.error !== 'runtime') return true
      return outcome.failed.length === 0 && !FAULTS_OF_FLINK.test(statement.message)
    })
    expect(wrong.map(({ id, sql, message }) => `${id}: ${sql}: ${message}`)).toEqual([])
  },
)
