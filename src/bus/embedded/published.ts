/**
 * What was appended, as readers get it once it is durable: from the batches it was written to where these fill their memory
 * well, else as it was appended, or a copy. So a slow reader never holds much memory for few records, and one that keeps up has the
 * records of its partition side by side.
 */
import { copyOf, type Piece, recordsIn } from '../batch/chunk.ts'
import type { Append, Fetched } from '../bus.ts'

/** An append that is durable, and where its records lie in the batches. */
export type Published = { readonly append: Append; readonly baseOffset: number; readonly pieces: readonly Piece[] }

/** In order of offset; the memory is the reader's as long as it holds it. */
export function publishedOf({ append, baseOffset, pieces }: Published, isDense: boolean): readonly Fetched[] {
  if (append.values.count === 0) return []
  // Memory that was lent is somebody else's by now.
  if (!isDense && append.values.lease === undefined) return [fetchedOf(append, baseOffset)]
  let offset = baseOffset
  return pieces.map((piece) => {
    const records = isDense ? recordsIn(piece) : copyOf(piece)
    const fetched = fetchedOf({ ...append, ...records, keys: append.keys && records.keys }, offset)
    offset += fetched.values.count
    return fetched
  })
}

/** Arrival times are made only where somebody asks. */
function fetchedOf({ values, keys, timestamp }: Append, baseOffset: number): Fetched {
  return {
    baseOffset,
    values,
    keys,
    lastTimestamp: timestamp,
    get timestamps() {
      return new Float64Array(values.count).fill(timestamp)
    },
  }
}
