import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readForCheck } from '../file/load.ts'
import { loadEveryKind } from '../file/load-kinds.ts'
import { messagesOf, mutated } from '../file/mutated.test-tool.ts'
import { checkPipeline } from './check.ts'

await loadEveryKind()

const HEAD = `version: 1
name: nasa
sources:
  collector: { tcp: 127.0.0.1:9999, to: access }
topics:
  access:
    partitions: 3
    format: common
    watermark: ts - INTERVAL '5' SECOND
`
const QUERIES = `queries:
  methods: |
    SELECT window_start, window_end, http_method, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '60' SECOND))
    GROUP BY window_start, window_end, http_method
sinks:
  out: { from: methods, ndjson: out/methods.ndjson }
`

const check = (text: string) => checkPipeline(readForCheck('p.yaml', text, { environment: {} }), 0)

const problemsOf = (text: string): string => messagesOf(() => check(text).warnings)

test('names are resolved: topics with their columns, queries and sinks with their keys', () => {
  const { pipeline } = check(HEAD + QUERIES)
  expect(pipeline.topics.map(({ name, topic, partitions }) => [name, topic, partitions])).toEqual([
    ['access', 'access', 3],
    ['methods', 'nasa.methods', 1],
  ])
  const [access, methods] = pipeline.topics
  expect(access?.fields[access.rowtime ?? -1]).toMatchObject({ name: 'ts', rowtime: true })
  expect(methods?.fields.map(({ name }) => name)).toEqual(['window_start', 'window_end', 'http_method', 'hits'])
  expect(pipeline.catalog.get('access')?.rowtime).toMatchObject({ delay: 5000 })
  expect(pipeline.queries[0]?.reads).toEqual(['access'])
  const { rowKey, rowKeyParts } = pipeline.queries[0]?.query ?? {}
  expect(pipeline.sinks[0]).toMatchObject({ name: 'out', rows: { from: 'methods', rowKey, rowKeyParts } })
})

test('queries and sinks are consumer groups of their own, under the names that the file gives', () => {
  const { queries, sinks } = check(HEAD + QUERIES).pipeline
  expect([...queries, ...sinks].map(({ group }) => group)).toEqual(['nasa.query.methods', 'nasa.sink.out'])
  const named = `${HEAD}queries: { all: { sql: SELECT host FROM access, group: group1 } }
sinks: { raw: { from: access, ndjson: a, group: flume_consumer }, out: { from: all, ndjson: b } }\n`
  const { pipeline } = check(named)
  expect([...pipeline.queries, ...pipeline.sinks].map(({ group }) => group)).toEqual([
    'group1',
    'flume_consumer',
    'nasa.sink.out',
  ])
  expect(problemsOf(named.replace('flume_consumer', 'group1'))).toContain('query "all" has the group group1, too')
})

test('every mistake of every statement is at its place', () => {
  const text = `${HEAD}queries:
  a: |
    SELECT hots, statsu
    FROM access WHERE foo = 1
  b: SELECT host, FROM access WHERE = 3
sinks: { out: { from: a, ndjson: x } }\n`
  const places = [...problemsOf(text).matchAll(/p\.yaml:(\d+:\d+): ([^\n]*)/g)].map(
    ([, at, message]) => `${at} ${message}`,
  )
  expect(places.sort()).toEqual([
    '12:12 there is no column hots',
    '12:18 there is no column statsu',
    '13:23 there is no column foo',
    '14:19 expected an expression, found FROM',
    '14:37 expected an expression, found =',
  ])
})

test('a query reads the rows of another, in either order', () => {
  const text = `${HEAD}queries:
  errors: SELECT host, code FROM numbers WHERE code >= 500
  numbers: SELECT host, status AS code FROM access
`
  const { pipeline } = check(text)
  expect(pipeline.queries.map(({ name }) => name)).toEqual(['numbers', 'errors'])
  expect(pipeline.topics.map(({ topic }) => topic)).toEqual(['access', 'nasa.numbers', 'nasa.errors'])
  // Rows that no operator brings together stay in the partition of their record.
  expect(pipeline.topics.map(({ partitions }) => partitions)).toEqual([3, 3, 3])
})

