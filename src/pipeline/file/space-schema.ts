/** What a pipeline file may say of space: how long records are kept, and how much of the disk and of memory is used. */
import * as z from 'zod'
import { shortForm } from '../../base/options.ts'
import { byteSize, duration } from '../../base/unit-options.ts'

const DAY_MS = 86_400_000
/** As Kafka and Redpanda keep records if nothing is said. */
export const TOPIC_TIME_MS: number = 7 * DAY_MS
/** Results are few, and looked back on for longer. */
export const RESULT_TIME_MS: number = 30 * DAY_MS

const time = z.union([z.literal('forever').transform(() => Number.POSITIVE_INFINITY), duration])
const whenFull = z.enum(['block', 'drop_oldest'])

/** `retention: 3d` is short for `retention: { time: 3d }`. */
export const topicRetention: z.ZodType = shortForm(
  'time',
  z.strictObject({
    time: time.optional(),
    size: byteSize.optional(),
    limit: byteSize.optional(),
    when_full: whenFull.optional(),
  }),
).optional()

/** Queries are not held back by their own results, so there is no limit to wait at. */
export const resultRetention: z.ZodType = shortForm(
  'time',
  z.strictObject({ time: time.optional(), size: byteSize.optional() }),
).optional()

export const limits: z.ZodType = z
  .strictObject({ disk: byteSize.optional(), when_full: whenFull.prefault('block'), state: byteSize.optional() })
  .prefault({})

const NO_TTL =
  'ttl has no use here: every query of a pipeline has windows, and a window takes its state with it when it closes; limit bounds how much is open at a time'

/** What a query may hold in memory. */
export const state: z.ZodType = z
  .strictObject({
    limit: byteSize.optional(),
    ttl: z
      .unknown()
      .refine((ttl) => ttl === undefined, NO_TTL)
      .optional(),
  })
  .optional()
