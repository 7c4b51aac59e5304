/** Quantities as options of a pipeline file. Apart from `units.ts`, as commands without a pipeline file do not load zod. */
import * as z from 'zod'
import type { Duration } from './quantity.ts'
import { BYTE_SIZE, DURATION, notQuantity, type QuantityKind, RATE } from './units.ts'

/** `10s` in, milliseconds out. */
export const duration: z.ZodType<Duration, string> = quantity(DURATION, withUnit('ms|s|m|h|d'))

/** How long something outside may take: longer than nothing; `usual` where the file does not say. */
export const timeoutOption = (usual: string): z.ZodType<Duration> =>
  duration.refine((ms) => ms > 0, 'a timeout is longer than 0 s').prefault(usual)

/** `64MiB` in, bytes out. */
export const byteSize: z.ZodType<number, string> = quantity(BYTE_SIZE, withUnit('[KMGT]i?B|B'))

/** `10/s` or `max` in, events a second out. */
export const rate: z.ZodType<number, string> = quantity(RATE)

/** A duration, or `forever`, which is infinite. */
export const durationOrForever: z.ZodType<Duration, string> = durationOr('forever')

/** A duration, or `never`, which is infinite. */
export const durationOrNever: z.ZodType<Duration, string> = durationOr('never')

function durationOr(endless: string): z.ZodType<Duration, string> {
  const read = (text: string) => (text === endless ? Number.POSITIVE_INFINITY : DURATION.read(text))
  const kind = { ...DURATION, allowed: `${DURATION.allowed}; or ${endless}`, read }
  return quantity(kind, `${withUnit('ms|s|m|h|d')}|^${endless}$`)
}

/** `pattern` is for the JSON Schema. */
function quantity(kind: QuantityKind, pattern?: string): z.ZodType<number, string> {
  const text = z.string({ error: ({ input }) => (typeof input === 'number' ? notQuantity(input, kind) : undefined) })
  const shown = pattern === undefined ? text : text.meta({ pattern })
  return shown.transform((written, context) => {
    const value = kind.read(written)
    if (value !== undefined) return value
    context.addIssue(notQuantity(written, kind))
    return z.NEVER
  })
}

function withUnit(units: string): string {
  return `^\\d+(\\.\\d+)?(${units})$`
}
