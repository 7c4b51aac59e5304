import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Failure, failuresIn } from '../../base/failure.ts'
import { catalog } from '../example-log.test-tool.ts'
import type { Mode } from '../plan/plan.ts'
import { planQuery } from '../plan-query.ts'
import { completionsAt } from './complete.ts'
import type { Completion } from './completion.ts'

const session = { timezone: 'UTC', now: 0 }

/** The completions at `|`, which stands for the place where somebody types. */
function at(text: string, mode: Mode = 'streaming') {
  const offset = text.indexOf('|')
  return completionsAt(text.replace('|', ''), offset, { catalog, session, mode })
}

const labels = (text: string, kind?: Completion['kind']): readonly string[] =>
  at(text).items.flatMap((item) => (kind === undefined || item.kind === kind ? [item.label] : []))

const LOG = ['host', 'ts', 'http_method', 'path', 'status', 'body_bytes', 'price']

test('tables stand behind FROM and JOIN, and inside of a window', () => {
  expect(labels('SELECT * FROM |', 'table')).toEqual(['log', 'shops'])
  expect(labels('SELECT * FROM log JOIN sh|', 'table')).toEqual(['shops'])
  expect(labels('SELECT * FROM TABLE(TUMBLE(TABLE |', 'table')).toEqual(['log', 'shops'])
  expect(labels('SELECT * FROM TABLE(|')).toEqual(['TUMBLE', 'HOP', 'CUMULATE', 'SESSION'])
})

test('DESCRIPTOR offers the event time of its table', () => {
  expect(labels('SELECT * FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(|')).toEqual(['ts'])
})

test('columns are those of the tables of FROM, also where FROM stands behind', () => {
  expect(labels('SELECT | FROM log', 'column')).toEqual(LOG)
  expect(labels('SELECT host FROM log WHERE |', 'column')).toEqual(LOG)
  expect(labels('SELECT host FROM log WHERE st|', 'column')).toEqual(['status', 'host'])
  expect(labels('SELECT l.| FROM log AS l, shops s')).toEqual(LOG)
  expect(labels('SELECT s.| FROM log l, shops s')).toEqual(['name'])
  expect(labels('SELECT | FROM log UNION ALL SELECT name FROM shops', 'column')).toEqual(LOG)
})

test('windows, sub-queries and WITH have columns of their own', () => {
  const window = "TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"
  expect(labels(`SELECT | FROM ${window}`, 'column')).toEqual([...LOG, 'window_start', 'window_end', 'window_time'])
  expect(labels('SELECT | FROM (SELECT host AS h, COUNT(*) AS hits FROM log GROUP BY host)', 'column')).toEqual([
    'h',
    'hits',
  ])
  expect(
    labels('WITH a AS (SELECT host AS h FROM log), b AS (SELECT h AS g FROM a) SELECT | FROM b', 'column'),
  ).toEqual(['g'])
  expect(labels('SELECT name FROM shops WHERE name IN (SELECT | FROM log)', 'column')).toEqual(LOG)
})

test('functions come with how they are written', () => {
  const [found] = at('SELECT SUBSTR| FROM log').items
  expect(found).toMatchObject({ kind: 'function', label: 'SUBSTRING', text: 'SUBSTRING(' })
  expect(found?.detail).toContain('SUBSTRING(')
})

test('what is replaced is the word that is being written', () => {
  expect(at('SELECT ho|st FROM log')).toMatchObject({ start: 7, end: 11 })
  expect(at('SELECT | FROM log')).toMatchObject({ start: 7, end: 7 })
})

test('nothing is offered in strings, comments and numbers', () => {
  for (const text of ["SELECT 'ho|st'", "SELECT 'ho|", '-- ho|', 'SELECT 1|', "SELECT 'a'|", 'SELECT /* ho| */ 1']) {
    expect(labels(text)).toEqual([])
  }
})

const places = [
  'SELECT | FROM log',
  'SELECT l.| FROM log AS l',
  'SELECT 1 AS n1 FROM log WHERE | IS NULL',
  "SELECT | FROM TABLE(HOP(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)) AS w",
  'WITH a AS (SELECT host, price FROM log) SELECT | FROM a',
  'SELECT | FROM (SELECT path AS p, `status` FROM log) AS t',
  'SELECT * FROM |',
  "SELECT * FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(|), INTERVAL '1' MINUTE))",
]

test('each column and table that is offered is known to the planner at its place', () => {
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.nat(), (place, pick) => {
      const items = at(place).items.filter(({ kind }) => kind === 'column' || kind === 'table')
      const item = items[pick % items.length]
      expect(item).toBeDefined()
      const sql = place.replace('|', () => item?.text ?? '')
      expect(problems(sql)).toEqual([])
    }),
  )
})

test('any text has completions, or none, at any place of it', () => {
  const words = fc.constantFrom(..."SELECT FROM WITH AS ( ) , . TABLE TUMBLE log host ' ` DESCRIPTOR JOIN 1".split(' '))
  fc.assert(
    fc.property(fc.array(words), fc.nat(), (parts, place) => {
      const sql = parts.join(' ')
      const offset = place % (sql.length + 1)
      const { start, end } = completionsAt(sql, offset, { catalog, session, mode: 'batch' })
      expect(start).toBeLessThanOrEqual(offset)
      expect(end).toBeGreaterThanOrEqual(offset)
    }),
  )
})

function problems(sql: string): readonly string[] {
  try {
    planQuery(sql, catalog, { mode: 'batch', session })
    return []
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return failuresIn(error).map(({ message }) => message)
  }
}
