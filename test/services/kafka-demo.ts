/** The pipeline of `test/cli/demo.ts` on three brokers, over topics that clients of others can read. */
export const kafkaDemo = (bootstrap: string): string => `version: 1
name: demo
bus: kafka://${bootstrap}
sources:
  log: { file: access.log, to: access }
topics:
  # kafkajs does not read lz4.
  access: { partitions: 3, replication: 3, compression: gzip, format: common, watermark: ts - INTERVAL '5' SECOND, idle: 10s }
queries:
  paths: { count: { by: path, every: 60s, from: access } }
sinks:
  paths: { from: paths, ndjson: out/paths.ndjson }
`
