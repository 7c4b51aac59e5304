/** What a refusal says to write can be written. */
import { expect, test } from 'vitest'
import { arrayOf, BOOLEAN, DOUBLE, STRING, TIMESTAMP } from '../record/type.ts'
import { catalog, plan, refusal } from './example-log.test-tool.ts'
import { scalarFunctions } from './function/all.ts'
import { planQuery } from './plan-query.ts'
import { failureOf } from './refusal.test-tool.ts'
import { type Advice, hintFor, OTHER_FUNCTIONS } from './syntax/other-dialects.ts'
import { OTHER_OPERATORS, OTHER_SIGNS } from './syntax/other-signs.ts'

const fields = [
  ...['text', 'part', 'pattern'].map((name) => ({ name, type: STRING })),
  ...['ts', 'earlier', 'later', 'value'].map((name) => ({ name, type: TIMESTAMP })),
  ...['number', 'a', 'b'].map((name) => ({ name, type: DOUBLE })),
  { name: 'condition', type: BOOLEAN },
  { name: 'list', type: arrayOf(STRING) },
]
/** The advices use these names; `value` is of any type, and a reserved word. */
function planned(text: string, typeOfValue = TIMESTAMP): string | undefined {
  const own = fields.map((field) => (field.name === 'value' ? { ...field, type: typeOfValue } : field))
  const tables = new Map([['t', { name: 't', fields: own, rowtime: undefined }]])
  const written = text.replace(/\bvalue\b/g, '`value`').replace(/\b(condition|part|pattern)\b(?!')/g, '`$1`')
  const sql = `SELECT ${written} AS x FROM t`
  return failureOf(() => planQuery(sql, tables, { mode: 'batch', session: { timezone: 'UTC', now: 0 } }))?.message
}

const advices: readonly (readonly [string, Advice])[] = [...OTHER_FUNCTIONS, ...OTHER_SIGNS, ...OTHER_OPERATORS]

// Promise: What a refusal says to write instead can be written.
test.each(advices)('%s: the advice can be followed', (name, advice) => {
  const [text = ''] = advice.write.split(/, (?:or|which|with) /)
  const problems = [TIMESTAMP, DOUBLE, STRING].map((type) => planned(text, type))
  expect(problems, name).toContain(undefined)
})

test.each([...OTHER_FUNCTIONS].map(([name, advice]) => [name, hintFor(advice)]))(
  '%s(…) is refused with it',
  (name, hint) => {
    // As many arguments as none of them takes.
    expect(refusal(`SELECT ${name}(host, host, host, host, host) FROM log`)).toContain(hint)
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
  'SELECT SINGLE_VALUE(host) FROM log',
  'SELECT RANK() OVER (ORDER BY ts) FROM log',
  'SELECT host, NTH_VALUE(status, 2) OVER (ORDER BY ts) FROM log',
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

/** The statement as its refusal says to write it: `write A instead of B, …`, `write A` in place of the marked part, CAST(NULL …). */
function followed(sql: string): string {
  const failure = failureOf(() => plan(sql, 'batch'))
  const hint = failure?.hint ?? ''
  const start = (failure?.place?.column ?? 1) - 1
  const swaps = [...hint.matchAll(/([^ ,].*?) instead of (.+?)(?:, (?=\S+ instead)|$)/g)]
  if (swaps.length > 0) {
    return swaps.reduce((text, [, to = '', from = '']) => {
      const at = text.indexOf(from, start)
      return text.slice(0, at) + to.replace(/^write /, '') + text.slice(at + from.length)
    }, sql)
  }
  const group = /write (GROUP BY .*)$/.exec(hint)?.[1]
  if (group !== undefined) return sql.replace(/GROUP BY .*$/, group)
  const typed = /CAST\(NULL AS .*\)$/.exec(hint)?.[0] ?? ''
  return sql.replace(hint.startsWith('all of it') ? /ts [-+] NULL/ : /NULL/, typed)
}

// Promise: What a refusal says to write instead, put in the place of what it marks, is a statement that is accepted.
test.each([
  ['SELECT status / 100, COUNT(*) FROM log GROUP BY 1', 'status / 100, COUNT(*) FROM log GROUP BY status / 100'],
  ['SELECT UPPER(host), COUNT(*), status / 7 FROM log GROUP BY 1, 3', 'GROUP BY UPPER(host), status / 7'],
  ["SELECT host FROM log WHERE (status > 1) = 'true'", '(status > 1) = TRUE'],
  ['SELECT host FROM log WHERE (status > 1) = 0', '(status > 1) = FALSE'],
  ['SELECT host FROM log WHERE status = TRUE', 'status = 1'],
  ['SELECT host FROM log WHERE host = 5', "host = '5'"],
  ['SELECT host FROM log WHERE 1.50 <> host', "'1.50' <> host"],
  ["SELECT host FROM log WHERE host IN ('a', 5)", "host IN ('a', '5')"],
  ["SELECT host FROM log WHERE host NOT IN (7, 'a', 5)", "host NOT IN ('7', 'a', '5')"],
  ["SELECT CASE host WHEN 5 THEN 'x' END AS x FROM log", "CASE host WHEN '5' THEN"],
  ["SELECT CASE status WHEN '200' THEN 'x' END AS x FROM log", 'CASE status WHEN 200 THEN'],
  ["SELECT host FROM log WHERE status = '200'", 'status = 200'],
  ["SELECT host FROM log WHERE price = '-1.5'", 'price = -1.5'],
  ["SELECT host FROM log WHERE status IN ('200', '404')", 'status IN (200, 404)'],
  ['SELECT host FROM log WHERE host IS DISTINCT FROM 5', "DISTINCT FROM '5'"],
  ['SELECT NULLIF(host, 5) AS x FROM log', "NULLIF(host, '5')"],
  ['SELECT host FROM log WHERE ts > 1431857100', 'ts > TO_TIMESTAMP_LTZ(1431857100, 0)'],
  ['SELECT host FROM log WHERE ts > 1431857100000', 'ts > TO_TIMESTAMP_LTZ(1431857100000, 3)'],
  ["SELECT host FROM log WHERE ts > DATE '2015-05-17'", "ts > TIMESTAMP '2015-05-17 00:00:00'"],
  ['SELECT IF(status > 1, NULL, host) AS x FROM log', 'CAST(NULL AS STRING)'],
  ['SELECT IF(status > 1, ts, NULL) AS x FROM log', 'CAST(NULL AS TIMESTAMP_LTZ(3))'],
  ['SELECT IF(status > 1, NULL, price) AS x FROM log', 'CAST(NULL AS DECIMAL(10, 2))'],
  ['SELECT SUBSTRING(host, NULL) AS x FROM log', 'SUBSTRING(host, CAST(NULL AS INT))'],
  ['SELECT TIMESTAMPADD(DAY, NULL, ts) AS x FROM log', 'CAST(NULL AS INT)'],
  ["SELECT ELT(NULL, 'a') AS x FROM log", 'CAST(NULL AS INT)'],
  ["SELECT LPAD(host, NULL, 'x') AS x FROM log", 'CAST(NULL AS INT)'],
  ['SELECT LPAD(host, 5, NULL) AS x FROM log', 'CAST(NULL AS STRING)'],
  ['SELECT GREATEST(host, NULL) AS x FROM log', 'CAST(NULL AS STRING)'],
  ['SELECT ts - NULL AS x FROM log', 'SELECT CAST(NULL AS TIMESTAMP_LTZ(3)) AS x'],
])('what a refusal says to write is accepted: %s: %s', (sql, part) => {
  const text = followed(sql)
  expect(text).toContain(part)
  expect(refusal(text)).toBe('accepted')
})

test.each([
  ['SELECT ts - INTERVAL status SECOND AS x FROM log', 'TIMESTAMPADD(SECOND, -status, ts)'],
  ['SELECT ts + INTERVAL (status + 1) MINUTES AS x FROM log', 'TIMESTAMPADD(MINUTE, (status + 1), ts)'],
  ['SELECT ts - INTERVAL -status HOUR AS x FROM log', 'TIMESTAMPADD(HOUR, status, ts)'],
  ['SELECT ts-INTERVAL status WEEK AS x FROM log', 'TIMESTAMPADD(WEEK, -status, ts)'],
  ['SELECT ts - INTERVAL status QUARTER AS x FROM log', 'TIMESTAMPADD(QUARTER, -status, ts)'],
  ['SELECT ts - INTERVAL (5) MINUTE AS x FROM log', "INTERVAL '5' MINUTE"],
  ["SELECT DATE_TRUNC('hour', ts) AS x FROM log", 'FLOOR(ts TO HOUR)'],
  ["SELECT DATE_TRUNC('week', CAST(ts AS TIMESTAMP(3))) AS x FROM log", 'FLOOR(CAST(ts AS TIMESTAMP(3)) TO WEEK)'],
  ['SELECT timestamp_trunc(ts, minute) AS x FROM log', 'FLOOR(ts TO MINUTE)'],
  ["SELECT TIMESTAMP_LTZ '2015-05-17 10:00:00' AS x FROM log", "CAST('2015-05-17 10:00:00' AS TIMESTAMP_LTZ(3))"],
  ["SELECT TIMESTAMPTZ '2015-05-17T10:00:00Z' AS x FROM log", "CAST('2015-05-17T10:00:00Z' AS TIMESTAMP_LTZ(3))"],
  ["SELECT DATETIME '2015-05-17 10:00:00' AS x FROM log", "TIMESTAMP '2015-05-17 10:00:00'"],
  [
    "SELECT ts AT TIME ZONE 'x' AS x FROM log",
    "CONVERT_TZ(DATE_FORMAT(ts, 'yyyy-MM-dd HH:mm:ss'), 'UTC', 'Europe/Berlin')",
  ],
  [`SELECT ${'1'.repeat(41)} AS x FROM log`, `${'1'.repeat(41)}e0`],
  [`SELECT ${'1'.repeat(30)} AS x FROM log`, `CAST('${'1'.repeat(30)}' AS DECIMAL(30, 0))`],
])('%s: write %s', (sql, instead) => {
  expect(refusal(sql)).toContain(`write ${instead}`)
  expect(refusal(`SELECT ${instead} AS x FROM log`)).toBe('accepted')
})

test.each([
  ["SELECT * FROM read_csv('x')", 'tailrace query "SELECT … FROM log" FILE'],
  ["SELECT * FROM 'access.log'", 'tailrace query "SELECT … FROM log" FILE'],
  ["SELECT * FROM log PIVOT (COUNT(*) FOR host IN ('a'))", 'COUNT(*) FILTER (WHERE'],
  ['DESCRIBE log', 'tailrace describe FILE'],
  ['SHOW TABLES', 'tailrace describe FILE'],
  ['EXPLAIN SELECT 1', 'tailrace explain "SELECT …"'],
  ['SELECT 0x10 FROM log', 'write it in decimal: 16'],
  ['SELECT 1KB FROM log', 'write it in bytes: 1024'],
  ['SELECT 2GiB FROM log', 'write it in bytes: 2147483648'],
  ['SELECT 5m FROM log', "write INTERVAL '5' MINUTE"],
])('%s: %s', (sql, hint) => {
  expect(refusal(sql)).toContain(hint)
})

test.each([
  ['STRIN', 'did you mean STRING?'],
  ['BIGINTT', 'did you mean BIGINT?'],
  ['VARCHR', 'did you mean VARCHAR?'],
  ['TIMESTMP', 'did you mean TIMESTAMP(3)?'],
  ['TEXT', 'write STRING'],
  ['int64', 'write BIGINT'],
  ['Float64', 'write DOUBLE'],
  ['DATETIME', 'write TIMESTAMP(3)'],
  ['TIMESTAMPTZ', 'write TIMESTAMP_LTZ(3)'],
  ['NUMBER', 'write DECIMAL(38, 9)'],
])('CAST AS %s: %s', (type, hint) => {
  expect(refusal(`SELECT CAST(host AS ${type}) AS x FROM log`)).toContain(hint)
  const instead = hint.replace(/^did you mean |^write |\?$/g, '')
  expect(refusal(`SELECT TRY_CAST(host AS ${instead}) AS x FROM log`)).toBe('accepted')
})

test("columns of a window without one name TUMBLE, with the statement's own table and time", () => {
  const text = refusal('SELECT window_start, COUNT(*) AS n FROM log GROUP BY window_start, window_end')
  expect(text.match(/write FROM TABLE/g)).toHaveLength(1)
  const from = /write (FROM TABLE.*)$/.exec(text)?.[1] ?? ''
  expect(refusal(`SELECT window_start, COUNT(*) AS n ${from} GROUP BY window_start, window_end`)).toBe('accepted')
})

test('no hint repeats the text that is refused', () => {
  expect(refusal("SELECT TIMESTAMP '0000-01-01 00:00:00' FROM log")).toMatch(
    /is not a TIMESTAMP: the form is [^\n]+\n[^\n]+\n[^\n]+$/,
  )
})

test.each([
  ['repo.name FROM log', 'repo_name'],
  ['l.repo.name FROM log AS l', 'l.repo_name'],
])('a name of several parts that is a column with an underscore: %s', (written, name) => {
  const tables = new Map([['log', { name: 'log', fields: [{ name: 'repo_name', type: STRING }], rowtime: undefined }]])
  const failure = failureOf(() =>
    planQuery(`SELECT ${written}`, tables, { mode: 'batch', session: { timezone: 'UTC', now: 0 } }),
  )
  expect(failure?.hint).toBe(`did you mean ${name}?`)
})

test.each([
  ['SELECT SUM(body_bytes) / 1024 FROM log', 'CAST(SUM(body_bytes) AS DOUBLE) / 1024'],
  ['SELECT COUNT(*) / COUNT(*) FROM log', 'CAST(COUNT(*) AS DOUBLE) / COUNT(*)'],
  ['SELECT AVG(status) FROM log', 'SELECT AVG(CAST(status AS DOUBLE)) FROM log'],
  ['SELECT host FROM log GROUP BY host HAVING AVG(body_bytes) > 5', 'HAVING AVG(CAST(body_bytes AS DOUBLE)) > 5'],
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

test.each(['RAND()', 'RAND(1)', 'RAND_INTEGER(10)', 'RAND_INTEGER(1, 10)', 'UUID()'])(
  'a stream takes no %s',
  (call) => {
    const name = call.slice(0, call.indexOf('('))
    expect(refusal(`SELECT ${call} AS r FROM log`, 'streaming')).toContain(
      `${name} would give other numbers after a restart`,
    )
  },
)

test('the hint against RAND in a stream can be followed', () => {
  expect(refusal('SELECT RAND() AS r FROM log', 'streaming')).toContain('RAND(id)')
  expect(plan('SELECT RAND(status) AS r, RAND_INTEGER(status, 10) AS n FROM log').plan.kind).toBe('project')
})
