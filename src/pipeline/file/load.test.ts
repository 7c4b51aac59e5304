import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPipeline } from './load.ts'
import { loadEveryKind } from './load-kinds.ts'
import { messagesOf, mutated } from './mutated.test-tool.ts'

await loadEveryKind()

const WHOLE = `version: 1
name: nasa
sources:
  collector: { tcp: 127.0.0.1:9999, to: access }
topics:
  access:
    partitions: 3
    format: common
    watermark: ts - INTERVAL '5' SECOND
queries:
  methods: |
    SELECT http_method FROM access
  top_paths:
    top: { count: 3, of: path, by: COUNT(*), every: 5m, from: access }
sinks:
  screen: { from: methods, console: {} }
`

type Variables = { readonly [name: string]: string }

function load(text: string, environment: Variables = {}, overrides: readonly string[] = []) {
  return readPipeline('p.yaml', text, { environment, overrides })
}

const problemsOf = (...loaded: Parameters<typeof load>): string =>
  messagesOf(() => {
    load(...loaded)
    return []
  })

test('short spellings are written out and defaults filled in', () => {
  const { definition } = load(WHOLE)
  expect(definition.timezone).toBe('UTC')
  expect(definition.topics.access?.format).toEqual({ common: {} })
  expect(definition.queries.methods).toEqual({ sql: 'SELECT http_method FROM access\n' })
  expect(definition.queries.top_paths?.top).toEqual({
    count: 3,
    of: 'path',
    by: 'COUNT(*)',
    every: 300_000,
    from: 'access',
  })
  expect(definition.checkpoint).toEqual({ interval: 10_000 })
})

