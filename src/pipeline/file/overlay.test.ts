import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type LoadedPipeline, readPipeline } from './load.ts'
import { loadEveryKind } from './load-kinds.ts'
import { messagesOf, mutated } from './mutated.test-tool.ts'

await loadEveryKind()

const BASE = `version: 1
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
    retention: 3d
sinks:
  screen: { from: methods, console: {} }
  archive:
    from: access
    files: { path: archive, roll: 10m }
    batch: { rows: 100 }
  table: { from: top_paths, csv: out.csv }
`

type Variables = { readonly [name: string]: string }

const lay = (overlay: string, environment: Variables = {}, overrides: readonly string[] = []): LoadedPipeline =>
  readPipeline('p.yaml', BASE, { environment, overrides }, [['over.yaml', overlay]])

const problemsOf = (...laid: Parameters<typeof lay>): string =>
  messagesOf(() => {
    lay(...laid)
    return []
  })

describe('an overlay', () => {
  test('merges groups of keys, and replaces values and lists', () => {
    const { topics, queries } = lay(
      'topics: { access: { partitions: 5, idle: 1m } }\nqueries: { top_paths: { top: { of: [host, path] } } }',
    ).definition
    expect(topics.access).toMatchObject({ partitions: 5, idle: 60_000, format: { common: {} } })
    expect(queries.top_paths?.top).toMatchObject({ of: ['host', 'path'], count: 3, every: 300_000 })
    expect(Object.keys(queries)).toEqual(['methods', 'top_paths'])
  })

  test('adds what is not there, and removes by null', () => {
    const { sinks } = lay(
      'sinks: { screen: null, archive: { batch: null }, more: { from: access, console: {} } }',
    ).definition
    expect(Object.keys(sinks)).toEqual(['archive', 'table', 'more'])
    expect(sinks.archive).not.toHaveProperty('batch')
  })

  test('of another kind replaces the old kind, and keeps the keys that every kind has', () => {
    const { sinks, queries, topics } = lay(`
sinks: { archive: { ndjson: all.ndjson } }
queries: { methods: { count: { every: 60s, from: access } }, top_paths: SELECT path FROM access }
topics: { access: { format: { json: { columns: { ts: TIMESTAMP(3) } } } } }`).definition
    expect(sinks.archive).toEqual({ from: 'access', batch: { rows: 100 }, ndjson: { path: 'all.ndjson' } })
    expect(queries.methods).toEqual({ count: { every: 60_000, from: 'access' } })
    expect(queries.top_paths).toEqual({ sql: 'SELECT path FROM access', retention: { time: 259_200_000 } })
    expect(topics.access?.format).toEqual({ json: { columns: { ts: { type: 'TIMESTAMP(3)' } } } })
  })

  test('puts the topics on another bus, and the options of a bus over each other', () => {
    const bus = (...overlays: readonly string[]) =>
      readPipeline(
        'p.yaml',
        BASE,
        { environment: {} },
        overlays.map((text, index) => [`${index}.yaml`, text]),
      ).definition.bus
    expect(bus('bus: kafka://a:9092,b:9092')).toMatchObject({ kafka: { brokers: ['a:9092', 'b:9092'], prefix: '' } })
    expect(bus('bus: { kafka: { brokers: "a:9092", prefix: x. } }', 'bus: kafka://b:9092')).toMatchObject({
      kafka: { brokers: ['b:9092'], prefix: 'x.' },
    })
    expect(bus('bus: kafka://a:9092', 'bus: embedded')).toEqual({ embedded: {} })
  })

  test('takes a short spelling, here or there, for what it stands for', () => {
    const { sinks, queries } = lay(
      'sinks: { table: { csv: { header: false } }, archive: { files: days } }\nqueries: { methods: { retention: 5d } }',
    ).definition
    expect(sinks.table).toMatchObject({ csv: { path: 'out.csv', header: false } })
    expect(sinks.archive).toMatchObject({ files: { path: { undated: 'days' }, roll: 600_000 } })
    expect(queries.methods).toEqual({ sql: 'SELECT http_method FROM access\n', retention: { time: 432_000_000 } })
  })

  test('comes under the next one, and under --set', () => {
    const several = readPipeline('p.yaml', BASE, { environment: {}, overrides: ['topics.access.idle=3s'] }, [
      ['1.yaml', 'topics: { access: { partitions: 5, idle: 1s } }'],
      ['2.yaml', 'topics: { access: { idle: 2s } }\nsinks: { screen: null }'],
      ['3.yaml', 'sinks: { screen: { from: access, console: {} } }'],
    ])
    expect(several.definition.topics.access).toMatchObject({ partitions: 5, idle: 3000 })
    expect(several.definition.sinks.screen).toMatchObject({ from: 'access' })
    expect(several.text.origin(['topics', 'access', 'partitions'])).toBe('1.yaml:1')
    expect(several.text.origin(['topics', 'access', 'idle'])).toBe('--set topics.access.idle')
    expect(several.text.origin(['topics', 'access', 'format'])).toBe('p.yaml:8')
    expect(several.text.origin(['sinks', 'screen', 'from'])).toBe('3.yaml:1')
  })

  test('without content changes nothing', () => {
    const { written } = readPipeline('p.yaml', BASE, { environment: {} })
    expect(lay('# later').written).toEqual(written)
    expect(lay(BASE).written).toEqual(written)
  })

  test('has values from outside, with the type of the schema, and hides them', () => {
    expect(lay('topics: { access: { partitions: "${N}" } }', { N: '7' }).definition.topics.access?.partitions).toBe(7)
    const message = problemsOf('topics: { access: { partitions: "${SECRET}" } }', { SECRET: 'hunter2hunter2' })
    expect(message).toContain('over.yaml:1:33: topics.access.partitions must be a number, not "${SECRET}"')
    expect(message).not.toContain('hunter2')
  })
})

