import { expect, test } from 'vitest'
import { readPipeline } from '../file/load.ts'
import { loadEveryKind } from '../file/load-kinds.ts'
import { messagesOf } from '../file/mutated.test-tool.ts'
import { checkPipeline } from './check.ts'

await loadEveryKind()

type Given = { readonly share?: string; readonly bus?: string; readonly source?: string; readonly sink?: string }

const KAFKA = 'kafka://a:9092'

const check = ({ share = 'true', bus = KAFKA, source, sink, more = '' }: Given & { readonly more?: string }) => {
  const text = `version: 1
name: shop
bus: ${bus}
share: ${share}
${more}
${source === undefined ? '' : `sources: { logs: { to: access, ${source} } }`}
topics: { access: { format: common } }
queries: { hosts: SELECT host FROM access }
${sink === undefined ? '' : `sinks: { out: { from: hosts, ${sink} } }`}
`
  return checkPipeline(readPipeline('p.yaml', text, { environment: {} }), 0)
}

const said = (given: Parameters<typeof check>[0]): string => messagesOf(() => check(given).warnings)

test('a pipeline on a bus of one data folder is not shared', () => {
  expect(said({ bus: 'embedded' })).toBe(
    `p.yaml:4:8: several processes cannot share a pipeline on bus embedded, which belongs to one data folder
  share: true
         ^^^^
  Write bus: kafka://HOST:9092, or leave share out.`,
  )
  expect(said({ bus: 'embedded', share: 'false' })).toBe('')
})

test('a pipeline whose queries run on Flink is not shared', () => {
  expect(said({ more: 'engine: flink://flink:8083' })).toContain(
    'several processes cannot share a pipeline whose queries run on Apache Flink',
  )
})

test.each([
  ['file: a.log', 'source "logs" reads files of one machine'],
  ['tcp: :5140', 'source "logs" listens on an address of one machine'],
  ['stdin: {}', 'source "logs" reads the standard input of one process'],
])('source %s has to say on which host it runs', (source, words) => {
  const found = said({ source })
  expect(found).toContain(`${words}, so it has to say on which host it runs`)
  expect(found).toContain('Write in sources.logs: on: HOST')
  expect(said({ source: `on: web1, ${source}` })).toBe('')
})

test.each([
  ['ndjson: out.ndjson', 'sink "out" appends to a file of one machine'],
  ['sqlite: { path: out.db, table: t, key: [host], overwrites: accept }', 'sink "out" writes to a file of one machine'],
  ['console: {}', 'sink "out" shows rows on the terminal of one process'],
])('sink %s has to say on which host it runs', (sink, words) => {
  const found = said({ sink })
  expect(found).toContain(`${words}, so it has to say on which host it runs`)
  expect(found).toContain('Write in sinks.out: on: HOST')
  expect(said({ sink: `on: web1, ${sink}` })).toBe('')
})

test('every part that does not say its host is named at once', () => {
  const found = said({ source: 'file: a.log', sink: 'ndjson: out.ndjson' })
  expect(found).toContain('source "logs"')
  expect(found).toContain('sink "out"')
})

test('parts that any process may have need no host', () => {
  expect(said({ source: 'http: { url: "http://a/b", every: 1m }', sink: 'http: { url: "http://a/b" }' })).toBe('')
})

test('a host is of no use where one process runs the whole pipeline', () => {
  expect(said({ share: 'false', source: 'on: web1, file: a.log' })).toContain(
    'source "logs" is on web1, and one process runs the whole pipeline',
  )
})

test.each(['{ session: 5s }', '{ sesion: 10s }', 'maybe'])('share: %s is refused in words', (share) => {
  expect(said({ share })).toMatch(/p\.yaml:4:\d+: .*share/)
})
