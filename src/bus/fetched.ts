/** Works on records as a bus hands them out: slices, runs without NULL, and all records from one offset to another. */
import { Failure } from '../base/failure.ts'
import type { Offset } from '../base/quantity.ts'
import { sliceRecords } from '../record/records.ts'
import type { Fetched, Offsets, TopicReader } from './bus.ts'

/** Bytes that are read at a time. */
const READ_BYTES = 1 << 20

/** Records [from, to) of those fetched, in the same memory. */
export function sliceFetched(fetched: Fetched, from: number, to: number): Fetched {
  // The timestamps are computed when they are asked for: not for a batch that is handed on whole.
  if (from === 0 && to === fetched.values.count) return fetched
  const {
    baseOffset,
    values,
    nulls,
    keys,
    hasHeaders = false,
    timestamps,
    arrival,
    isCreateTime = false,
    next,
  } = fetched
  return {
    baseOffset: baseOffset + from,
    values: sliceRecords(values, from, to),
    nulls: nulls?.subarray(from, to),
    keys: keys && sliceRecords(keys, from, to),
    hasHeaders,
    timestamps: timestamps.subarray(from, to),
    lastTimestamp: to > from ? (timestamps[to - 1] as number) : Number.NaN,
    arrival,
    isCreateTime,
    next: to === values.count ? next : baseOffset + to,
  }
}

/** The runs of records between NULL values. Those are neither decoded nor delivered: each is a gap between two runs. */
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

/** The records with their key in place of a value that is NULL: it names the row that is gone. */
export function withKeysForNulls(fetched: Fetched): Fetched {
  const { nulls, values, keys } = fetched
  if (nulls === undefined || keys === undefined || !nulls.includes(1)) return fetched
  const { count } = values
  const isOneBuffer = values.bytes === keys.bytes
  const shift = isOneBuffer ? 0 : values.bytes.length
  const at = (own: Int32Array, ofKeys: Int32Array) =>
    Int32Array.from({ length: count }, (_, i) => (nulls[i] === 1 ? (ofKeys[i] as number) + shift : (own[i] as number)))
  const bytes = isOneBuffer ? values.bytes : Buffer.concat([values.bytes, keys.bytes])
  const records = { bytes, start: at(values.start, keys.start), end: at(values.end, keys.end), count }
  return { ...fetched, values: values.lease === undefined ? records : { ...records, lease: values.lease } }
}

type Reader = Pick<TopicReader, 'bounds' | 'refresh' | 'read'>

/**
 * Durable records of a partition from an offset on or, where that is deleted, from the first record still kept; undefined
 * where there is nothing yet. Rejects as `TopicReader.read` does.
 */
export async function readKept(
  topic: Reader,
  partition: number,
  from: Offset,
  maxBytes: number = READ_BYTES,
): Promise<Fetched | undefined> {
  for (;;) {
    const offset = Math.max(from, topic.bounds(partition).start)
    try {
      return await topic.read(partition, offset, maxBytes)
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'not-found')) throw error
      // It may have been deleted since the bus last learned its bounds.
      await topic.refresh()
      if (topic.bounds(partition).start <= offset) throw error
    }
  }
}

/** Offsets [from, to) of a partition; undefined: from its first record still kept, to its end when the reading begins. */
export type OffsetRange = {
  readonly from?: Offset | undefined
  readonly to?: Offset | undefined
  /** About how much is read at a time. */
  readonly maxBytes?: number
}

/**
 * The records of a partition in [from, to), in pieces. Where retention deletes records meanwhile, reading goes on with the
 * first that are kept.
 */
export async function* readOffsets(
  topic: TopicReader,
  partition: number,
  range: OffsetRange = {},
): AsyncGenerator<Fetched> {
  const { from = 0, maxBytes } = range
  if (range.to === undefined) await topic.refresh()
  const to = range.to ?? topic.bounds(partition).end
  for (let offset = from; Math.max(offset, topic.bounds(partition).start) < to; ) {
    const fetched = await readKept(topic, partition, offset, maxBytes)
    if (fetched === undefined) return
    const { baseOffset, values } = fetched
    yield baseOffset + values.count <= to ? fetched : sliceFetched(fetched, 0, Math.max(0, to - baseOffset))
    offset = fetched.next
  }
}

/** When the first record at or after an offset arrived, ms since 1970; undefined where the bus has none yet. */
export async function arrivalFrom(topic: TopicReader, partition: number, from: Offset): Promise<number | undefined> {
  const { end } = topic.bounds(partition)
  for await (const { timestamps } of readOffsets(topic, partition, { from, to: end, maxBytes: 1 })) {
    if (timestamps[0] !== undefined) return timestamps[0]
  }
  return undefined
}

/** Whether a topic has records, or had some. Marks of transactions have offsets, but are none. */
export async function hasRecords(topic: TopicReader): Promise<boolean> {
  for (let partition = 0; partition < topic.partitions; partition++) {
    if (topic.bounds(partition).start > 0) return true
    for await (const { values } of readOffsets(topic, partition, { maxBytes: 1 })) {
      values.lease?.release()
      if (values.count > 0) return true
    }
  }
  return false
}

/** The most offsets of a partition that are read to tell marks from records. */
const MOST_COUNTED = 1000

/** How many offsets of a topic are marks of transactions, and no records. Partitions with many offsets are taken to have none. */
export async function marksIn(topic: TopicReader): Promise<number> {
  let marks = 0
  for (let partition = 0; partition < topic.partitions; partition++) {
    const { start, end } = topic.bounds(partition)
    if (end - start > MOST_COUNTED) continue
    marks += end - start
    for await (const { values } of readOffsets(topic, partition, { to: end })) {
      marks -= values.count
      values.lease?.release()
    }
  }
  return marks
}

/** The first record that arrived at or after a time. Arrival times are in order, unless a clock was set back. */
export async function firstSince(topic: TopicReader, partition: number, time: number): Promise<Offset> {
  let { start: low, end: high } = topic.bounds(partition)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const arrival = (await arrivalFrom(topic, partition, middle)) ?? Number.POSITIVE_INFINITY
    if (arrival < time) low = middle + 1
    else high = middle
  }
  return low
}

/** The offset that `of` gives, for each partition. */
export const offsetsOf = (partitions: number, of: (partition: number) => Offset): Offsets =>
  Object.fromEntries(Array.from({ length: partitions }, (_, partition) => [partition, of(partition)]))

/** The offset behind the last record of each partition, as last told. */
export const partitionEnds = (topic: Pick<TopicReader, 'partitions' | 'bounds'>): readonly Offset[] =>
  Array.from({ length: topic.partitions }, (_, partition) => topic.bounds(partition).end)

/** Whether all records of a topic, as last told, lie before these offsets. */
export const isReadTo = (topic: Pick<TopicReader, 'partitions' | 'bounds'>, offsets: Offsets): boolean =>
  partitionEnds(topic).every((end, partition) => (offsets[partition] ?? 0) >= end)

/** The number of offsets between the first record that a topic keeps and its end, over all partitions, as last told. */
export const offsetsKept = (topic: Pick<TopicReader, 'partitions' | 'bounds'>): number =>
  Array.from({ length: topic.partitions }, (_, partition) => topic.bounds(partition)).reduce(
    (sum, { start, end }) => sum + end - start,
    0,
  )
