/** What people bring from other dialects of SQL is refused with a text that can be written here, with what they wrote in its place. */
import { expect, test } from 'vitest'
import { plan } from './example-log.test-tool.ts'
import { failureOf } from './refusal.test-tool.ts'
import { OTHER_FUNCTIONS } from './syntax/other-dialects.ts'

/** Arguments of the types that the words of advices stand for. */
const SAMPLES: Readonly<Record<string, string>> = {
  text: 'host',
  part: "'a'",
  pattern: "'a%'",
  value: 'status',
  number: 'price',
  a: 'status',
  b: 'body_bytes',
  condition: 'status > 1',
  list: 'ARRAY[host]',
  ts: 'ts',
  time: 'ts',
}
const calls = [...OTHER_FUNCTIONS].flatMap(([name, { of }]) =>
  of
    .filter(([word]) => word !== '')
    .map((words): [string, string] => {
      const texts = words.map((word) => SAMPLES[word] ?? word)
      return [`${name}(${texts.join(', ')})`, texts[0] ?? '']
    }),
)

// Promise: What a refusal says to write instead of a call of another dialect, with its arguments in their places, is accepted.
test.each(calls)('%s: the hint is a text that is accepted', (call, first) => {
  const hint = failureOf(() => plan(`SELECT ${call} AS x FROM log`, 'batch'))?.hint ?? ''
  const [, text = ''] = /^write (.*?)(?:, (?:or|which|with) .*)?$/.exec(hint) ?? []
  const of = `SELECT ${text.replaceAll('value', 'status')} AS x FROM log`
  expect(failureOf(() => plan(of, 'batch'))?.message, of).toBeUndefined()
  if (!/^(0|')/.test(first)) expect(text).toContain(first)
})

test.each([
  ["SELECT path ~ 'a.*' AS x FROM log", "REGEXP(path, 'a.*')"],
  ["SELECT path !~ 'a.*' AS x FROM log", "NOT REGEXP(path, 'a.*')"],
  ["SELECT path ~* 'A.*' AS x FROM log", "REGEXP(LOWER(path), 'a.*')"],
  ["SELECT path->>'user' AS x FROM log", "JSON_VALUE(path, '$.user')"],
  ["SELECT path->>'$.user' AS x FROM log", "JSON_VALUE(path, '$.user')"],
  ['SELECT ratio_to_report(status) OVER () AS x FROM log', 'CAST(status AS DOUBLE) / SUM(status) OVER ()'],
  ['SELECT CAST(status AS UNSIGNED) AS x FROM log', 'BIGINT'],
  ['SELECT status::text AS x FROM log', 'CAST(status AS STRING)'],
  ["SELECT '5'::int8 AS x FROM log", "CAST('5' AS BIGINT)"],
  ['SELECT ts::date AS x FROM log', 'CAST(ts AS DATE)'],
  ['SELECT status ^ 2 AS x FROM log', 'POWER(status, 2)'],
  ["SELECT path REGEXP 'a.*' AS x FROM log", "REGEXP(path, 'a.*')"],
  ['SELECT status DIV 2 AS x FROM log', 'status / 2'],
  ['SELECT quantile(0.95)(status) AS x FROM log', 'PERCENTILE(status, 0.95)'],
  ["SELECT group_concat(path ORDER BY ts SEPARATOR ';') AS x FROM log", "LISTAGG(path, ';')"],
  ['SELECT dateadd(day, 1, ts) AS x FROM log', "ts + INTERVAL '1' DAY"],
  ["SELECT date_part('hour', ts) AS x FROM log", 'EXTRACT(HOUR FROM ts)'],
  ["SELECT date_trunc('hour', ts) AS x FROM log", 'FLOOR(ts TO HOUR)'],
  ['SELECT datediff(hour, ts, ts) AS x FROM log', 'TIMESTAMPDIFF(HOUR, ts, ts)'],
  ['SELECT status = ANY(ARRAY[200, 404]) AS x FROM log', 'status IN (200, 404)'],
  ["SELECT match(path, 'a.*') AS x FROM log", "REGEXP(path, 'a.*')"],
  ['SELECT any(path) AS x FROM log', 'MAX(path)'],
  ['SELECT len(ARRAY[1, 2]) AS x FROM log', 'CARDINALITY(ARRAY[1, 2])'],
  ['SELECT COUNT(*) FILTER (status > 1) AS x FROM log', 'FILTER (WHERE status > 1)'],
])('%s: write %s', (sql, text) => {
  expect(failureOf(() => plan(sql, 'batch'))?.hint).toBe(`write ${text}`)
  const whole = text.startsWith('FILTER') ? `COUNT(*) ${text}` : text === 'BIGINT' ? `CAST(status AS ${text})` : text
  expect(plan(`SELECT ${whole} AS x FROM log`, 'batch').plan).toBeDefined()
})

test.each([
  [
    'SELECT DISTINCT ON (host) host, path FROM log ORDER BY host',
    'QUALIFY ROW_NUMBER() OVER (PARTITION BY host ORDER BY …) = 1',
  ],
  ['SELECT * EXCEPT (host) FROM log', 'name the columns'],
  ['SELECT COUNT(DISTINCT host, path) FROM log', 'COUNT(DISTINCT (x, y))'],
  ['SELECT COUNT(DISTINCT path) OVER (PARTITION BY host) FROM log', 'COUNT(DISTINCT path) AS x'],
  ['SELECT LISTAGG(path) WITHIN GROUP (ORDER BY path) FROM log', 'ARRAY_SORT(ARRAY_AGG(x))'],
  ['SELECT ARRAY_AGG(path ORDER BY path) FROM log', 'ARRAY_SORT(ARRAY_AGG(x))'],
  ["SELECT host + 'x' FROM log", "write host || 'x'"],
  ['SELECT ts + 1 FROM log', "write ts + INTERVAL '1' DAY"],
  ['SELECT CURRENT_DATE - 7 FROM log', "write CURRENT_DATE - INTERVAL '7' DAY"],
  ['SELECT host FROM log WHERE status', 'write status <> 0'],
  ['SELECT * EXCLUDE (host), path FROM log', 'name the columns'],
  ['SELECT host FROM log LIMIT 1 BY host', 'QUALIFY ROW_NUMBER()'],
  ['FROM log SELECT host', 'write SELECT * FROM log'],
  ["SELECT path LIKE ANY ('a%', 'b%') FROM log", "a LIKE 'x%' OR a LIKE 'y%'"],
  ['SELECT RANK() FROM log', 'write RANK() OVER (PARTITION BY … ORDER BY …)'],
  ['SELECT LAG(host) FROM log', 'write LAG(x) OVER (PARTITION BY … ORDER BY …)'],
])('%s: %s', (sql, hint) => {
  const failure = failureOf(() => plan(sql, 'batch'))
  expect(failure?.hint).toContain(hint)
  expect(failure?.also).toEqual([])
})
