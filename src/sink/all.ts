/** Every sink there is. */
import { csv } from './csv.ts'
import { ndjson } from './ndjson.ts'
import type { SinkType } from './sink.ts'

export const sinks: readonly SinkType[] = [csv, ndjson]
