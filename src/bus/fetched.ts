/** Records of a partition as they are handed on: slices of them, runs without NULL, and all of them from one offset to another. */
import type { Offset } from '../base/quantity.ts'
import { sliceRecords } from '../record/records.ts'
import type { Fetched, Offsets, TopicReader } from './bus.ts'

/** Bytes read at a time. */
const READ_BYTES = 1 << 20

/** Records [from, to) of what was fetched, in the same memory. */
export function sliceFetched(fetched: Fetched, from: number, to: number): Fetched {
  // The timestamps are computed when they are asked for: not for a batch that is handed on whole.
  if (from === 0 && to === fetched.values.count) return fetched
  const { baseOffset, values, nulls, keys, timestamps, next } = fetched
  return {
    baseOffset: baseOffset + from,
    values: sliceRecords(values, from, to),
    nulls: nulls?.subarray(from, to),
    keys: keys && sliceRecords(keys, from, to),
    timestamps: timestamps.subarray(from, to),
    lastTimestamp: timestamps[to - 1] as number,
    next: to === values.count ? next : baseOffset + to,
  }
}

/** The runs of records between those whose value is NULL, which are neither decoded nor delivered: each is a gap. */
export function withoutNulls(fetched: Fetched): readonly Fetched[] {
  const { nulls, values, next, baseOffset } = fetched
  if (nulls === undefined) return [fetched]
  const runs: Fetched[] = []
  for (let from = 0; from < values.count || runs.length === 0; ) {
    const found = nulls.subarray(0, values.count).indexOf(1, from)
    const to = found < 0 ? values.count : found
    let after = to
    while (nulls[after] === 1 && after < values.count) after++
    const run = sliceFetched(fetched, from, to)
    runs.push({ ...run, nulls: undefined, next: after === values.count ? next : baseOffset + after })
    from = after
  }
  return runs
}

/** Where a partition is read from and to; undefined: from its first record still kept, to its end as last told. */
export type Range = { readonly from?: Offset | undefined; readonly to?: Offset | undefined; readonly maxBytes?: number }

/**
 * The records of a partition in [from, to), in pieces. Where retention deletes records meanwhile, reading goes on with the
 * first that are kept.
 */
export async function* readRange(topic: TopicReader, partition: number, range: Range = {}): AsyncGenerator<Fetched> {
  const { from = 0, to = topic.bounds(partition).end, maxBytes = READ_BYTES } = range
  for (let offset = from; ; ) {
    offset = Math.max(offset, topic.bounds(partition).start)
    if (offset >= to) return
    const fetched = await topic.read(partition, offset, maxBytes)
    if (fetched === undefined) return
    const { baseOffset, values } = fetched
    yield baseOffset + values.count <= to ? fetched : sliceFetched(fetched, 0, Math.max(0, to - baseOffset))
    offset = fetched.next
  }
}

/** An offset for each partition. */
export const offsetsOf = (partitions: number, of: (partition: number) => Offset): Offsets =>
  Object.fromEntries(Array.from({ length: partitions }, (_, partition) => [partition, of(partition)]))
