/** Appends rows to a CSV file, after one line with the columns' names. */
import { resolve } from 'node:path'
import * as z from 'zod'
import { shortForm } from '../base/options.ts'
import { csvEncoder } from '../format/write/csv.ts'
import { lostOf, openAppendFile } from './append-file.ts'
import { defineSink, type SinkType } from './sink.ts'

type Options = { readonly path: string; readonly header: boolean }

export const csv: SinkType = defineSink<Options>({
  name: 'csv',
  summary: 'Appends rows to a CSV file, after one line with the names.',
  writes: 'transactional',
  options: shortForm('path', z.strictObject({ path: z.string().min(1), header: z.boolean().prefault(true) })),
  owns: ({ path }, folder) => resolve(folder, path),
  lost: (state, { path }, where) => lostOf(state, path, where),
  open({ path, header }, context) {
    const encoder = csvEncoder(context.fields)
    return openAppendFile(path, header ? encoder : { ...encoder, head: undefined }, context)
  },
})
