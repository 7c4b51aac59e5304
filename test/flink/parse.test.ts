import { expect } from 'vitest'
import { Failure } from '../../src/base/failure.ts'
import { parseQuery } from '../../src/sql/syntax/parse.ts'
import { cases, type FlinkCase, testWithFlink } from './cases.ts'

/** The message of the refusal; undefined if the statement was read. */
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
