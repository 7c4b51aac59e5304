/**
 * Records as readers get them once they are durable: in the memory of their batches where these fill it well, else as they
 * were appended, or a copy. So a slow reader never holds much memory for few records, and a reader that keeps up has the
 * records of its partition side by side.
 */
import type { Offset } from '../../base/quantity.ts'
import { copyOf, type Piece, recordsIn } from '../batch/chunk.ts'
import type { MarkedRecords } from '../batch/record-batch.ts'
import type { Fetched } from '../bus.ts'

/** An append, its first offset, and the pieces of chunks in which its records are. */
export type Published = {
  readonly append: MarkedRecords
  readonly baseOffset: Offset
  readonly pieces: readonly Piece[]
}

/** An append's records for readers, in order of offset. A reader that keeps them holds the lease of their values. */
export function publishedOf({ append, baseOffset, pieces }: Published, isDense: boolean): readonly Fetched[] {
  if (append.values.count === 0) return []
  // Leased memory has others' bytes by now.
  if (!isDense && append.values.lease === undefined) return [handedOver(append, baseOffset)]
  let offset = baseOffset
  return pieces.map((piece) => {
    const records = isDense ? recordsIn(piece) : copyOf(piece)
    const fetched = handedOver({ ...append, ...records, keys: append.keys && records.keys }, offset)
    offset = fetched.next
    return fetched
  })
}

/** Arrival times are computed on demand. */
function handedOver({ values, keys, timestamp }: MarkedRecords, baseOffset: Offset): Fetched {
  const { count } = values
  return {
    baseOffset,
    values,
    nulls: undefined,
    keys,
    lastTimestamp: timestamp,
    get timestamps() {
      return new Float64Array(count).fill(timestamp)
    },
    next: baseOffset + count,
  }
}