describe('a mistake is reported with its place and a hint', () => {
  const cases: readonly (readonly [from: string, to: string, message: string])[] = [
    ['partitions: 3', 'partition: 3', 'p.yaml:7:5: unknown key "partition" in topics.access'],
    [
      'partitions: 3',
      'partition: 3',
      'Did you mean "partitions"? Known here: partitions, format, columns, watermark, idle, max_ahead, require, retention, dead, start,',
    ],
    ['partitions: 3', 'partitions: three', 'p.yaml:7:17: topics.access.partitions must be a number, not "three"'],
    ['partitions: 3', 'partitions: 0', 'p.yaml:7:17: topics.access.partitions must be at least 1'],
    ['partitions: 3', 'partitions: 1.5', 'p.yaml:7:17: topics.access.partitions must be a whole number, not 1.5'],
    ['format: common', 'format: commmon', 'p.yaml:8:13: there is no format "commmon"'],
    ['format: common', 'format: commmon', 'Did you mean "common"?'],
    [
      'format: common',
      'format: { common: { delimiter: ";" } }',
      'p.yaml:8:25: unknown key "delimiter" in topics.access.format.common\n',
    ],
    ['format: common', 'form: 1', 'p.yaml:6:3: topics.access needs "format"'],
    ['name: nasa', 'nam: nasa', 'p.yaml:2:1: unknown key "nam"'],
    ['name: nasa\n', '', 'p.yaml:1:1: a pipeline needs "name"'],
    ['name: nasa', 'name: na sa', 'a name has 1 to 100 letters, digits, dots, underscores and hyphens'],
    ['version: 1', 'version: 2', 'p.yaml:1:10: version must be 1, not 2'],
    ['name: nasa', 'name: nasa\nviews: { v: 3 }', 'p.yaml:3:13: views.v must be text, not 3'],
    [
      'name: nasa',
      'name: nasa\nbus: kafka://b',
      'p.yaml:3:6: bus.kafka.brokers.0: a broker is HOST:PORT, as localhost:9092',
    ],
    ['name: nasa', 'name: nasa\nengine: flnk://f:8083', 'p.yaml:3:9: there is no engine "flnk://f:8083"'],
    ['name: nasa', 'name: nasa\nengine: { flink: { parallelism: 2 } }', 'engine.flink needs "gateway"'],
    ['name: nasa', 'name: nasa\nname: nasa', 'p.yaml:3:1: "name" appears twice, first in line 2'],
    ['name: nasa', 'name: [', 'this is not YAML'],
    ['127.0.0.1:9999', '${LISTEN}', "a variable stands in quotes: '${NAME}'"],
    ['name: nasa', 'name: *unknown', 'p.yaml:2:7: there is no &unknown before this'],
    ['tcp: 127.0.0.1:9999, ', '', 'p.yaml:4:3: sources.collector needs the kind of source: one of file'],
    ['tcp: 127.0.0.1:9999, ', 'tpc: 127.0.0.1:9999, ', 'p.yaml:4:16: there is no kind of source "tpc"'],
    ['tcp: 127.0.0.1:9999, ', 'tpc: 127.0.0.1:9999, ', 'Did you mean "tcp"?'],
    [
      'tcp: 127.0.0.1:9999, ',
      'tcp: 127.0.0.1:9999, stdin: {}, ',
      'sources.collector has two kinds of source: stdin and tcp',
    ],
    [', to: access', '', 'p.yaml:4:3: sources.collector needs "to"'],
    [
      'every: 5m',
      'every: 5 parsecs',
      "p.yaml:14:53: queries.top_paths.top.every: '5 parsecs' is not a duration: expected a number and one of ms, s, m, h, d",
    ],
    ['every: 5m', 'every: 0s', 'p.yaml:14:53: queries.top_paths.top.every: a window must be longer than nothing'],
    ['every: 5m, ', '', 'p.yaml:14:5: queries.top_paths.top needs "every"'],
    ['count: 3', 'count: 0', 'queries.top_paths.top.count must be at least 1'],
    ['of: path', 'of: 7', 'p.yaml:14:26: queries.top_paths.top.of must be one of text, a list, not 7'],
    ['    top:', '    sql: SELECT 1\n    top:', 'queries.top_paths has both sql and top: a query is one of them'],
    ['    top:', '    partitions: 2\n    top:', '"partitions" is not supported yet'],
    ['console: {}', 'consol: {}', 'p.yaml:16:28: there is no kind of sink "consol"'],
    ['name: nasa', 'name: nasa\nqueries: 3', 'p.yaml:11:1: "queries" appears twice, first in line 3'],
    [
      'partitions: 3',
      'retention: 3 days',
      "p.yaml:7:16: topics.access.retention: '3 days' is not a duration: write 3d",
    ],
    ['partitions: 3', 'retention: soon', "7:16: topics.access.retention: 'soon' is not a duration: expected a number"],
    [
      'partitions: 3',
      'batch: { linger: 5 }',
      'topics.access.batch.linger: 5 is not a duration: it needs a unit, one of',
    ],
    ['partitions: 3', 'idle: 10', 'p.yaml:7:11: topics.access.idle: 10 is not a duration: it needs a unit'],
    ['format: common', 'format: apache', 'p.yaml:8:13: there is no format "apache"'],
    [
      'format: common',
      'format: apache',
      'Its usual access log is combined; without referer and agent it is common. There are:',
    ],
    ['tcp: 127.0.0.1:9999', 'syslog: { tls: 6514 }', 'syslog.tls must be a group of keys, not 6514'],
    ['tcp: 127.0.0.1:9999', 'syslog: { tls: ":6514" }', 'syslog.tls must be a group of keys, not ":6514"'],
    ['tcp: 127.0.0.1:9999', 'ingest: { listen: 1, keys: 10m }', 'ingest.keys must be a number or a group of keys, not'],
    ['format: common', 'format: [common]', 'topics.access.format must be text or a group of keys, not a list'],
    ['  access:\n', 'access:\n', 'p.yaml:6:1: "access" is no key of a pipeline, and "topics" above it is empty\n'],
    ['  access:\n', 'access:\n', 'Indent it: what belongs to topics begins further to the right.'],
    ['console: {}', 'pulsar: {}', 'p.yaml:16:28: there is no kind of sink "pulsar"\n'],
    ['console: {}', 'pulsar: {}', '\n  There are: console, csv, ndjson, files, spool, hdfs, '],
    ['console: {}', 'csv: o.csv, header: false', 'It is an option of csv: csv: { path: o.csv, header: false }'],
    ['console: {}', 'csv: o.csv, path: x', 'csv has its path already: leave this one out.'],
    ['console: {}', 'csv: [a, b]', 'Write one: csv: a; each of several is a sink of its own.'],
    ['format: common', 'format: csv\n    header: true', 'It is an option of csv: format: { csv: { header: true } }'],
    ['console: {}', 'console', 'Write console: {}, or give some of'],
    [
      'console: {}',
      'sqlite: { path: o.db, table: T, columns: { a: { row: jsn } } }',
      'sinks.screen.sqlite.columns.a.row must be json, not "jsn"',
    ],
    [
      'console: {}',
      'sqlite: { path: o.db, table: T, columns: { a: { rwo: json } } }',
      'sinks.screen.sqlite.columns.a: what goes into a column is an SQL expression,',
    ],
    ['console: {}', 'sqlite: { path: o.db, table: T, columns: { a: 5 } }', 'Write it as a text: "5".'],
    [
      'console: {}',
      'sqlite: { path: o.db, table: T, columns: {} }',
      'sinks.screen.sqlite.columns has no column: leave',
    ],
    [
      'console: {}',
      "sqlite: { path: o.db, table: T, columns: { '': a } }",
      'a name in sinks.screen.sqlite.columns is empty',
    ],
    ['console: {}', 'csv: 5', 'p.yaml:16:33: sinks.screen.csv must be text, not 5'],
    ['from: methods', 'form: methods', 'p.yaml:16:13: unknown key "form" in sinks.screen'],
    ['version: 1', "version: '1'", 'version must be 1, not "1"\n'],
    ['version: 1', "version: '1'", 'Write it without quotes.'],
    ['name: nasa', 'name: nasa: x', 'p.yaml:2:7: this is not YAML: a value is followed by a key\n'],
    ['    partitions', '\tpartitions', 'this is not YAML: a tab stands where a line is indented'],
    [' console: {} }', ' console: {}', 'this is not YAML: a { before this has no }'],
  ]
  test.each(cases)('%j as %j', (from, to, message) => {
    expect(WHOLE).toContain(from)
    expect(problemsOf(WHOLE.replace(from, to))).toContain(message)
  })

  test('all at once, in the order of the file', () => {
    const text = problemsOf(
      WHOLE.replace('partitions', 'partition').replace('console', 'consol').replace('version: 1', 'version: 2'),
    )
    expect(text.match(/^p\.yaml:\d+:\d+/gm)).toEqual(['p.yaml:1:10', 'p.yaml:7:5', 'p.yaml:16:28'])
    expect(text).toContain('unknown key "partition"')
    expect(text).toContain('there is no kind of sink "consol"')
  })

  test('what only follows from a misspelt key is not reported', () => {
    const message = problemsOf(WHOLE.replace('from: methods', 'form: methods'))
    expect(message.match(/^p\.yaml:\d+:\d+/gm)).toEqual(['p.yaml:16:13'])
    const outside = problemsOf(WHOLE.replace('  access:\n', 'access:\n'))
    expect(outside.match(/^p\.yaml:\d+:\d+/gm)).toEqual(['p.yaml:6:1'])
  })

  test('a text that is no pipeline at all', () => {
    for (const text of ['', '# nothing', '3', '- a', 'text'])
      expect(problemsOf(text)).toContain('a pipeline is a group of keys')
  })

  test('a caret stands under the key', () => {
    expect(problemsOf(WHOLE.replace('partitions', 'partition'))).toContain('      partition: 3\n      ^^^^^^^^^\n')
  })

  test('endless aliases are refused', () => {
    const bomb = [
      'a: &a [1,1,1,1,1,1,1,1,1,1]',
      ...'bcdefg'.split('').map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdef'[i]}`)}]`),
    ]
    expect(problemsOf(bomb.join('\n'))).toContain('at most 100000 parts')
    expect(problemsOf('a: &a [*a]')).toContain('deep')
  })
})

