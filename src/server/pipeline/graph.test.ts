import { expect, test } from 'vitest'
import { checkPipeline } from '../../pipeline/check/check.ts'
import { readForCheck } from '../../pipeline/file/load.ts'
import { loadEveryKind } from '../../pipeline/file/load-kinds.ts'
import { graphOf } from './graph.ts'

await loadEveryKind()

const TEXT = `version: 1
name: shop
sources:
  web: { tcp: 9999, to: access }
  api: { http: { url: "\${API}", every: 1s }, to: answers }
topics:
  access: { format: common, watermark: ts - INTERVAL '5' SECOND }
  answers: { format: lines }
tables:
  ports: { file: { path: ports.csv }, columns: { port: INT, service: STRING }, key: port }
  kept: { sqlite: { path: k.db, table: K }, columns: { ts: TIMESTAMP_LTZ(3), c: STRING }, time: ts }
queries:
  paths: { count: { by: path, every: 60s, from: access } }
  again: SELECT window_end, path FROM paths
alerts:
  busy: { from: paths, when: hits > 100, notify: [console, { webhook: { url: "https://example.org/", auth: { basic: { user: me, password: hunter2 } } } }] }
  unreachable: { for: 2m, notify: console }
reports:
  day: { sql: SELECT c FROM kept, span: 1d }
sinks:
  archive: { from: access, ndjson: out/access.ndjson }
  points: { from: access, influxdb: { url: "http://h:8086", bucket: b, measurement: m, time: ts, token: hunter2, overwrites: accept } }
  days: { from: day, csv: out/day.csv }
`
const { pipeline } = checkPipeline(
  readForCheck('p.yaml', TEXT, { environment: { API: 'http://secret.example.org/' } }),
  0,
)
const { parts, edges } = graphOf(pipeline)

test('each part comes after those that feed it; the rows of a query are the query', () => {
  expect(parts.map(({ id, what }) => `${id} (${what})`)).toEqual([
    'source web (tcp)',
    'source api (http)',
    'table kept (sqlite, for reports)',
    'table ports (file, looked up)',
    'topic access (common)',
    'topic answers (lines)',
    'query paths (query)',
    'query again (query)',
    'alert busy (warning)',
    'alert unreachable (warning)',
    'report day (by hand)',
    'sink archive (ndjson)',
    'sink points (influxdb)',
    'sink days (csv)',
  ])
  expect(edges.map(({ from, to }) => `${from} -> ${to}`)).toEqual([
    'source web -> topic access',
    'source api -> topic answers',
    'topic access -> query paths',
    'query paths -> query again',
    'query paths -> alert busy',
    'table kept -> report day',
    'topic access -> sink archive',
    'topic access -> sink points',
    'report day -> sink days',
  ])
})

test('a part has its statement, its columns, and its entry in the file', () => {
  const found = (id: string) => parts.find((part) => part.id === id)
  expect(found('query paths')).toMatchObject({
    topic: 'shop.paths',
    written: 'paths:\n  count:\n    by: path\n    every: 60s\n    from: access',
    columns: expect.arrayContaining([{ name: 'path', type: 'STRING' }]),
  })
  expect(found('query paths')?.sql).toMatch(/^SELECT window_start, window_end, path, COUNT\(\*\) AS hits\n/)
  expect(found('topic access')?.watermark).toEqual({ column: 'ts', written: "ts - INTERVAL '5' SECOND" })
  expect(found('topic answers')?.watermark).toBeNull()
  expect(found('alert busy')?.notifiers).toEqual(['alert:busy:console', 'alert:busy:webhook'])
})

test('no secret and no value from the environment is told', () => {
  const told = JSON.stringify(parts)
  expect(told).not.toMatch(/hunter2|secret\.example/)
  expect(told).toContain('${API}')
})
