import { expect, test } from 'vitest'
import { checkPipeline } from '../pipeline/check/check.ts'
import { readPipeline } from '../pipeline/file/load.ts'
import { loadEveryKind } from '../pipeline/file/load-kinds.ts'
import { runTest } from './run-test.ts'

await loadEveryKind()

const PIPELINE = `version: 1
name: p
timezone: Europe/Berlin
topics:
  access:
    partitions: 2
    format: { json: { columns: { ts: TIMESTAMP_LTZ(3), k: STRING, ok: BOOLEAN } } }
    watermark: ts - INTERVAL '5' SECOND
    idle: 10s
  users:
    format: { csv: { columns: { ts: TIMESTAMP_LTZ(3), name: STRING }, header: true } }
    watermark: ts - INTERVAL '0' SECOND
    idle: 10s
  app:
    partitions: 2
    format: { lines: { begins: '^[0-9]', wait: 2s } }
    columns:
      arrived: TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'
      part: INT METADATA FROM 'partition'
      k: STRING METADATA FROM 'key'
queries:
  rates: |
    SELECT window_start, window_end, k, COUNT(*) AS n, COUNT(*) FILTER (WHERE NOT ok) AS bad
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, k
  plain: SELECT ts, k FROM access
  all: |
    SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE plain, DESCRIPTOR(ts), INTERVAL '2' MINUTE))
    GROUP BY window_start, window_end
reports:
  daily: { sql: "SELECT k, COUNT(*) AS n FROM access GROUP BY k", at: "0 8 * * *", span: 1d }
alerts:
  bad: { from: rates, when: bad > 1 }
  silent: { from: rates, key: [], absent: 1h }
tests:
`

/** Runs the one test that these lines are, and gives what was wrong. */
const problemsOf = (...lines: readonly string[]) => problemsIn(PIPELINE, ...lines)

async function problemsIn(pipelineText: string, ...lines: readonly string[]): Promise<readonly string[]> {
  const text = `${pipelineText}  one:\n${lines.map((line) => `    ${line}\n`).join('')}`
  const { pipeline, tests } = checkPipeline(readPipeline('p.yaml', text, { environment: {} }), 0)
  const [found] = tests
  if (found === undefined) throw new Error('there is a test')
  const { problems } = await runTest(found, pipeline)
  return problems.flatMap(({ message, diff }) => [
    message,
    ...(diff?.lines.map(({ sign, cells }) => `${sign} ${cells.map((cell) => cell ?? 'NULL').join(' ')}`) ?? []),
  ])
}

const at = (time: string, k = 'a', ok = true) => `{ ts: "2026-01-01T${time}Z", k: ${k}, ok: ${ok} }`

// Promise: A test of a pipeline file runs the run of `tailrace run`, says the same each time, and touches nothing outside.
test('time passes in steps: windows close when the topic is quiet, alerts fire and are resolved, reports run when they are due', async () => {
  const lines = [
    'now: 2026-01-01T06:00:00Z',
    'end: false',
    'steps:',
    `  - send: { access: [${at('05:50:00')}, ${at('05:50:01', 'b', false)}, ${at('05:50:02', 'b', false)}] }`,
    '  - wait: 9s',
    '  - at: 2026-01-01T06:00:20Z',
    '  - wait: 3h',
    '  - report: daily',
    'expect:',
    '  rates: |',
    '    window_start, k, n, bad',
    '    2026-01-01 06:50, a, 1, 0',
    '    2026-01-01 06:50, b, 2, 2',
    '  all: [{ n: 3 }]',
    '  alerts:',
    '    bad: [{ state: firing, k: b, at: "2026-01-01T05:51:00Z" }, { state: resolved, at: "2026-01-01T05:52:00Z" }]',
    '    silent: [{ state: firing, at: "2026-01-01T06:51:00Z", since: "2026-01-01T05:51:00Z" }]',
    '  daily:',
    '    rows: |',
    '      span_end, k, n',
    '      2026-01-01 08:00, a, 1',
    '      2026-01-01 08:00, b, 2',
    '      2026-01-01 10:00:20, a, 1',
    '      2026-01-01 10:00:20, b, 2',
    '    unordered: true',
  ]
  for (let round = 0; round < 10; round++) expect(await problemsOf(...lines)).toEqual([])
})

test('a wait that is too short closes nothing, and a long one takes no longer', async () => {
  const send = `  - send: { access: [${at('00:00:00')}, ${at('00:00:00')}] }`
  const wait = (time: string) => problemsOf('end: false', 'steps:', send, `  - wait: ${time}`, 'expect: { rates: [] }')
  expect(await wait('60s')).toEqual([])
  expect(await wait('70s')).toEqual([
    'the rows of rates are not those expected',
    '+ 2026-01-01T01:00:00 2026-01-01T01:01:00 a 2 0',
  ])
  expect(await wait('4000d')).toHaveLength(2)
})

