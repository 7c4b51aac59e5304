import { expect, test } from 'vitest'
import type { KafkaOptions } from '../bus/kafka/options.ts'
import { checkPipeline } from '../pipeline/check/check.ts'
import { readForCheck } from '../pipeline/file/load.ts'
import { loadEveryKind } from '../pipeline/file/load-kinds.ts'
import { flinkDecodings, flinkJobs } from './job.ts'
import { kafkaWiring } from './kafka-wiring.ts'

await loadEveryKind()

const FILE = `version: 1
name: nasa
timezone: America/New_York
bus: kafka://a:9092,b:9092
engine: flink://flink
topics:
  access:
    partitions: 3
    format: common
    watermark: ts - INTERVAL '5' SECOND
    idle: 10s
queries:
  methods: |
    SELECT window_start, window_end, http_method, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '60' SECOND))
    GROUP BY window_start, window_end, http_method
`

const checked = (text: string) => checkPipeline(readForCheck('p.yaml', text, { environment: {} }), 0).pipeline
const wiringOf = (pipeline: ReturnType<typeof checked>) =>
  kafkaWiring(pipeline, { bus: pipeline.bus.options as KafkaOptions })

test('the job of a tumbling count', () => {
  const pipeline = checked(FILE)
  const [job] = flinkJobs(pipeline, wiringOf(pipeline))
  expect(job?.tables.join('\n\n')).toMatchInlineSnapshot(`
    "CREATE TEMPORARY TABLE \`nasa.access.rows\` (
      host STRING,
      ident STRING,
      remote_user STRING,
      ts TIMESTAMP_LTZ(3),
      request STRING,
      http_method STRING,
      target STRING,
      path STRING,
      query STRING,
      protocol STRING,
      status INT,
      body_bytes BIGINT,
      _tick BOOLEAN,
      WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
    ) WITH (
      'connector' = 'kafka',
      'topic' = 'nasa.access.rows',
      'properties.bootstrap.servers' = 'a:9092,b:9092',
      'properties.group.id' = 'nasa.flink.methods',
      'properties.isolation.level' = 'read_committed',
      'scan.startup.mode' = 'earliest-offset',
      'scan.watermark.emit.strategy' = 'on-event',
      'scan.watermark.idle-timeout' = '10 s',
      'format' = 'json',
      'json.timestamp-format.standard' = 'ISO-8601'
    )

    CREATE TEMPORARY VIEW access AS
    SELECT host, ident, remote_user, ts, request, http_method, target, path, query, protocol, status, body_bytes
    FROM \`nasa.access.rows\`
    WHERE _tick IS NOT TRUE AND ts IS NOT NULL

    CREATE TEMPORARY TABLE \`nasa.methods.flink\` (
      window_start TIMESTAMP(3),
      window_end TIMESTAMP(3),
      http_method STRING,
      hits BIGINT
    ) WITH (
      'connector' = 'kafka',
      'topic' = 'nasa.methods.flink',
      'properties.bootstrap.servers' = 'a:9092,b:9092',
      'key.format' = 'json',
      'key.json.timestamp-format.standard' = 'ISO-8601',
      'key.json.encode.decimal-as-plain-number' = 'true',
      'key.json.map-null-key.mode' = 'LITERAL',
      'key.fields' = 'window_start;window_end;http_method',
      'value.format' = 'json',
      'value.json.timestamp-format.standard' = 'ISO-8601',
      'value.json.encode.decimal-as-plain-number' = 'true',
      'value.json.map-null-key.mode' = 'LITERAL',
      'sink.delivery-guarantee' = 'exactly-once',
      'sink.transactional-id-prefix' = 'tailrace.nasa.methods',
      'properties.transaction.timeout.ms' = '900000'
    )"
  `)
  expect(job?.settings).toMatchInlineSnapshot(`
    {
      "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
      "execution.checkpointing.interval": "10 s",
      "execution.checkpointing.mode": "EXACTLY_ONCE",
      "execution.runtime-mode": "streaming",
      "parallelism.default": "1",
      "pipeline.name": "nasa.methods",
      "restart-strategy.exponential-delay.initial-backoff": "1 s",
      "restart-strategy.exponential-delay.max-backoff": "1 min",
      "restart-strategy.type": "exponential-delay",
      "table.local-time-zone": "America/New_York",
    }
  `)
  expect(job?.insert).toBe(`INSERT INTO \`nasa.methods.flink\`\n${pipeline.queries[0]?.query.sql}`)
  expect(job?.placeOf(2, 3)).toMatchObject({ file: 'p.yaml', line: 14, column: 7 })
  expect(flinkDecodings(pipeline)).toMatchObject([
    {
      table: { topic: 'nasa.access.rows', partitions: 3 },
      sql: expect.stringMatching(/^SELECT host, .* FROM access$/),
    },
  ])
})
