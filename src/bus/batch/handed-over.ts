/** Appended records as readers get them from memory. */
import type { Offset } from '../../base/quantity.ts'
import type { Append, Fetched } from '../bus.ts'
import { copyOf, type Piece, recordsIn } from './chunk.ts'

type AppendedRecords = Pick<Append, 'values' | 'keys' | 'nulls' | 'timestamp'>

/** An append, its first offset, and the pieces of chunks in which its records are. */
export type InMemory = {
  readonly append: AppendedRecords
  readonly baseOffset: Offset
  readonly pieces: readonly Piece[]
}

/**
 * An append's records as readers get them once they are durable, in order of offset: in the memory of their batches where
 * these fill it well, else as they were appended, or a copy. So a slow reader never holds much memory for few records, and
 * a reader that keeps up has the records of its partition side by side. It holds the lease of the values that it keeps.
 */
export function handedOver({ append, baseOffset, pieces }: InMemory, isDense: boolean): readonly Fetched[] {
  if (append.values.count === 0) return []
  // Leased memory has others' bytes by now.
  if (!isDense && append.values.lease === undefined) return [fetchedIn(append, baseOffset)]
  let offset = baseOffset
  return pieces.map((piece) => {
    const records = isDense ? recordsIn(piece) : copyOf(piece)
    const from = offset - baseOffset
    const nulls = append.nulls?.subarray(from, from + records.values.count)
    const fetched = fetchedIn({ ...append, ...records, keys: append.keys && records.keys, nulls }, offset)
    offset = fetched.next
    return fetched
  })
}

/** Arrival times are computed on demand. */
function fetchedIn({ values, keys, nulls, timestamp }: AppendedRecords, baseOffset: Offset): Fetched {
  const { count } = values
  return {
    baseOffset,
    values,
    nulls,
    keys,
    lastTimestamp: timestamp,
    arrival: timestamp,
    get timestamps() {
      return new Float64Array(count).fill(timestamp)
    },
    next: baseOffset + count,
  }
}
