/** An option that sources with several addresses have: one, or a list of them. */
import * as z from 'zod'
import { eitherForm } from '../../base/options.ts'

const MOST = 16

/** One, or a list of up to 16. `short`: the type of one in the JSON Schema. */
export function oneOrMore<One extends z.ZodType>(
  one: One,
  short: z.core.JSONSchema.BaseSchema,
): z.ZodType<z.output<One>[]> {
  return eitherForm(
    z.array(one).min(1).max(MOST),
    (value) => (Array.isArray(value) ? value : [value]),
    short,
  ) as z.ZodType<z.output<One>[]>
}
