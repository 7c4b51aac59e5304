/**
 * Every statement that Flink answered, on the embedded engine: it gives the same rows, or is refused with a message. A
 * statement that Flink refuses is refused.
 */
import { expect } from 'vitest'
import { Failure } from '../../src/base/failure.ts'
import { parseQuery } from '../../src/sql/syntax/parse.ts'
import { type Answer, cases, type FlinkCase, type Refusal, testWithFlink } from './cases.ts'
import { difference } from './difference.ts'
import { runCase } from './run.ts'

const answers = cases.filter((statement): statement is Answer => statement.error === undefined)
const refusals = cases.filter((statement): statement is Refusal => statement.error !== undefined)

/** The number of Flink's answers that the engine gives, to be raised as the language grows. */
const leastEqual = 979

/** Answers of Flink that follow from chance and not from a rule, each with the reason. */
const luck: ReadonlyMap<string, string> = new Map([
  // Rows of VALUES with NaN become a UNION whose rows come in any order (compare-double-08, folded, has them turned
  // round), and MAX keeps a NaN that came first: MIN over the same rows says NaN, MAX says Infinity.
  ['aggregate-one-21', 'MAX of NaN depends on the order of a UNION'],
])

// Promise flink-rows: A statement that is accepted gives the rows of Apache Flink, or its difference is listed.
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

/** The message with which the parser refuses a statement; undefined if it reads it. */
function refusalOf({ id, sql }: FlinkCase): string | undefined {
  try {
    parseQuery(sql)
    return undefined
  } catch (error) {
    if (error instanceof Failure && error.place !== undefined) return error.message
    throw new Error(`${id}: ${error}`)
  }
}

testWithFlink('what Flink does not parse is refused', () => {
  const wrong = cases.filter((statement) => statement.error === 'parse' && refusalOf(statement) === undefined)
  expect(wrong.map(({ id, sql }) => `${id}: ${sql}`)).toEqual([])
})

testWithFlink('what Flink parses and answers is read, or refused as not supported', () => {
  const answered = cases.filter(({ error }) => error === undefined || error === 'runtime')
  const refused = answered.map((statement) => ({ ...statement, refusal: refusalOf(statement) ?? '' }))
  const wrong = refused.filter(({ refusal }) => refusal !== '' && !refusal.includes('not supported'))
  expect(wrong.map(({ id, sql, refusal }) => `${id}: ${refusal}: ${sql}`)).toEqual([])
  // A tenth of the statements is refused, for arrays, maps, rows and JSON's own syntax.
  expect(refused.filter(({ refusal }) => refusal !== '').length).toBeLessThan(answered.length * 0.12)
})