test('the lines of a topic are one stream: its header, its records of several lines, its partitions', async () => {
  const problems = await problemsOf(
    'steps:',
    '  - send: { users: "ts,name\\n2026-01-01T00:00:00Z,ann" }',
    '  - send: { users: "2026-01-01T00:00:00Z,bob" }',
    '  - send: { app: "1 one\\n" }',
    '  - wait: 1s',
    '  - send: { app: "  more of it\\n2 two\\n" }',
    '  - wait: 5s',
    '  - send: { app: ["  is none"] }',
    '  - send: { app: { lines: ["3 three", "  and more"], partition: 1, key: kk } }',
    '  - send: { app: { record: "4\\n5", key: "" } }',
    'expect:',
    '  users: [{ name: ann }, { name: bob }]',
    '  app:',
    '    - { line: "1 one\\n  more of it", arrived: "2026-01-01T00:00:01Z", part: 0, k: null }',
    '    - { line: "4\\n5", part: 0, k: null }',
    '    - { line: "  is none", arrived: "2026-01-01T00:00:06Z", part: 0 }',
    '    - { line: "2 two", arrived: "2026-01-01T00:00:03Z", part: 1 }',
    '    - { line: "3 three\\n  and more", part: 1, k: kk }',
  )
  expect(problems).toEqual([])
})

test('what nobody expects is a problem: dead letters, late rows, rows of a query', async () => {
  const bad = [
    'steps:',
    '  - send:',
    '      access:',
    '        lines:',
    ...['00:05:00', '00:00:00'].map((time) => `          - ${at(time)}`),
    '          - "{"',
    '        partition: 0',
  ]
  expect(await problemsOf(...bad)).toEqual([
    '1 dead letter of access, which the test does not expect',
    expect.stringMatching(/^\+ format .* \{$/),
    '1 late row of rates, which the test does not expect',
    '1 late row of all, which the test does not expect',
  ])
  const dead = 'dead: { access: [{ kind: format, reason: "name of a member", offset: 2 }] }'
  expect(await problemsOf(...bad, `expect: { ${dead}, late: { rates: 1, all: 1 }, rates: [] }`)).toEqual([
    'the rows of rates are not those expected',
    '+ 2026-01-01T01:05:00 2026-01-01T01:06:00 a 1 0',
  ])
  expect(await problemsOf(...bad, `expect: { dead: { access: 2 }, late: { rates: 3, all: 1 } }`)).toEqual([
    'there are 1 dead letters of access, and 2 expected',
    expect.stringMatching(/^\+ format/),
    'there are 1 late rows of rates, and 3 expected',
  ])
})

test('a run that fails fails the test, and is over', async () => {
  await expect(problemsOf('steps: [{ at: 2025-12-31T23:00:00Z }]')).rejects.toThrow(
    'the clock of a test never goes back',
  )
  await expect(problemsOf('steps: [{ send: { users: { file: no-such.log } } }]')).rejects.toThrow('cannot be read')
})

const LOOKUP = `version: 1
name: p
topics:
  logs: { partitions: 2, format: { json: { columns: { n: INT, k: INT } } } }
tables:
  ports: { file: { path: not-there.csv, delimiter: ';' }, columns: { k: INT, name: STRING }, key: k }
queries:
  named: |
    SELECT l.n, p.name FROM (SELECT *, PROCTIME() AS proc FROM logs) AS l
    LEFT JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p ON l.k = p.k
tests:
`

// Promise lookup-steps: A step of a test gives a lookup table its content, and rows that come after it are joined with that.
test('a step gives a lookup table its content, and a later one replaces it', async () => {
  const found = await problemsIn(
    LOOKUP,
    'steps:',
    '  - send: { logs: [ { n: 1, k: 1 } ] }',
    '  - send:',
    '      ports: |',
    '        k, name',
    '        1, one',
    '        2,',
    '      logs: [ { n: 2, k: 1 }, { n: 3, k: 2 } ]',
    '  - send: { ports: [ { k: 1, name: ONE } ] }',
    '  - send: { logs: [ { n: 4, k: 1 }, { n: 5, k: 2 } ] }',
    // It cannot be used: what was there stays.
    '  - send: { ports: [ { k: 1, name: a }, { k: 1, name: b } ] }',
    '  - send: { logs: [ { n: 6, k: 1 } ] }',
    'expect:',
    '  named: { unordered: true, rows: [ { n: 1 }, { n: 2, name: one }, { n: 3 }, { n: 4, name: ONE }, { n: 5 }, { n: 6, name: ONE } ] }',
  )
  expect(found).toEqual([])
})
