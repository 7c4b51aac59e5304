/** The list of sinks. */
import { cassandra } from './cassandra/cassandra.ts'
import { consoleSink } from './console.ts'
import { csv } from './csv.ts'
import { files } from './files/files.ts'
import { hdfs } from './hdfs/hdfs.ts'
import { ndjson } from './ndjson.ts'
import type { SinkType } from './sink.ts'
import { spoolSink } from './spool/spool.ts'
import { sqlite } from './sqlite/sqlite.ts'

export const sinks: readonly SinkType[] = [consoleSink, csv, ndjson, files, spoolSink, hdfs, sqlite, cassandra]