describe('a mistake is reported at its place', () => {
  const whole = HEAD + QUERIES
  const cases: readonly (readonly [from: string, to: string, message: string])[] = [
    ['to: access', 'to: acess', 'p.yaml:4:41: there is no topic "acess"\n'],
    ['to: access', 'to: acess', 'Did you mean "access"?'],
    ['from: methods', 'from: method', 'p.yaml:16:16: there is no topic, query or report "method"'],
    [
      'sinks:\n',
      'tables: { kept: { sqlite: { path: o.db, table: T }, columns: { t: TIMESTAMP_LTZ(3) }, time: t } }\nsinks:\n  s: { from: kept, console: {} }\n',
      '"kept" is a table, which only reports read',
    ],
    ['name: nasa', 'name: nasa\ntimezone: Mars', 'p.yaml:3:11: there is no time zone "Mars"'],
    ['http_method, COUNT', 'http_methd, COUNT', 'p.yaml:12:38: '],
    ['http_method, COUNT', 'http_methd, COUNT', 'http_method'],
    ['SELECT window_start', 'SELECT UPPR(path), window_start', 'p.yaml:12:12: there is no function UPPR\n'],
    ['    GROUP BY', '    WHERE ts >= 5\n    GROUP BY', 'p.yaml:14:11: cannot compute TIMESTAMP_LTZ(3) >= INT'],
    ['TABLE access', 'TABLE acess', 'p.yaml:13:29: '],
    ['SELECT window', 'SELEC window', 'p.yaml:12:5: '],
    ["INTERVAL '5' SECOND", "INTERVAL 'x' SECOND", 'p.yaml:9:'],
    ['watermark: ts', 'watermark: tz', 'p.yaml:9:16: '],
    ['  methods: |', '  access: |', 'p.yaml:11:3: query "access" and topic "access" have the same name'],
    [
      'topics:\n',
      'topics:\n  access.dead: { format: lines }\n',
      'topic "access.dead" has the name under which topic "access" keeps its dead letters',
    ],
    ["    watermark: ts - INTERVAL '5' SECOND\n", '', 'p.yaml:'],
    [
      'sinks:\n',
      'sinks:\n  again: { from: methods, csv: out/../out/methods.ndjson }\n',
      'p.yaml:17:33: sink "again" writes to the same place\n',
    ],
    [
      'topics:\n',
      '  a: { spool: { folder: in, files: "*.log" }, to: access }\n  b: { spool: ./in/, to: access }\ntopics:\n',
      'p.yaml:6:15: source "a" takes the same files\n',
    ],
    [
      'format: common',
      'format: { json: { columns: { value: BIGIN } } }',
      'p.yaml:8:41: column value: type BIGIN is not supported',
    ],
  ]
  test.each(cases)('%j as %j', (from, to, message) => {
    expect(whole).toContain(from)
    expect(problemsOf(whole.replace(from, to))).toContain(message)
  })

  test("mistakes in SQL are reported in the file's own lines, however it is written", () => {
    const query = (written: string) => problemsOf(`${HEAD}queries:\n  q: ${written}\n`).split('\n')[0]
    expect(query('SELECT hos FROM access')).toBe('p.yaml:11:13: there is no column hos')
    expect(query("'SELECT hos FROM access'")).toBe('p.yaml:11:14: there is no column hos')
    expect(query('{ sql: SELECT hos FROM access }')).toBe('p.yaml:11:20: there is no column hos')
    expect(query('|\n\n      SELECT\n        hos FROM access')).toBe('p.yaml:14:9: there is no column hos')
    expect(query('|2\n      SELECT\n     hos FROM access')).toBe('p.yaml:13:6: there is no column hos')
  })

  // Promise: `check` reports every mistake of a pipeline file and of its statements at once.
  test('mistakes of the file and of its statements come together, and nothing that only follows from them', () => {
    const text = `${whole.replace('partitions: 3', 'partition: 3')}  consle: { from: methods, consle: {} }
  gone: { from: methods, ndjson: a.ndjson, group: 7 }
checkpoint: { interval: ten }
reports:
  daily: { sql: SELECT hst FROM access, at: every day, span: soon }
`.replace('http_method, COUNT', 'http_methd, COUNT')
    const places = problemsOf(text).match(/^p\.yaml:\d+:\d+: .*/gm)
    expect(places).toEqual(
      [
        'p.yaml:7:5: unknown key "partition" in top',
        'p.yaml:12:38: there is no column http_methd',
        'p.yaml:17:28: there is no kind of sink "cons',
        'p.yaml:18:51: sinks.gone.group must be text,',
        "p.yaml:19:25: checkpoint.interval: 'ten' is n",
        'p.yaml:21:24: there is no column hst',
        'p.yaml:21:45: "every day" is not a schedule: ',
        "p.yaml:21:62: reports.daily.span: 'soon' is ",
      ].map((line) => expect.stringContaining(line.slice(0, 40))),
    )
  })

  test.each([
    ['a broken topic', 'format: common', 'format: comon', ['p.yaml:8:13: there is no format "comon"']],
    ['a topic without its indent', '  access:', 'access:', ['p.yaml:6:1: "access" is no key of a pipeline']],
    ['a broken query', 'SELECT window_start', 'SELECT windo_start', ['p.yaml:12:12: there is no column windo_start']],
    ['a query that is no SQL', 'SELECT window', 'SELEC window', ['p.yaml:12:5: expected a query, found SELEC']],
  ])('parts that name %s have no mistake of their own', (_, from, to, expected) => {
    const text = `${whole}  all: { from: methods, console: {} }
reports: { r: { query: methods, span: 1h }, s: SELECT hits FROM access }\n`.replace(
      'sinks:',
      '  more: SELECT hits FROM methods\nsinks:',
    )
    const problems = problemsOf(
      text.replace('s: SELECT hits FROM access', 's: SELECT host FROM access').replace(from, to),
    )
    expect(problems.match(/^p\.yaml:\d+:\d+: .*/gm)).toEqual(expected.map((one) => expect.stringContaining(one)))
  })

  test('several mistakes of one topic', () => {
    const format = '{ json: { columns: { ts: TIMESTAMP(3), a: STRNG, b: INTEGR } } }'
    const problems = problemsOf(
      whole.replace('format: common', `format: ${format}\n    start: now\n    retention: { size: 1B }`),
    )
    expect(problems.match(/^p\.yaml:\d+:\d+: .*/gm)).toEqual([
      'p.yaml:8:55: column a: type STRNG is not supported',
      'p.yaml:8:65: column b: type INTEGR is not supported',
      "p.yaml:9:12: 'now' is no place to start",
      expect.stringContaining('p.yaml:10:24: size is less than'),
    ])
  })

  test('a circle of queries', () => {
    expect(problemsOf(`${HEAD}queries:\n  a: SELECT x FROM b\n  b: SELECT x FROM a\n`)).toContain(
      'p.yaml:11:3: query "a" reads its own rows: a reads b reads a\n',
    )
  })

  test('a reserved name of a column is a warning', () => {
    const text = whole.replace(
      'format: common',
      'format: { json: { columns: { ts: TIMESTAMP(3), http_method: STRING, value: BIGINT } } }',
    )
    expect(problemsOf(text)).toContain('value is a reserved word')
  })
})

