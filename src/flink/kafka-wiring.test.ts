import { expect, test } from 'vitest'
import type { KafkaOptions } from '../bus/kafka/options.ts'
import { checkedFile } from './checked.test-tool.ts'
import { flinkJobs } from './job.ts'
import { type KafkaWiringOptions, kafkaWiring } from './kafka-wiring.ts'

const pipeline = checkedFile(`version: 1
name: p
bus: kafka://a:9092
engine: flink://f
topics: { log: { partitions: 2, format: common, watermark: ts, idle: 250ms } }
queries: { hosts: SELECT host FROM log }
`)

const BUS: KafkaOptions = { brokers: ['a:1', 'b:2'], tls: false, client_id: 'c', prefix: 'team.', compression: 'lz4' }

const tablesOf = (options: Partial<KafkaWiringOptions>): string =>
  flinkJobs(pipeline, kafkaWiring(pipeline, { bus: BUS, ...options }))
    .flatMap(({ tables }) => tables)
    .join('\n')

test('topics, groups and transactions have the prefix of the bus', () => {
  const text = tablesOf({})
  expect(text).toContain("'topic' = 'team.p.log.rows'")
  expect(text).toContain("'topic' = 'team.p.hosts.flink'")
  expect(text).toContain("'properties.group.id' = 'team.p.flink.hosts'")
  expect(text).toContain("'sink.transactional-id-prefix' = 'team.tailrace.p.hosts'")
  expect(text).toContain("'properties.bootstrap.servers' = 'a:1,b:2'")
  expect(text).not.toContain('security.protocol')
})

test('reading begins where it is told, and a quiet partition waits for ticks', () => {
  expect(tablesOf({})).toContain("'scan.startup.mode' = 'earliest-offset'")
  const text = tablesOf({ start: () => [7, 0] })
  expect(text).toContain("'scan.startup.specific-offsets' = 'partition:0,offset:7;partition:1,offset:0'")
  expect(text).not.toContain('idle-timeout')
})

test('a sign-in and certificates go along, with quotes for Java and for SQL', () => {
  const sasl = { mechanism: 'scram-sha-512', username: 'o"b', password: "it's \\" } as const
  const text = tablesOf({ bus: { ...BUS, tls: {}, sasl }, pem: { ca: 'CA', cert: 'CERT', key: 'KEY' } })
  expect(text).toContain("'properties.security.protocol' = 'SASL_SSL'")
  expect(text).toContain("'properties.sasl.mechanism' = 'SCRAM-SHA-512'")
  expect(text).toContain('ScramLoginModule required username="o\\"b" password="it\'\'s \\\\";')
  expect(text).toContain("'properties.ssl.truststore.certificates' = 'CA'")
  expect(text).toContain("'properties.ssl.keystore.key' = 'KEY'")
  expect(tablesOf({ bus: { ...BUS, sasl: { ...sasl, mechanism: 'plain' } } })).toContain('plain.PlainLoginModule')
})
