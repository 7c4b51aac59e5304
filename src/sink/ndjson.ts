/** Appends rows to a file as JSON objects, one a line. */
import * as z from 'zod'
import { ndjsonEncoder } from '../format/write/json.ts'
import { appendFileSink } from './append-file.ts'
import type { SinkType } from './sink.ts'

export const ndjson: SinkType = appendFileSink(
  { name: 'ndjson', summary: 'Appends rows to a file as JSON objects, one a line.' },
  z.strictObject({ path: z.string().min(1) }),
  ndjsonEncoder,
)
