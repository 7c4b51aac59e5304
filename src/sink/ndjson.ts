/** Appends rows to a file as JSON objects, one a line. */
import { resolve } from 'node:path'
import * as z from 'zod'
import { shortForm } from '../base/options.ts'
import { ndjsonEncoder } from '../format/write/json.ts'
import { lostOf, openAppendFile } from './append-file.ts'
import { defineSink, type SinkType } from './sink.ts'

export const ndjson: SinkType = defineSink<{ readonly path: string }>({
  name: 'ndjson',
  summary: 'Appends rows to a file as JSON objects, one a line.',
  writes: 'transactional',
  options: shortForm('path', z.strictObject({ path: z.string().min(1) })),
  owns: ({ path }, folder) => resolve(folder, path),
  lost: (state, { path }, where) => lostOf(state, path, where),
  open: ({ path }, context) => openAppendFile(path, ndjsonEncoder(context.fields), context),
})
