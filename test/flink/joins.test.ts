/** Joins of streams and windows of GROUP BY, with the answers of Flink that `made/ask.ts` wrote: the same rows, or refused where Flink refuses. */
import { expect, test } from 'vitest'
import { difference } from './difference.ts'
import { joinCases } from './made/made-cases.ts'
import { runCase } from './run.ts'

/** Errors of Flink's own code, and not of the statement. */
const isFault = (message = ''): boolean => message.includes('ClassCastException')

test.each([1000, 1])('each statement gives the rows of Flink, in batches of %i rows', (batchSize) => {
  const wrong = joinCases.flatMap((one) => {
    if (one.error !== undefined && isFault(one.message)) return []
    const outcome = runCase(one, batchSize)
    const what =
      one.error !== undefined
        ? outcome.kind === 'refused'
          ? undefined
          : `accepted, and Flink says ${one.message}`
        : outcome.kind === 'refused'
          ? 'refused'
          : difference(one, outcome)
    return what === undefined ? [] : [`${one.id} (${one.mode}): ${one.sql}: ${what}`]
  })
  expect(wrong).toEqual([])
  const withRows = joinCases.filter((one) => one.error === undefined && one.rows.length > 0)
  expect(withRows.length).toBeGreaterThan(100)
})
