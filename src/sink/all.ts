/** The list of sinks. */
import { type PartList, partList } from '../base/part-list.ts'
import type { SinkType } from './sink.ts'

export const sinks: PartList<SinkType> = partList<SinkType>({
  console: async () => (await import('./console.ts')).consoleSink,
  csv: async () => (await import('./csv.ts')).csv,
  ndjson: async () => (await import('./ndjson.ts')).ndjson,
  files: async () => (await import('./files/files.ts')).files,
  spool: async () => (await import('./spool/spool.ts')).spoolSink,
  hdfs: async () => (await import('./hdfs/hdfs.ts')).hdfs,
  sqlite: async () => (await import('./sqlite/sqlite.ts')).sqlite,
  cassandra: async () => (await import('./cassandra/cassandra.ts')).cassandra,
  influxdb: async () => (await import('./influxdb/influxdb.ts')).influxdb,
  http: async () => (await import('./http/http.ts')).httpSink,
  elasticsearch: async () => (await import('./http/presets.ts')).elasticsearch,
  clickhouse: async () => (await import('./http/presets.ts')).clickhouse,
  loki: async () => (await import('./http/presets.ts')).loki,
  kafka: async () => (await import('./kafka/kafka.ts')).kafka,
  parquet: async () => (await import('./parquet/parquet.ts')).parquet,
  smtp: async () => (await import('./smtp.ts')).smtp,
})