describe('a mistake is reported in the file that it was written in', () => {
  const cases: readonly (readonly [overlay: string, message: string])[] = [
    ['topcs: {}', 'over.yaml:1:1: unknown key "topcs"\n'],
    ['topics:\n  access:\n    partition: 5', 'over.yaml:3:5: unknown key "partition" in topics.access'],
    ['sinks: { archive: { hdsf: x } }', 'over.yaml:1:21: unknown key "hdsf" in sinks.archive'],
    ['topics: { access: { partitions: 0 } }', 'over.yaml:1:33: topics.access.partitions must be at least 1'],
    ['sinks: { more: { console: {} } }', 'over.yaml:1:10: sinks.more needs "from"'],
    ['sinks:\n  screen: { from: null }', 'over.yaml:2:3: sinks.screen needs "from"'],
    ['sinks:\n  screen: { console: null }', 'over.yaml:2:3: sinks.screen needs the kind of sink'],
    ['sinks:\n  screen: { csv: a, ndjson: b }', 'over.yaml:2:3: sinks.screen has two kinds of sink: csv and ndjson'],
    ['sinks: { table: { csv: { header: 3 } } }', 'over.yaml:1:34: sinks.table.csv.header must be true or false, not 3'],
    ['name: null', 'over.yaml:1:1: a pipeline needs "name"'],
    [
      'sinks:\n  scren: null',
      'over.yaml:2:3: there is no sinks.scren to remove\n    scren: null\n    ^^^^^\n  Did you mean',
    ],
    ['- a', 'over.yaml:1:1: what is laid over a pipeline is a group of keys'],
    ['a: [', 'over.yaml:1:5: this is not YAML'],
  ]
  test.each(cases)('%j', (overlay, message) => expect(problemsOf(overlay)).toContain(message))

  test('that lies below, too', () => {
    const broken = BASE.replace('partitions: 3', 'partition: 3')
    const load = () => {
      readPipeline('p.yaml', broken, { environment: {} }, [['over.yaml', '\nsinks: { scren: {} }']])
      return []
    }
    expect(messagesOf(load).match(/^\w+\.yaml:\d+:\d+/gm)).toEqual(['p.yaml:7:5', 'over.yaml:2:10'])
  })
})

test('any overlay gives a pipeline or a Failure', () => {
  const overlay =
    'topics:\n  access: { partitions: 5 }\nsinks:\n  archive: { csv: a.csv, batch: null }\n  screen: null\n'
  const pieces = [...'{}[]:|>"\'\n\t%#?3', '- ', '&a ', '*a', '${', 'null', '__proto__: ', 'queries: ', 'top: ']
  fc.assert(
    fc.property(mutated(overlay, pieces), (text) => void problemsOf(text)),
    { numRuns: 500 },
  )
})
