/** The schema of a format with its options, which each format describes itself: see `format/format.ts`. */
import * as z from 'zod'
import { eitherForm, shortForm } from '../../base/options.ts'
import { formats } from '../../format/all.ts'
import type { Format } from '../../format/format.ts'
import { optionParts } from '../../format/option-parts.ts'
import { oneOf } from './kind-schema.ts'

function kindOf({ name, main, options }: Format) {
  const schema = z.strictObject(options?.(optionParts) ?? {})
  return { name, options: main === undefined ? schema : shortForm(main.option, schema) }
}

/** `format: common` is short for `format: { common: {} }`. */
export const format: z.ZodType = eitherForm(
  oneOf('format', [...formats.values()].map(kindOf), {}),
  (value) => (typeof value === 'string' ? { [value]: {} } : value),
  { enum: [...formats.keys()] },
)
