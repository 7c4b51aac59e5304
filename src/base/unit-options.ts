/** Quantities as options of a pipeline file. Apart from `units.ts`, as commands without a pipeline file do not load zod. */
import * as z from 'zod'
import type { Duration } from './quantity.ts'
import { BYTE_SIZE, DURATION, type QuantityKind, RATE } from './units.ts'

/** `10s` in, milliseconds out. */
export const duration: z.ZodType<Duration, string> = quantity(DURATION, '(ms|s|m|h|d)')

/** `64MiB` in, bytes out. */
export const byteSize: z.ZodType<number, string> = quantity(BYTE_SIZE, '([KMGT]i?B|B)')

/** `10/s` or `max` in, events a second out. */
export const rate: z.ZodType<number, string> = quantity(RATE)

/** `units` are for the JSON Schema, which shows no pattern without them. */
function quantity({ allowed, read }: QuantityKind, units?: string): z.ZodType<number, string> {
  const text = z.string({ error: `expected ${allowed}` })
  const shown = units === undefined ? text : text.meta({ pattern: `^\\d+(\\.\\d+)?${units}$` })
  return shown.transform((text, context) => {
    const value = read(text)
    if (value !== undefined) return value
    context.addIssue(`'${text}' is not ${allowed}`)
    return z.NEVER
  })
}