describe('short forms', () => {
  const sqlOf = (form: string) => check(`${HEAD}queries:\n  q:\n    ${form}\n`).pipeline.queries[0]?.query.sql

  test('become plain SQL', () => {
    expect(sqlOf('count: { by: http_method, every: 90s, from: access }')).toBe(
      `SELECT window_start, window_end, http_method, COUNT(*) AS hits
FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '90' SECOND))
GROUP BY window_start, window_end, http_method`,
    )
    expect(sqlOf('rate: { of: status >= 500, every: 1h, from: access }')).toBe(
      `SELECT window_start, window_end, COUNT(*) FILTER (WHERE status >= 500) AS matched, COUNT(*) AS total,
  CAST(COUNT(*) FILTER (WHERE status >= 500) AS DOUBLE) / COUNT(*) AS share
FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '1' HOUR))
GROUP BY window_start, window_end`,
    )
    expect(sqlOf('top: { count: 3, of: path, by: COUNT(*), every: 5m, from: access }')).toContain('WHERE row_num <= 3')
  })

  test('take several columns and expressions', () => {
    const sql = sqlOf('top: { count: 3, of: [host, UPPER(path)], by: SUM(body_bytes), every: 450s, from: access }')
    expect(sql).toContain('SELECT window_start, window_end, host, item2, amount, row_num')
    expect(sql).toContain("INTERVAL '450' SECOND(3)")
  })

  test('have their mistakes reported at their own part', () => {
    const failure = (form: string) => problemsOf(`${HEAD}queries:\n  q:\n    ${form}\n`)
    expect(failure('top: { count: 3, of: pth, by: COUNT(*), every: 5m, from: access }')).toContain('p.yaml:12:26: ')
    expect(failure('count: { every: 5m, from: acess }')).toContain('p.yaml:12:31: there is no topic or query "acess"')
    expect(failure('rate: { of: status >, every: 5m, from: access }')).toContain('p.yaml:12:')
  })
})

// Promise any-file: Any text as a pipeline file gives a pipeline or a message with its place.
test('any text gives a pipeline or a Failure', () => {
  const whole = `${HEAD}${QUERIES}`.replace(
    'queries:\n',
    'queries:\n  tops:\n    top: { count: 3, of: path, by: COUNT(*), every: 5m, from: access }\n',
  )
  expect(problemsOf(whole)).toBe('')
  const pieces = [..."()'`,x0-*.\n", ' AS ', ' FROM ', 'NULL', ' UNION ALL ', 'COUNT(', '  ', ': ']
  fc.assert(
    fc.property(mutated(whole, pieces), (text) => void problemsOf(text)),
    { numRuns: 400 },
  )
})
