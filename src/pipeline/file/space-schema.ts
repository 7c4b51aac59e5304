/** The schema of space: how long records are kept, and the limits of disk and memory. */
import * as z from 'zod'
import { shortForm } from '../../base/options.ts'
import { byteSize, duration, durationOrForever } from '../../base/unit-options.ts'

const whenFull = z.enum(['block', 'drop_oldest'])

/** `retention: 3d` is short for `retention: { time: 3d }`. */
export const topicRetention: z.ZodType = shortForm(
  'time',
  z.strictObject({
    time: durationOrForever.optional(),
    size: byteSize.optional(),
    limit: byteSize.optional(),
    when_full: whenFull.optional(),
  }),
).optional()

/** Results have no `limit`: a query never waits for the readers of its own results. */
export const resultRetention: z.ZodType = shortForm(
  'time',
  z.strictObject({ time: durationOrForever.optional(), size: byteSize.optional() }),
).optional()

/** When a batch of a topic is full, on a bus that is far away. */
export const topicBatch: z.ZodType = z
  .strictObject({
    records: z.int().min(1).max(1_000_000).optional(),
    bytes: byteSize.optional(),
    linger: duration.optional(),
  })
  .optional()

export const limits: z.ZodType = z
  .strictObject({ disk: byteSize.optional(), when_full: whenFull.prefault('block'), state: byteSize.optional() })
  .prefault({})

/** How often an answer that changes is put out. `changes: 10s` is short for `changes: { every: 10s }`. */
export const changes: z.ZodType = shortForm(
  'every',
  z
    .strictObject({
      every: duration.refine((ms) => ms > 0, 'a step must be longer than nothing').optional(),
      records: z.int().min(1).optional(),
    })
    .refine(
      ({ every, records }) => (every === undefined) !== (records === undefined),
      'needs one of every (event time) and records',
    ),
).optional()

/** The memory of a query. */
export const state: z.ZodType = z
  .strictObject({ limit: byteSize.optional(), ttl: durationOrForever.optional() })
  .optional()
