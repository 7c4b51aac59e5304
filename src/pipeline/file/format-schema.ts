/**
 * The schema of a format with its options, which each format describes itself: see `format/format.ts`. Besides its own, each
 * has `inside`: the format in one of its text columns.
 */
import * as z from 'zod'
import { eitherForm, shortForm } from '../../base/options.ts'
import { formats } from '../../format/all.ts'
import type { Format } from '../../format/format.ts'
import { optionParts } from '../../format/option-parts.ts'
import { kindsIn, oneOf } from './kind-schema.ts'

/** The JSON Schema of a format refers to itself by this name. */
export const FORMAT_DEFINITION = 'format'

const inner: z.ZodType = z.lazy(() => format)
inner._zod.toJSONSchema = () => ({ $ref: `#/$defs/${FORMAT_DEFINITION}` })

const inside = z
  .record(z.string().min(1), inner)
  .refine((columns) => Object.keys(columns).length === 1, 'needs one column, with the format that lies in it')
  .optional()
  .describe('The format in a text column: { message: combined }.')

function optionsOf({ main, options }: Format): z.ZodType {
  const schema = z.strictObject({ ...options?.(optionParts), inside })
  return main === undefined ? schema : shortForm(main.option, schema)
}

/** `format: common` is short for `format: { common: {} }`. */
export const format: z.ZodType = eitherForm(
  oneOf('format', kindsIn(formats, optionsOf), {}),
  (value) => (typeof value === 'string' ? { [value]: {} } : value),
  { enum: [...formats.names] },
)
