/** The list of sinks. */
import { cassandra } from './cassandra/cassandra.ts'
import { consoleSink } from './console.ts'
import { csv } from './csv.ts'
import { files } from './files/files.ts'
import { hdfs } from './hdfs/hdfs.ts'
import { httpSink } from './http/http.ts'
import { clickhouse, elasticsearch, loki } from './http/presets.ts'
import { ndjson } from './ndjson.ts'
import type { SinkType } from './sink.ts'
import { smtp } from './smtp.ts'
import { sqlite } from './sqlite/sqlite.ts'

export const sinks: readonly SinkType[] = [
  consoleSink,
  csv,
  ndjson,
  files,
  hdfs,
  sqlite,
  cassandra,
  httpSink,
  elasticsearch,
  clickhouse,
  loki,
  smtp,
]
