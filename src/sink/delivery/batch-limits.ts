/** How large a batch may be: as the type of sink wants it, unless the pipeline file (`batch`) says otherwise. */
import * as z from 'zod'
import { byteSize, duration } from '../../base/unit-options.ts'
import type { BatchLimits, SinkType } from '../sink.ts'

const MOST_IN_FLIGHT = 64

/** `batch` of a sink in a pipeline file. `bytes` and `linger` (ms) are numbers here. */
export type BatchOptions = {
  readonly rows?: number
  readonly bytes?: number | undefined
  readonly linger?: number | undefined
  readonly in_flight?: number | undefined
}

export const batchOptions: z.ZodType = z
  .strictObject({
    rows: z.int().min(1).optional(),
    bytes: byteSize.refine((bytes) => bytes > 0, 'a batch has more than 0 bytes').optional(),
    linger: duration.optional(),
    in_flight: z.int().min(1).max(MOST_IN_FLIGHT).optional(),
  })
  .optional()

/** Limits of a sink that has any limit or lets batches wait, where nothing else is said. */
const BOUNDED = { rows: 10_000, bytes: 1 << 20 }
const UNBOUNDED = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }

/** The limits of a sink. */
export function batchLimitsOf({ batch = {} }: Pick<SinkType, 'batch'>, options: BatchOptions = {}): BatchLimits {
  const rows = options.rows ?? batch.rows
  const bytes = options.bytes ?? batch.bytes
  const lingerMs = options.linger ?? batch.lingerMs ?? 0
  const isBounded = rows !== undefined || bytes !== undefined || lingerMs > 0
  const otherwise = isBounded ? BOUNDED : UNBOUNDED
  return {
    rows: rows ?? otherwise.rows,
    bytes: bytes ?? otherwise.bytes,
    lingerMs,
    inFlight: options.in_flight ?? batch.inFlight ?? 1,
  }
}

/** Why the options do not suit the type; undefined: they do. */
export function unsuitable(
  { name, batch }: Pick<SinkType, 'name' | 'batch'>,
  options: BatchOptions,
): string | undefined {
  const takesOne = (batch?.inFlight ?? 1) === 1
  return takesOne && (options.in_flight ?? 1) > 1 ? `${name} takes one batch at a time` : undefined
}
