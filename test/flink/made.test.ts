/** Random statements and the queries of Nexmark, with the rows that Flink gave for them: the engine gives the same rows, or refuses the statement in words. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { difference } from './difference.ts'
import { exampleCases, madeCases, nexmarkCases } from './made/made-cases.ts'
import { runCase } from './run.ts'
import { PAGE, pageOf } from './tally.ts'

test.each([1000, 1])('no made statement gives other rows than Flink, in batches of %i rows', (batchSize) => {
  const wrong = [...madeCases, ...nexmarkCases, ...exampleCases].flatMap((one) => {
    const what = one.error === undefined ? difference(one, runCase(one, batchSize)) : undefined
    return what === undefined ? [] : [`${one.id} (${one.mode}): ${one.sql}: ${what}`]
  })
  expect(wrong).toEqual([])
})

test('docs/flink-statements.md is what `node test/flink/tally.ts` writes', () => {
  const page = readFileSync(PAGE, 'utf8')
  expect(page).toBe(pageOf(page))
})
