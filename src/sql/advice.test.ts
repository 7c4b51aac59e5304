/** What a refusal says to write can be written, or is said not to be supported yet. */
import { expect, test } from 'vitest'
import { BOOLEAN, DOUBLE, STRING, TIMESTAMP } from '../record/type.ts'
import { catalog, plan, refusal } from './example-log.test-tool.ts'
import { scalarFunctions } from './function/all.ts'
import { planQuery } from './plan-query.ts'
import { failureOf } from './refusal.test-tool.ts'
import { type Advice, hintFor, OTHER_FUNCTIONS, OTHER_SIGNS } from './syntax/other-dialects.ts'

const fields = [
  ...['text', 'part', 'pattern'].map((name) => ({ name, type: STRING })),
  ...['ts', 'earlier', 'later', 'value'].map((name) => ({ name, type: TIMESTAMP })),
  ...['number', 'a', 'b'].map((name) => ({ name, type: DOUBLE })),
  { name: 'condition', type: BOOLEAN },
]
/** The advices use these names; `value` is of any type, and a reserved word. */
function planned(text: string, typeOfValue = TIMESTAMP): string | undefined {
  const own = fields.map((field) => (field.name === 'value' ? { ...field, type: typeOfValue } : field))
  const tables = new Map([['t', { name: 't', fields: own, rowtime: undefined }]])
  const written = text.replace(/\bvalue\b/g, '`value`').replace(/\b(condition|part|pattern)\b(?!')/g, '`$1`')
  const sql = `SELECT ${written} AS x FROM t`
  return failureOf(() => planQuery(sql, tables, { mode: 'batch', session: { timezone: 'UTC', now: 0 } }))?.message
}

const advices: readonly (readonly [string, Advice])[] = [...OTHER_FUNCTIONS, ...OTHER_SIGNS]

// Promise: what a refused statement is told to write instead can be written, or is said not to be supported yet.
test.each(advices)('%s: the advice can be followed', (name, advice) => {
  if ('write' in advice) {
    const [text = ''] = advice.write.split(/, (?:or|which) /)
    const problems = [TIMESTAMP, DOUBLE, STRING].map((type) => planned(text, type))
    expect(problems, name).toContain(undefined)
  } else {
    expect(hintFor(advice)).toMatch(/not supported yet$/)
    expect(planned(advice.flink, STRING)).toMatch(/not supported yet/)
  }
})

test.each([...OTHER_FUNCTIONS].map(([name, advice]) => [name, hintFor(advice)]))(
  '%s(…) is refused with it',
  (name, hint) => {
    expect(refusal(`SELECT ${name}(host) FROM log`)).toContain(hint)
  },
)

/** Functions that are written like calls and are no scalar functions. */
const OTHERS =
  'COUNT SUM AVG MIN MAX ROW_NUMBER TUMBLE HOP CUMULATE TABLE DESCRIPTOR CAST TRY_CAST COALESCE IF TIMESTAMP DECIMAL'

test.each([
  'SELECT host FROM log WHERE ts > MAX(ts)',
  'SELECT host, ROW_NUMBER() OVER (ORDER BY ts) AS rn FROM log WHERE rn <= 3',
  'SELECT host, COUNT(*) AS n FROM log WHERE n > 5 GROUP BY host',
  'SELECT COUNT(*) AS n, n + 1 AS m FROM log',
  'SELECT host, COUNT(*) AS n FROM log GROUP BY n',
  'SELECT host, COUNT(*) FROM log GROUP BY 1',
  'SELECT host, COUNT(*) FROM log GROUP BY ALL',
  'SELECT MAX(ts) - MIN(ts) FROM log',
  'SELECT host FROM log WHERE host IN (path, http_method)',
  'SELECT host FROM log WHERE status NOT IN (200, status + 1)',
  'SELECT status IN (1.5) FROM log',
  "SELECT host FROM log WHERE ts > '2026-03-01Z'",
  'SELECT LISTAGG(host) FROM log',
  'SELECT RANK() OVER (ORDER BY ts) FROM log',
  'SELECT host FROM log QUALIFY ROW_NUMBER() OVER (ORDER BY ts) = 1',
  'SELECT * FROM log, shops',
  'SELECT * FROM log JOIN shops USING (host)',
  "SELECT * FROM TABLE(SESSION(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
  "SELECT TUMBLE_START(ts, INTERVAL '1' MINUTE) FROM log",
  'SELECT 99999999999999999999',
  "SELECT TIME '12:00:00.5', TIMESTAMP '2026-03-01T10:00:00'",
])('%s: the hint names nothing that is refused in turn', (sql) => {
  const failure = failureOf(() => plan(sql, 'batch'))
  expect(failure).toBeDefined()
  const hint = failure?.hint ?? ''
  const called = [...hint.matchAll(/\b([A-Z][A-Z_0-9]+)\(/g)].map(([, name = '']) => name)
  const unknown = called.filter((name) => !scalarFunctions.has(name) && !OTHERS.split(' ').includes(name))
  expect(unknown).toEqual(hint.includes('not supported yet') ? expect.anything() : [])
  const whole = /write (SELECT .*)$/.exec(hint)?.[1]
  if (whole !== undefined && !whole.includes('…')) expect(plan(whole, 'batch').plan).toBeDefined()
})

test.each([
  ['SELECT MAX(ts) - MIN(ts) AS x FROM log', 'write TIMESTAMPDIFF(SECOND, MIN(ts), MAX(ts))'],
  ['SELECT host FROM log WHERE host IN (path, http_method)', 'write (host = path OR host = http_method)'],
  ['SELECT host FROM log WHERE status NOT IN (200, status + 1)', 'write (status <> 200 AND status <> status + 1)'],
  ['SELECT host, COUNT(*) AS n FROM log WHERE n > 5 GROUP BY host', 'HAVING COUNT(*) …'],
  ['SELECT host, COUNT(*) FROM log GROUP BY 1', 'write GROUP BY host'],
  ['SELECT ROW_NUMBER() OVER (ORDER BY ts) AS rn FROM log WHERE rn <= 3', 'put a query around it: SELECT * FROM'],
])('%s: %s', (sql, hint) => {
  expect(refusal(sql)).toContain(hint)
})

test('a name of two parts that is a column with an underscore', () => {
  const tables = new Map([['log', { name: 'log', fields: [{ name: 'repo_name', type: STRING }], rowtime: undefined }]])
  const failure = failureOf(() =>
    planQuery('SELECT repo.name FROM log', tables, { mode: 'batch', session: { timezone: 'UTC', now: 0 } }),
  )
  expect(failure?.hint).toBe('did you mean repo_name?')
})

test.each([
  ['SELECT SUM(body_bytes) / 1024 FROM log', 'CAST(SUM(body_bytes) AS DOUBLE) / 1024'],
  ['SELECT COUNT(*) / COUNT(*) FROM log', 'CAST(COUNT(*) AS DOUBLE) / COUNT(*)'],
  ['SELECT ROUND(AVG(status), 2) FROM log', 'ROUND(AVG(CAST(status AS DOUBLE)), 2)'],
  ['SELECT host FROM log WHERE path > 5', 'TRY_CAST(path AS DOUBLE)'],
])('%s warns, with a statement that means what is probably meant', (sql, instead) => {
  const { warnings } = plan(sql, 'batch')
  expect(warnings).toHaveLength(1)
  expect(warnings[0]?.hint).toContain(instead)
  const whole = /write (SELECT .*)$/.exec(warnings[0]?.hint ?? '')?.[1]
  if (whole !== undefined)
    expect(planQuery(whole, catalog, { mode: 'batch', session: { timezone: 'UTC', now: 0 } }).warnings).toEqual([])
})
