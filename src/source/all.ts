/** The list of sources. */
import { type PartList, partList } from '../base/part-list.ts'
import type { SourceType } from './source.ts'

export const sources: PartList<SourceType> = partList<SourceType>({
  file: async () => (await import('./file/file.ts')).file,
  spool: async () => (await import('./spool/spool.ts')).spool,
  stdin: async () => (await import('./stdin.ts')).stdin,
  tcp: async () => (await import('./tcp.ts')).tcp,
  netcat: async () => (await import('./netcat.ts')).netcat,
  syslog: async () => (await import('./syslog/syslog.ts')).syslogSource,
  beats: async () => (await import('./beats/beats.ts')).beats,
  ingest: async () => (await import('./ingest/ingest.ts')).ingest,
  otlp: async () => (await import('./otlp/otlp.ts')).otlpSource,
  http: async () => (await import('./http/http.ts')).http,
  generator: async () => (await import('./made/generator.ts')).generator,
})
