/** Where a condition above SESSION is tested. */
import { expect, test } from 'vitest'
import { made, runStream } from '../../engine/run.test-tool.ts'
import { catalog, plan } from '../example-log.test-tool.ts'
import { explain } from '../explain.ts'

const SESSIONS = "TABLE(SESSION(TABLE log PARTITION BY host, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"
const W = 'window_start, window_end'

/** The kinds of the plan's nodes, from the result down. */
const nodes = (sql: string): string[] =>
  explain(plan(sql), catalog)
    .split('\nplan\n')[1]
    ?.split('\n')
    .map((line) => line.trim().split(' ')[0] ?? '') ?? []

test.each([
  [
    'groups of the window and the key',
    `SELECT ${W}, host, COUNT(*) FROM ${SESSIONS} WHERE status < 400 GROUP BY ${W}, host`,
  ],
  [
    'also behind expressions',
    `SELECT ${W}, host, SUM(twice) FROM (SELECT *, status * 2 AS twice FROM ${SESSIONS}) WHERE twice < 800 AND path <> '/' GROUP BY ${W}, host`,
  ],
])('before sessions are made: %s', (_, sql) => {
  expect(nodes(sql)).toEqual(expect.arrayContaining(['group', 'session', 'filter', 'scan']))
  expect(nodes(sql).indexOf('filter')).toBeGreaterThan(nodes(sql).indexOf('session'))
})

test.each([
  ['rows without groups', `SELECT host, ${W} FROM ${SESSIONS} WHERE status < 400`],
  ['groups of another key', `SELECT ${W}, COUNT(*) FROM ${SESSIONS} WHERE status < 400 GROUP BY ${W}`],
  [
    'a condition about the window',
    `SELECT ${W}, host, COUNT(*) FROM ${SESSIONS} WHERE status < 400 AND window_end > TIMESTAMP '2026-03-01 00:00:00' GROUP BY ${W}, host`,
  ],
  [
    'an expression about the window',
    `SELECT ${W}, host, MAX(HOUR(window_end)) FROM ${SESSIONS} WHERE status < 400 GROUP BY ${W}, host`,
  ],
])('of the rows of sessions: %s', (_, sql) => {
  expect(nodes(sql).indexOf('filter')).toBeLessThan(nodes(sql).indexOf('session'))
})

test('a condition on the key is tested before, as it leaves the other sessions as they are', () => {
  expect(nodes(`SELECT path, ${W} FROM ${SESSIONS} WHERE host = 'a'`)).toEqual(['project', 'session', 'filter', 'scan'])
})

test('the two forms give other rows, as in Flink', () => {
  const input = [0, 3, 6].map((ts, v) => made({ k: 'a', v, ts }))
  const sessions = "TABLE(SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '0.004' SECOND))"
  const run = (sql: string) => runStream(sql, input, { piece: 9, restart: false }).rows
  expect(run(`SELECT ${W}, k, COUNT(*) FROM ${sessions} WHERE v <> 1 GROUP BY ${W}, k`)).toEqual([
    [0, 4, 'a', 1n],
    [6, 10, 'a', 1n],
  ])
  expect(run(`SELECT ${W}, COUNT(*) FROM ${sessions} WHERE v <> 1 GROUP BY ${W}`)).toEqual([[0, 10, 2n]])
})
