/** Quantities as options of a pipeline file. Apart from `units.ts`, as commands without a pipeline file do not load zod. */
import * as z from 'zod'
import type { Duration } from './quantity.ts'
import { BYTES_ALLOWED, DURATION_ALLOWED, RATE_ALLOWED, readByteSize, readDuration, readRate } from './units.ts'

/** `10s` in, milliseconds out. */
export const duration: z.ZodType<Duration, string> = quantity(readDuration, DURATION_ALLOWED, 'ms|s|m|h|d')

/** `64MiB` in, bytes out. */
export const byteSize: z.ZodType<number, string> = quantity(readByteSize, BYTES_ALLOWED, '[KMGT]i?B|B')

/** `10/s` or `max` in, events a second out. */
export const rate: z.ZodType<number, string> = z
  .string({ error: `expected ${RATE_ALLOWED}` })
  .transform((text, context) => readRate(text) ?? refuse(context, text, RATE_ALLOWED))

function quantity(
  read: (text: string) => number | undefined,
  allowed: string,
  unitPattern: string,
): z.ZodType<number, string> {
  return z
    .string({ error: `expected ${allowed}` })
    .meta({ pattern: `^\\d+(\\.\\d+)?(${unitPattern})$` })
    .transform((text, context) => read(text) ?? refuse(context, text, allowed))
}

function refuse(context: z.RefinementCtx, text: string, allowed: string): never {
  context.addIssue(`'${text}' is not ${allowed}`)
  return z.NEVER
}
