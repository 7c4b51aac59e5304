/** Appends rows to a file as JSON objects, one a line. */
import { z } from 'zod'
import { shortForm } from '../base/options.ts'
import { ndjsonEncoder } from '../format/encode-json.ts'
import { openAppendFile } from './append-file.ts'
import { defineSink, type SinkType } from './sink.ts'

export const ndjson: SinkType = defineSink<{ readonly path: string }>({
  name: 'ndjson',
  summary: 'Appends rows to a file as JSON objects, one a line.',
  writes: 'transactional',
  options: shortForm('path', z.strictObject({ path: z.string().min(1) })),
  open: ({ path }, context) => openAppendFile(path, ndjsonEncoder(context.fields), context),
})
