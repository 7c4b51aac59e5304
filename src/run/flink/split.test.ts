import { expect, test } from 'vitest'
import { checkPipeline } from '../../pipeline/check/check.ts'
import { readForCheck } from '../../pipeline/file/load.ts'
import { loadEveryKind } from '../../pipeline/file/load-kinds.ts'
import { fingerprintOf } from '../../runner/fingerprint.ts'
import { localPipeline } from './split.ts'

await loadEveryKind()

const file = (engine: string, queries: string) => `version: 1
name: shop
bus: kafka://a:9092
engine: ${engine}
topics:
  access: { format: common, partitions: 3, watermark: ts - INTERVAL '5' SECOND, retention: { time: 7d } }
queries:
${queries}
`
const PATHS = `  paths: |
    SELECT window_start, window_end, path, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, path
`
const ALERT = `alerts:
  busy: { from: paths, when: hits > 100, notify: console }
`
const checked = (text: string) => checkPipeline(readForCheck('p.yaml', text, { environment: {} }), 0).pipeline
const split = (queries: string) => localPipeline(checked(file('flink://flink', queries)))

test('a pipeline of the embedded engine is as it was', () => {
  const pipeline = checked(file('embedded', PATHS))
  expect(localPipeline(pipeline)).toBe(pipeline)
})

test('queries are decodes and relays, and alerts stay', () => {
  const { topics, queries, onFlink } = split(PATHS + ALERT)
  expect(topics.map(({ name, topic, partitions }) => [name, topic, partitions])).toEqual([
    ['access', 'access', 3],
    ['paths.flink', 'shop.paths.flink', 1],
    ['access.rows', 'shop.access.rows', 3],
    ['paths', 'shop.paths', 1],
    ['busy', 'shop.alert.busy', 1],
  ])
  expect(queries.map(({ name, reads, query }) => [name, reads, query.plan.kind])).toEqual([
    ['access.rows', ['access'], 'scan'],
    ['paths', ['paths.flink'], 'scan'],
    ['busy', ['paths'], expect.any(String)],
  ])
  expect(onFlink?.queries.map(({ name }) => name)).toEqual(['paths', 'busy'])
})

test('a relay gives the rows their key, and knows those that were put out before by the end of their window', () => {
  const alone = checked(file('embedded', PATHS)).queries[0]
  const relay = split(PATHS).queries.find(({ name }) => name === 'paths')
  expect(relay?.query.rowKey).toEqual(alone?.query.rowKey)
  expect(relay?.repeats).toEqual({ time: 1, offset: 4 })
  expect(relay?.group).toBe(alone?.group)
})

test('rows that are read by event time have the ticks of their topic among them', () => {
  const decodeOf = (queries: string) => split(queries).queries.find(({ name }) => name === 'access.rows')
  const steps = [{ step: 60_000, reach: 60_000 }]
  expect(decodeOf(PATHS)?.ticks).toMatchObject({ delayMs: 5000, column: '_tick', steps, together: [] })
  expect(decodeOf('  all: SELECT host FROM access\n')?.ticks).toBeUndefined()
})

test('rows in no order are known by nothing, and come in the partitions of their topic', () => {
  const { topics, queries } = split('  all: SELECT host, path FROM access WHERE status = 500\n')
  expect(queries.find(({ name }) => name === 'all')?.repeats).toBeUndefined()
  expect(topics.find(({ name }) => name === 'all.flink')?.partitions).toBe(3)
})

test('another text of a query is a matter of its job: the relay goes on where it is', () => {
  const printOf = (queries: string) => {
    const local = split(queries)
    return local.queries.filter(({ name }) => name === 'paths').map((relay) => fingerprintOf(relay, local))
  }
  expect(printOf(PATHS)).toEqual(printOf(PATHS.replace('GROUP BY', 'WHERE status = 200 GROUP BY')))
})

test('an answer that changes, and a name that is needed, are refused', () => {
  const changing =
    '  hosts: { sql: "SELECT host, COUNT(*) AS hits FROM access GROUP BY host", state: { ttl: forever } }\n'
  expect(() => split(changing)).toThrow('the answer of query "hosts" changes')
  expect(() => split(`${PATHS}  access.rows: SELECT host FROM access\n`)).toThrow(/access\.rows/)
})
