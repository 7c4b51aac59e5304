import { expect, test } from 'vitest'
import { checkedFile, jobsOnKafka } from './checked.test-tool.ts'
import { flinkDecodings } from './job.ts'

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

test('the job of a tumbling count', () => {
  const pipeline = checkedFile(FILE)
  const [job] = jobsOnKafka(pipeline)
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
      _event_time AS COALESCE(ts, CAST(TIMESTAMP '0001-01-01 00:00:00' AS TIMESTAMP_LTZ(3))),
      WATERMARK FOR _event_time AS _event_time - INTERVAL '5' SECOND
    ) WITH (
      'connector' = 'kafka',
      'topic' = 'nasa.access.rows',
      'properties.bootstrap.servers' = 'a:9092,b:9092',
      'properties.group.id' = 'nasa.flink.methods',
      'properties.isolation.level' = 'read_committed',
      'scan.startup.mode' = 'earliest-offset',
      'scan.watermark.emit.strategy' = 'on-event',
      'format' = 'json',
      'json.timestamp-format.standard' = 'ISO-8601',
      'json.encode.decimal-as-plain-number' = 'true',
      'json.map-null-key.mode' = 'LITERAL'
    )

    CREATE TEMPORARY VIEW access AS
    SELECT host, ident, remote_user, _event_time AS ts, request, http_method, target, path, query, protocol, status, body_bytes
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

const CHAIN = `${FILE}
  paths: SELECT * FROM good
  busiest: |
    SELECT window_start, window_end, MAX(hits) AS most
    FROM TABLE(TUMBLE((SELECT counted_at, hits FROM counted), DESCRIPTOR(counted_at), INTERVAL '1' HOUR))
    GROUP BY window_start, window_end
  counted: |
    SELECT window_start, window_end, window_time AS counted_at, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE good, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, window_time
views:
  good: SELECT ts, path, kind FROM located WHERE status < 400
  located: |
    SELECT l.ts, l.path, l.status, IP_FAMILY(l.host) AS kind FROM (SELECT *, PROCTIME() AS p FROM access) AS l
    JOIN codes FOR SYSTEM_TIME AS OF l.p AS c ON l.status = c.status
tables:
  codes: { file: codes.csv, columns: { status: INT, name: STRING }, key: status }
`.replace(
  'flink://flink',
  '{ flink: { gateway: http://f:1, parallelism: 4, checkpoint: 1500ms, delivery: at-least-once } }',
)

test('views, queries over queries, and what tailrace computes for Flink', () => {
  const pipeline = checkedFile(CHAIN)
  const jobs = new Map(jobsOnKafka(pipeline).map((job) => [job.query, job]))
  // Each after those that it reads.
  expect([...jobs.keys()]).toEqual(['methods', 'paths', 'counted', 'busiest'])
  const paths = jobs.get('paths')
  const made = (name: string) => jobs.get(name)?.tables.map((sql) => /^CREATE TEMPORARY (\S+ \S+)/.exec(sql)?.[1])
  expect(made('paths')).toEqual(['TABLE `nasa.located.rows`', 'VIEW located', 'VIEW good', 'TABLE `nasa.paths.flink`'])
  expect(paths?.tables[2]).toBe('CREATE TEMPORARY VIEW good AS\nSELECT ts, path, kind FROM located WHERE status < 400')
  // A row query has no windows that a row without event time could fail.
  expect(paths?.tables[1]).toMatch(/WHERE _tick IS NOT TRUE$/)
  expect(paths?.tables[0]).toContain("'scan.parallelism' = '3'")
  expect(paths?.tables[3]).not.toMatch(/key\.format|transaction/)
  expect(paths?.settings).toMatchObject({
    'parallelism.default': '4',
    'execution.checkpointing.interval': '1500 ms',
    'execution.checkpointing.mode': 'AT_LEAST_ONCE',
  })
  // A query that is read by event time puts its rows out by one task.
  expect(jobs.get('counted')?.settings['parallelism.default']).toBe('1')
  expect(made('busiest')).toEqual(['TABLE `nasa.counted`', 'VIEW counted', 'TABLE `nasa.busiest.flink`'])
  expect(jobs.get('busiest')?.tables[0]).toContain("WATERMARK FOR _event_time AS _event_time - INTERVAL '0.001' SECOND")
  expect(flinkDecodings(pipeline).map(({ table, sql }) => [table.topic, sql])).toEqual([
    ['nasa.access.rows', expect.stringContaining('FROM access')],
    ['nasa.located.rows', 'SELECT ts, path, status, kind FROM located'],
  ])
})

test('a state that ends, and an answer that changes', () => {
  const pipeline = checkedFile(`${FILE}
  seen: { sql: "SELECT host, COUNT(*) AS n FROM access GROUP BY host", state: { ttl: 7d } }
`)
  const job = jobsOnKafka(pipeline).find(({ query }) => query === 'seen')
  expect(job?.settings['table.exec.state.ttl']).toBe('604800 s')
  expect(job?.tables.at(-1)).toMatch(/PRIMARY KEY \(host\) NOT ENFORCED\n\) WITH \(\n {2}'connector' = 'upsert-kafka'/)
})
