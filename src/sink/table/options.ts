/** The options that all sinks share which write rows to a table: the table, its key, and what goes into each column. */
import * as z from 'zod'
import { sqlOption } from '../../base/options.ts'

/** What goes into a column of a table. */
export type ColumnContent =
  /** An SQL expression over the columns of the row, or `TYPE METADATA FROM 'key'`. */
  | string
  /** The name of the row: a UUID made of it, or a JSON object. */
  | { readonly row_key: 'uuid' | 'json' }
  /** The whole row as a JSON object. */
  | { readonly row: 'json' }
  /** The text of the record. */
  | { readonly record: 'value' }

export type TableOptions = {
  readonly table: string
  /** Columns of the table; by default those that the row key goes into. */
  readonly key?: readonly string[] | undefined
  /** By default each column of the row is a column of the table. */
  readonly columns?: { readonly [column: string]: ColumnContent } | undefined
  /** Rows with one key may overwrite each other though they are different rows. */
  readonly overwrites?: Overwrites | undefined
}

/** Whatever they differ in; or only where they differ in these columns of the row key alone. */
export type Overwrites = 'accept' | readonly string[]

/** What goes into a column, as an option. */
export const columnContent: z.ZodType<ColumnContent> = z.union(
  [
    sqlOption(z.string().min(1)),
    z.strictObject({ row_key: z.enum(['uuid', 'json']) }),
    z.strictObject({ row: z.literal('json') }),
    z.strictObject({ record: z.literal('value') }),
  ],
  {
    error:
      "what goes into a column is an SQL expression, TYPE METADATA FROM 'KEY', { row_key: uuid }, { row_key: json }, { row: json } or { record: value }",
  },
)

/** The schema of each of these options, for the options of a sink. */
export const tableOptions: {
  readonly table: z.ZodType<string>
  readonly key: z.ZodOptional<z.ZodType<readonly string[]>>
  readonly columns: z.ZodOptional<z.ZodType<{ readonly [column: string]: ColumnContent }>>
  readonly overwrites: z.ZodOptional<z.ZodType<Overwrites>>
} = {
  table: z.string().min(1),
  key: z.array(z.string().min(1)).min(1).optional(),
  columns: z
    .record(z.string().min(1), columnContent)
    .refine(
      (columns) => Object.keys(columns).length > 0,
      'has no column: leave it out where each column of the row is one',
    )
    .optional(),
  overwrites: z
    .union([z.literal('accept'), z.array(z.string().min(1)).min(1)], {
      error: 'overwrites is accept, or a list of columns of the row key',
    })
    .optional(),
}
