/** A constant that makes every row fail is refused; one that makes every row NULL or nonsense brings a warning. */
import { expect, test } from 'vitest'
import { catalog, plan, refusal } from '../example-log.test-tool.ts'
import { planQuery } from '../plan-query.ts'

const warned = (sql: string): readonly string[] => plan(sql, 'batch').warnings.map(({ message }) => message)

// Promise: A call that fails for every row because of a constant is refused before anything is read.
test.each([
  ['SELECT 5 % 0 AS x FROM log', 'zero'],
  ['SELECT status % 0 AS x FROM log', 'it divides by a constant zero'],
  ['SELECT body_bytes % (1 - 1) AS x FROM log', 'it divides by a constant zero'],
  ['SELECT price % 0.0 AS x FROM log', 'it divides by a constant zero'],
  ['SELECT MOD(status, 0) AS x FROM log', 'it divides by a constant zero'],
  ["SELECT CONVERT_TZ(host, 'PST', 'UTC') AS x FROM log", "zone 'PST' is ambiguous"],
  ['SELECT SHA2(host, 100) AS x FROM log', 'SHA2 has no digest of 100 bits'],
])('a constant that fails every row is refused: %s: %s', (sql, message) => {
  expect(refusal(sql)).toContain(message)
  expect(refusal(sql)).toContain('^')
})

// Promise: A constant for which a function gives NULL or a nonsense value in every row brings a warning.
test.each([
  ["UNIX_TIMESTAMP('nope')", 'is -9223372036854775808: the text cannot be read so'],
  ["TO_DATE('nope', 'yyyy-MM-dd')", 'is a day after the year 9999: the text cannot be read so'],
  ["TO_TIMESTAMP(host, 'bad pattern')", "'bad pattern' is no pattern of times"],
  ["DATE_FORMAT('nope', 'HH')", 'is NULL: the text cannot be read so'],
  ["DATE_FORMAT('2015-05-17T10:00:00Z', 'HH')", 'is NULL: the text cannot be read so'],
  ["CONVERT_TZ('nope', 'UTC', 'Europe/Berlin')", 'is NULL: the text cannot be read so'],
  ["CONVERT_TZ(host, 'UTC', 'Europe/Brlin')", "there is no zone 'Europe/Brlin': CONVERT_TZ takes it for GMT"],
  ["CONVERT_TZ(host, '+02:00', 'UTC')", "there is no zone '+02:00': CONVERT_TZ takes it for GMT"],
  ["REGEXP(host, '(')", "the pattern '(' cannot be read: REGEXP is FALSE in every row"],
  ["REGEXP_EXTRACT(host, '(', 1)", "the pattern '(' cannot be read: REGEXP_EXTRACT is NULL in every row"],
  ["REGEXP_REPLACE(host, '[', 'x')", "the pattern '[' cannot be read"],
  ["REGEXP_EXTRACT(host, '(a)', 2)", "the pattern '(a)' has 1 group: group 2 is NULL in every row"],
  ["REGEXP_EXTRACT(host, 'a', 1)", "the pattern 'a' has no group: group 1 is NULL in every row"],
  ["REGEXP_EXTRACT_ALL(host, 'a')", "the pattern 'a' has no group: group 1 is NULL in every row"],
  ["PARSE_URL(path, 'HOSTS')", "a URL has no part 'HOSTS': PARSE_URL is NULL in every row"],
  ["PARSE_URL(path, 'host')", "a URL has no part 'host'"],
  ["PARSE_URL(path, 'PATH', 'k')", "'PATH' has no keys"],
  ["ELT(3, 'a', 'b')", 'is NULL in every row'],
  ["JSON_VALUE(host, '$.a b')", "'$.a b' is no path"],
  ["JSON_EXISTS(host, '$[x]')", 'expected a number, a quoted name or * in brackets at character 2'],
  ["JSON_VALUE(host, '$.a' DEFAULT 'x' ON EMPTY)", "JSON_VALUE is strict: where nothing is at '$.a'"],
  ["JSON_QUERY(host, 'strict $.a' ERROR ON EMPTY)", 'ON ERROR counts and not ERROR ON EMPTY'],
  ["TO_TIMESTAMP('2015-02-30 00:00:00')", "'2015-02-30 00:00:00' is read as 2015-02-28 00:00:00"],
  ["CAST('2015-02-30 00:00:00' AS TIMESTAMP(3))", "'2015-02-30 00:00:00' is read as 2015-02-28 00:00:00"],
  ["TIMESTAMP '2015-05-17 24:00:00'", "'2015-05-17 24:00:00' is read as 2015-05-18 00:00:00"],
  ["ts > '2015-02-30'", "'2015-02-30' is read as 2015-02-28 00:00:00"],
  ["ts BETWEEN '2015-02-30' AND '2015-03-01'", "'2015-02-30' is read as 2015-02-28 00:00:00"],
])('a constant that is nonsense in every row brings a warning: %s %s', (expression, message) => {
  const messages = warned(`SELECT ${expression} AS x FROM log`)
  expect(messages).toHaveLength(1)
  expect(messages[0]).toContain(message)
})

test.each([
  "UNIX_TIMESTAMP('2015-05-17 10:00:00')",
  "DATE_FORMAT('2015-05-17 10:00:00', 'HH')",
  "CONVERT_TZ(host, 'GMT+2', 'Europe/Berlin')",
  "CONVERT_TZ('2015-05-17 10:00:00', 'UTC', 'America/Los_Angeles')",
  "REGEXP_EXTRACT(host, '(a)(b)', 2)",
  "REGEXP_EXTRACT(host, 'a', 0)",
  "REGEXP_EXTRACT_ALL(host, 'a', 0)",
  "REGEXP_EXTRACT_ALL(host, '(a)')",
  "REGEXP(host, '^(?:a|b)')",
  "JSON_VALUE(host, 'lax $.a' DEFAULT 'x' ON EMPTY)",
  "JSON_VALUE(host, '$.a' NULL ON EMPTY DEFAULT 'x' ON ERROR)",
  "PARSE_URL(path, 'QUERY', 'k')",
  "ts > '2015-02-28'",
  "TO_DATE('2015-05-17', 'yyyy-MM-dd')",
  "TO_TIMESTAMP(host, 'dd/MMM/yyyy:HH:mm:ss Z')",
  "host > '2015-02-30'",
  'SUBSTRING(host, CAST(NULL AS INT))',
])('%s brings no warning', (expression) => {
  const { warnings } = planQuery(`SELECT ${expression} AS x FROM log`, catalog, {
    mode: 'batch',
    session: { timezone: 'UTC', now: 0 },
  })
  expect(warnings).toEqual([])
})