describe('a value from outside', () => {
  const named = (value: string) => WHOLE.replace('partitions: 3', `partitions: ${value}`)

  test('comes from the environment, a default or a file, in scalars only, with the type of the schema', () => {
    expect(load(named('${N}'), { N: '4' }).definition.topics.access?.partitions).toBe(4)
    expect(load(named('${N:-5}'), { N: '' }).definition.topics.access?.partitions).toBe(5)
    expect(load(WHOLE.replace('name: nasa', 'name: ${A}-${B:-b}'), { A: 'a' }).definition.name).toBe('a-b')
    const { sql } =
      load(
        WHOLE.replace('SELECT http_method', () => "SELECT '$${x}', '${Q}'"),
        { Q: 'a: b\n- c' },
      ).definition.queries.methods ?? {}
    expect(sql).toBe("SELECT '${x}', 'a: b\n- c' FROM access\n")
  })

  test('is an error with its place if it is missing', () => {
    expect(problemsOf(named('${PARTITION}'), { PARTITIONS: '1' })).toContain(
      'p.yaml:7:17: the variable PARTITION is not set',
    )
    expect(problemsOf(named('${PARTITION}'), { PARTITIONS: '1' })).toContain(
      'write ${PARTITION:-default}; $${PARTITION} is the text itself, as for a variable of nginx. Did you mean PARTITIONS?',
    )
    expect(problemsOf(named('${file:no/such}'))).toContain('p.yaml:7:17: the file of ${file:no/such} cannot be read')
    expect(problemsOf(named('"${N"'), { N: '1' })).toContain('has no } at its end')
    expect(problemsOf(named('${1}'))).toContain(
      '${1} is not one of ${VAR}, ${VAR:-default}, ${file:path} and ${params.NAME}',
    )
  })

  // Holds secrets.
  test('is not shown in messages', () => {
    const message = problemsOf(named('${SECRET}'), { SECRET: 'hunter2hunter2' })
    expect(message).toContain('topics.access.partitions must be a number, not "${SECRET}"')
    expect(message).not.toContain('hunter2')
  })
})

