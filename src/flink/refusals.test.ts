/** What Flink cannot do is refused at its place; what is otherwise there is a note. */
import { expect, test } from 'vitest'
import type { Failure } from '../base/failure.ts'
import { checkedFile } from './checked.test-tool.ts'
import { flinkNotes } from './notes.ts'
import { flinkRefusals } from './refusals.ts'

const HEAD = `version: 1
name: p
bus: kafka://a:9092
engine: flink://f
topics:
  log: { partitions: 3, format: combined, watermark: "ts - INTERVAL '5' SECOND" }
  js: { format: { json: { columns: { a: INT, s: STRING } } }, columns: { m: "MAP[a, s]" } }
tables:
  codes: { file: codes.csv, columns: { status: INT, name: STRING }, key: status }
`
const MINUTE = "INTERVAL '1' MINUTE"
const LOOKUP =
  'SELECT l.host, l.ts, c.name FROM (SELECT *, PROCTIME() AS p FROM log) AS l JOIN codes FOR SYSTEM_TIME AS OF l.p AS c ON l.status = c.status'

const shown = ({ place, message }: Failure): string => `${place?.line}:${place?.column}: ${message}`
const refused = (rest: string): readonly string[] => flinkRefusals(checkedFile(HEAD + rest)).map(shown)
const queries = (sql: string): string => `queries:\n  q: |\n    ${sql}\n`

test.each([
  ['SELECT IP_FAMILY(host) AS f FROM log', '12:12: Flink has no function IP_FAMILY: it is one of tailrace’s own'],
  [LOOKUP, '12:91: Flink looks nothing up in the tables of a pipeline file'],
  [
    `SELECT window_start, window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE (SELECT ts FROM log), DESCRIPTOR(ts), ${MINUTE})) GROUP BY window_start, window_end`,
    '12:70: Flink does not parse TABLE around a query',
  ],
  [
    'SELECT * FROM log QUALIFY ROW_NUMBER() OVER (PARTITION BY host ORDER BY ts) = 1',
    '12:31: Flink 2.3 fails at QUALIFY where a SELECT has more than 6 columns',
  ],
  [
    "SELECT host FROM log WHERE ts > '2026-03-01T10:00:00Z' AND host <> '2026-03-01T10:00:01Z'",
    "12:37: Flink cannot read '2026-03-01T10:00:00Z' as a time: the job would fail",
  ],
  [
    'SELECT host, COUNT(*) AS n FROM log GROUP BY host',
    '11:3: the answer of query "q" changes: Flink puts out each record’s change, and tailrace one for each step',
  ],
  [
    `SELECT window_start, window_end, COLLECT(status) AS s FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), ${MINUTE})) GROUP BY window_start, window_end`,
    '11:3: column s of query "q" is a MULTISET of values of type INT, and JSON has only names of type STRING',
  ],
  [
    'SELECT a, m[1] AS x FROM js',
    '11:3: query "q" reads column m of js, which is a MAP with keys of type INT, and JSON has only names of type STRING',
  ],
])('%s', (sql, message) => {
  expect(refused(queries(sql))).toEqual([message])
})

test.each([
  'SELECT host, ts FROM log QUALIFY ROW_NUMBER() OVER (PARTITION BY host ORDER BY ts) = 1',
  "SELECT host FROM log WHERE ts > TIMESTAMP '2026-03-01 10:00:00' AND host <> 'TABLE (SELECT 1)'",
  'SELECT a FROM js',
])('%s is not refused', (sql) => {
  expect(refused(queries(sql))).toEqual([])
})

test('a view with a lookup is computed by tailrace, also below windows; one whose rows are of no record is refused', () => {
  const over = `SELECT window_start, window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE v, DESCRIPTOR(ts), ${MINUTE})) GROUP BY window_start, window_end`
  expect(refused(`views:\n  v: ${LOOKUP}\n${queries(over)}`)).toEqual([])
  const grouped = `views:\n  v: |\n    SELECT window_start, window_end, IP_FAMILY(MAX(host)) AS f FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), ${MINUTE})) GROUP BY window_start, window_end\n`
  expect(refused(`${grouped}${queries('SELECT window_start, window_end, f FROM v')}`)).toEqual([
    '12:38: Flink has no function IP_FAMILY: it is one of tailrace’s own',
  ])
})

test('rows that a query passes on have lost their order', () => {
  const [message, ...others] = refused(`queries:
  passed: SELECT host, ts FROM log
  counted: |
    SELECT window_start, window_end, COUNT(*) AS n
    FROM TABLE(TUMBLE(TABLE passed, DESCRIPTOR(ts), ${MINUTE})) GROUP BY window_start, window_end
`)
  expect(message).toMatch(/^12:3: query "counted" is about the event time of rows that query "passed" passes on/)
  expect(others).toEqual([])
})

test('names that Flink needs', () => {
  const text = `${HEAD.replace('s: STRING', '_tick: STRING').replace('MAP[a, s]', 'a + 1')}${queries('SELECT a FROM js')}`
  expect(flinkRefusals(checkedFile(text)).map(shown)).toEqual([
    '7:3: topic "js" has a column _tick, which rows for Flink need',
  ])
  const taken = HEAD.replace('  js:', '  p.log.rows: { format: common }\n  js:')
  expect(flinkRefusals(checkedFile(`${taken}${queries('SELECT host FROM log')}`)).map(shown)).toEqual([
    '7:3: topic "p.log.rows" has the name of the topic for the rows of "log" for Flink',
  ])
})

test('what can fail a job, the clock, and time are notes', () => {
  const text = `${HEAD}queries:
  sums: SELECT CAST(host AS INT) AS x, 1 / status AS y, MOD(5, status) AS z, CURRENT_TIMESTAMP AS now FROM log
  fine: SELECT TRY_CAST(host AS INT) AS x, status / 2 AS y, 1e0 / status AS z FROM log
  minutes: { count: { every: 1m, from: log } }
`
  expect(flinkNotes(checkedFile(text)).map(({ query, note }) => `${query ?? '-'} ${shown(note)}`)).toEqual([
    '- 6:3: which rows of log are late follows, on Flink, from how its 3 partitions interleave',
    '- 6:3: rows of log that are late, or have no event time, are no dead letters on Flink: they are dropped where time matters',
    'sums 11:16: on Flink a text that does not read as its type fails the job, which tries the row again and again',
    'sums 11:40: on Flink a division by 0 fails the job, which tries the row again and again',
    'sums 11:57: on Flink a division by 0 fails the job, which tries the row again and again',
    'sums 11:78: on Flink CURRENT_TIMESTAMP is the clock at each row: what is computed again after a restart has another one',
  ])
})
