/** Lines of any form, described by a regular expression: its named groups are the columns. It has to match the whole record. */
import { declaredColumns, type WrittenColumns } from '../declared-columns.ts'
import { defineFormat, type Format } from '../format.ts'
import { type MultiLineOptions, multiLineOptions } from '../multi-line/options.ts'
import { openRegex } from './open-regex.ts'

type Options = MultiLineOptions & {
  readonly pattern: string
  readonly columns?: WrittenColumns | undefined
  readonly null?: string | undefined
}

export const regex: Format = defineFormat<Options>({
  name: 'regex',
  summary: 'Lines that a regular expression describes; its named groups are the columns.',
  options: (parts) => ({
    pattern: parts.z.string().min(1),
    columns: parts.columns.optional(),
    null: parts.z.string().optional(),
    ...multiLineOptions(parts),
  }),
  main: { option: 'pattern', isRequired: true },
  open: ({ columns = {}, ...options }) => openRegex({ ...options, columns: declaredColumns(columns) }),
  // A pattern is not found by looking.
  fit: () => 0,
})