describe('--set', () => {
  test('replaces values and adds new ones', () => {
    expect(load(WHOLE, {}, ['topics.access.partitions=5']).definition.topics.access?.partitions).toBe(5)
    const { collector } = load(WHOLE, {}, ['sources.collector.tcp.max_line=2KiB']).definition.sources
    expect(collector?.tcp).toMatchObject({ listen: { port: 9999 }, max_line: 2048 })
    expect(load(WHOLE, {}, ['checkpoint.interval=1s']).definition.checkpoint.interval).toBe(1000)
    expect(load(WHOLE, {}, ['sinks.second={ from: methods, console: {} }']).definition.sinks.second).toBeDefined()
  })

  test('is named in the message if it is wrong', () => {
    expect(problemsOf(WHOLE, {}, ['topics.access.partitions=x'])).toBe(
      '--set topics.access.partitions=x: topics.access.partitions must be a number, not "x"',
    )
    expect(problemsOf(WHOLE, {}, ['topics.access.partition=2'])).toContain(
      '--set topics.access.partition=2: unknown key "partition"',
    )
    expect(problemsOf(WHOLE, {}, ['topics.acess.partitions=4'])).toBe(
      '--set topics.acess.partitions=4: topics.acess needs "format"\n  Did you mean "access"?',
    )
    expect(problemsOf(WHOLE, {}, ['partitions'])).toContain('expected a path and a value')
    expect(problemsOf(WHOLE, {}, ['a=[1'])).toContain('is not YAML')
  })
})

test('any file gives a pipeline or a Failure', () => {
  const pieces = [...'{}[]:|>"\'\n\t%#?3', '- ', '&a ', '*a', '!!set ', '  ', '${', 'null', '__proto__: ']
  fc.assert(
    fc.property(mutated(WHOLE, pieces), (text) => void problemsOf(text)),
    { numRuns: 500 },
  )
})
