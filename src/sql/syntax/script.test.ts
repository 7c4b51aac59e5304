/** What `tailrace query` takes besides a query: views before it, and DESCRIBE. */
import { expect, test } from 'vitest'
import { catalog } from '../example-log.test-tool.ts'
import { explain } from '../explain.ts'
import type { Mode } from '../plan/plan.ts'
import { planQuery } from '../plan-query.ts'
import { refusalText } from '../refusal.test-tool.ts'

const OPTIONS = { session: { timezone: 'UTC', now: 0 }, isScript: true } as const
const plan = (sql: string, mode: Mode = 'batch') => planQuery(sql, catalog, { ...OPTIONS, mode })
const explained = (sql: string) => explain(plan(sql), catalog)
const refusal = (sql: string) => refusalText(() => plan(sql))

/** The rows of a plan that is written out. */
function rowsOf(sql: string): unknown[][] {
  const { plan: made } = plan(sql)
  if (made.kind !== 'values') throw new Error(`a plan of ${made.kind}`)
  return made.rows.map((row) => row.map((each) => (each.kind === 'literal' ? each.value : each)))
}

const BODY = "SELECT host AS who, COUNT(*) AS hits FROM log WHERE host <> 'x' GROUP BY host"

test('a view is what its query is, wherever a later view or the query names it', () => {
  const views = `CREATE VIEW counts AS ${BODY}; CREATE TEMPORARY VIEW few AS SELECT * FROM counts WHERE hits < 3;`
  expect(explained(`${views} SELECT who FROM few ORDER BY who;`)).toBe(
    explained(
      `WITH counts AS (${BODY}), few AS (SELECT * FROM counts WHERE hits < 3) SELECT who FROM few ORDER BY who`,
    ),
  )
})

test('its columns may have other names, and a comment is read over', () => {
  const { plan: made } = plan(
    `create view v (a, b) comment 'of hosts' as ${BODY}; WITH w AS (SELECT a FROM v) SELECT * FROM w`,
  )
  expect(made.fields.map(({ name }) => name)).toEqual(['a'])
})

test('DESCRIBE has a row for each column of a table or view, as in Flink', () => {
  const rows = rowsOf('DESCRIBE log')
  expect(rows[0]).toEqual(['host', 'STRING', true, null, null, null])
  expect(rows.find(([name]) => name === 'ts')).toEqual([
    'ts',
    'TIMESTAMP_LTZ(3) *ROWTIME*',
    true,
    null,
    null,
    "`ts` - INTERVAL '5' SECOND",
  ])
  expect(rowsOf(`CREATE VIEW v AS ${BODY}; DESC v;`).map(([name, type]) => [name, type])).toEqual([
    ['who', 'STRING'],
    ['hits', 'BIGINT'],
  ])
  expect(plan('DESCRIBE log').plan.fields.map(({ name }) => name)).toEqual([
    'name',
    'type',
    'null',
    'key',
    'extras',
    'watermark',
  ])
})

test.each([
  [`CREATE VIEW v AS ${BODY}`, 'nothing is asked behind CREATE VIEW'],
  [`CREATE VIEW v AS ${BODY} SELECT 1`, 'expected ; and a query'],
  [`CREATE VIEW log AS ${BODY}; SELECT * FROM log`, 'there is a table log already'],
  ['CREATE VIEW v AS SELECT hots FROM log; SELECT 1', 'there is no column hots'],
  ['CREATE TABLE t (a INT); SELECT 1', 'CREATE is not supported yet'],
  ['CREATE OR REPLACE VIEW v AS SELECT 1; SELECT 1', 'write CREATE VIEW v AS SELECT …; before the query'],
  ['CREATE TEMP TABLE `a b` AS SELECT 1; SELECT 1', 'write CREATE VIEW `a b` AS SELECT …; before the query'],
  ['DESCRIBE TABLE log', 'write DESCRIBE log'],
  ['DESCRIBE SELECT * FROM log', 'write CREATE VIEW v AS SELECT …; DESCRIBE v'],
  ['DESCRIBE logs', 'there is no table logs'],
  ['DESCRIBE log; SELECT 1', 'SELECT cannot stand here'],
])('%s: %s', (sql, message) => {
  expect(refusal(sql)).toContain(message)
})

test('IF NOT EXISTS leaves a table what it is', () => {
  expect(explained(`CREATE VIEW IF NOT EXISTS log AS ${BODY}; SELECT path FROM log`)).toBe(
    explained('SELECT path FROM log'),
  )
})

test('a query of a pipeline is a query, and nothing else', () => {
  const inPipeline = (sql: string) =>
    refusalText(() => planQuery(sql, catalog, { ...OPTIONS, mode: 'streaming', isScript: false }))
  expect(inPipeline(`CREATE VIEW v AS ${BODY}; SELECT * FROM v`)).toContain('CREATE is not supported yet')
  expect(inPipeline('DESCRIBE log')).toContain('DESCRIBE is not supported yet')
})
