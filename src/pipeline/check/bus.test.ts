import { expect, test } from 'vitest'
import { readPipeline } from '../file/load.ts'
import { loadEveryKind } from '../file/load-kinds.ts'
import { messagesOf } from '../file/mutated.test-tool.ts'
import { checkPipeline } from './check.ts'

await loadEveryKind()

const text = (bus: string, topic: string, more = '') => `version: 1
name: nasa
bus: ${bus}
topics:
  access: { format: common, ${topic} }
queries:
  hosts: SELECT host FROM access
${more}`
const check = (...parts: Parameters<typeof text>) =>
  checkPipeline(readPipeline('p.yaml', text(...parts), { environment: {} }), 0)

test('on a shared bus the dead letters and ticks of a topic that others may read are the pipeline’s own', () => {
  const kept = (bus: string) => check(bus, 'partitions: 3').pipeline.topics.map(({ topic, kept }) => [topic, kept])
  expect(kept('embedded')).toEqual([
    ['access', 'access'],
    ['nasa.hosts', 'nasa.hosts'],
  ])
  expect(kept('kafka://a:9092')).toEqual([
    ['access', 'nasa.access'],
    ['nasa.hosts', 'nasa.hosts'],
  ])
})

test('the settings of a topic are those that the file says, and retention only where it does', () => {
  const settingsOf = (topic: string) => check('kafka://a:9092,b:9093', topic).pipeline.topics[0]?.settings
  expect(settingsOf('partitions: 3')).not.toHaveProperty('retention')
  expect(
    settingsOf(
      'replication: 3, acks: 1, compression: snappy, batch: { records: 20, bytes: 64KiB, linger: 1ms }, retention: 3d',
    ),
  ).toEqual({
    replication: 3,
    acks: 'leader',
    compression: 'snappy',
    batchRecords: 20,
    batchBytes: 65_536,
    lingerMs: 1,
    retention: { timeMs: 3 * 86_400_000, bytes: undefined },
  })
})

test.each([
  ['embedded', 'retention: { limit: 1GiB }', 'limits: { disk: 10GiB }', ''],
  ['kafka://a:9092', 'acks: 1', '', 'with acks: 1 a line can be lost that was acknowledged'],
  ['kafka://a:9092', 'retention: { limit: 1GiB }', '', 'topics.access.retention.limit is not about topics on kafka'],
  ['kafka://a:9092', 'partitions: 1', 'limits: { disk: 10GiB }', 'limits.disk is not about topics on kafka'],
])('bus %s with %s %s', (bus, topic, more, warning) => {
  const found = messagesOf(() => check(bus, topic, more).warnings)
  if (warning === '') expect(found).toBe('')
  else expect(found).toContain(warning)
})

test.each([
  ['kafka://', 'a broker is HOST:PORT'],
  ['kafka://a:0.5', 'a broker is HOST:PORT'],
  ['{ kafka: { brokers: [] } }', 'bus.kafka.brokers'],
  ['{ kafka: { brokers: "a:1", sasl: { mechanism: md5, username: a, password: b } } }', 'bus.kafka.sasl.mechanism'],
  ['{ kafka: { brokers: "a:1", prefix: "a b" } }', 'a prefix has up to 60 letters'],
  ['{ kafka: { brokers: "a:1" }, embedded: {} }', 'bus has two kinds of bus: embedded and kafka'],
  ['kafak://a:9092', 'there is no bus "kafak://a:9092"'],
])('bus: %s is refused in words', (bus, message) => {
  expect(messagesOf(() => check(bus, 'partitions: 1').warnings)).toContain(message)
})
