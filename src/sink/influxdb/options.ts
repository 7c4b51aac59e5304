/** The options of the sink `influxdb`. */
import * as z from 'zod'
import { eitherForm, secretOption, sqlOption } from '../../base/options.ts'
import type { Duration } from '../../base/quantity.ts'
import { httpOptions } from '../../client/http/options.ts'
import type { TlsFiles } from '../../client/tls.ts'
import { type ColumnContent, columnContent, type Overwrites, tableOptions } from '../table/options.ts'
import { PRECISIONS, type Precision } from './point.ts'

/** What goes into each tag or field, by its key. */
export type PartContents = { readonly [key: string]: ColumnContent }

export type InfluxdbOptions = {
  readonly url: string
  readonly org?: string | undefined
  readonly bucket: string
  readonly token?: string | undefined
  readonly precision: Precision
  /** A name, or an SQL expression of one. */
  readonly measurement: { readonly name: string } | { readonly sql: string }
  readonly tags?: PartContents | undefined
  /** By default the columns that nothing else is made of. */
  readonly fields?: PartContents | undefined
  /** An SQL expression, or METADATA; by default the event time of the row. */
  readonly time?: string | undefined
  readonly overwrites?: Overwrites | undefined
  readonly gzip: boolean
  readonly timeout: Duration
  readonly tls: boolean | TlsFiles
}

const contents = z.record(z.string().min(1), columnContent)
const sql: z.ZodType<string> = sqlOption(z.string().min(1))
/** A header holds it. */
const token: z.ZodType<string> = z.string().regex(/^[\x21-\x7e]+( [\x21-\x7e]+)*$/, 'a token is one line of ASCII')

const measurement: z.ZodType<InfluxdbOptions['measurement']> = eitherForm(
  z.union([z.strictObject({ name: z.string().min(1) }), z.strictObject({ sql })], {
    error: 'a measurement is a name, or { sql: EXPRESSION }',
  }),
  (value) => (typeof value === 'string' ? { name: value } : value),
  { type: 'string' },
)

export const influxdbOptions: z.ZodType<InfluxdbOptions> = z.strictObject({
  url: httpOptions.url,
  org: z.string().min(1).optional(),
  bucket: z.string().min(1),
  token: secretOption(token).optional(),
  precision: z.enum(PRECISIONS).prefault('ms'),
  measurement,
  tags: contents.optional(),
  fields: contents
    .refine((fields) => Object.keys(fields).length > 0, 'a point has a field: leave `fields` out for all other columns')
    .optional(),
  time: sql.optional(),
  overwrites: tableOptions.overwrites,
  gzip: z.boolean().prefault(false),
  timeout: httpOptions.timeout,
  tls: httpOptions.tls,
})
