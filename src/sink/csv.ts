/** Appends rows to a CSV file, after one line with the columns' names. */
import * as z from 'zod'
import { csvEncoder } from '../format/write/csv.ts'
import { appendFileSink } from './append-file.ts'
import type { SinkType } from './sink.ts'

export const csv: SinkType = appendFileSink(
  { name: 'csv', summary: 'Appends rows to a CSV file, after one line with the names.' },
  z.strictObject({ path: z.string().min(1), header: z.boolean().prefault(true) }),
  (fields, { header }) => (header ? csvEncoder(fields) : { ...csvEncoder(fields), head: undefined }),
)
