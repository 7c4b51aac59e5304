/**
 * Gathers records to batches of the size that a sink wants: by rows, bytes, or the time that the first of them waits. A batch
 * is consecutive records of one partition. A sink without limits gets the log's own batches.
 *
 * Only this reads from the cursor.
 */
import { assert } from '../../base/assert.ts'
import type { Duration, Offset } from '../../base/quantity.ts'
import type { Fetched } from '../../bus/bus.ts'
import { withKeysForNulls, withoutNulls } from '../../bus/fetched.ts'
import { byteLength, type CutRecords, type FetchedRest, type Kept, takeRecords } from './cutting.ts'
import type { DeliveryContext } from './delivery.ts'

export type RecordBatch = CutRecords & { readonly partition: number }

type IsFree = (partition: number) => boolean

export type Gathering = {
  /** Gathers, and gives a partition with a batch that is due; only those that are free are asked, and they take turns. */
  due(isFree: IsFree): Promise<number | undefined>
  /** The batch of a partition that is due. */
  take(partition: number): RecordBatch
  /** The offset that the partition was read to, where no record waits here: gaps and NULL values before it are passed. */
  passed(partition: number): Offset | undefined
  /** Whether no record waits, neither here nor in the topic. */
  isEmpty(): boolean
  /** Resolves when a free partition may have a batch that is due, or the signal is aborted. */
  mayBeDue(isFree: IsFree, signal: AbortSignal): Promise<void>
}

type Context = Pick<
  DeliveryContext,
  'cursor' | 'limits' | 'clock' | 'ended' | 'hasMetadata' | 'readsArrival' | 'givesKept' | 'changing'
>

/** Records of one partition that wait; `since`: when the first of them came. */
type Waiting = { readonly rests: FetchedRest[]; rows: number; bytes: number; since: number }

/** Gathers from a cursor. Once the topic has ended, no batch waits to be filled. */
export function openGathering({ cursor, limits, clock, ended, ...reads }: Context): Gathering {
  const { rows, bytes, lingerMs } = limits
  const hasLimits = Number.isFinite(rows) || Number.isFinite(bytes) || lingerMs > 0
  const partitions = Array.from({ length: cursor.partitions }, (_, partition) => partition)
  const waiting = partitions.map((): Waiting => ({ rests: [], rows: 0, bytes: 0, since: 0 }))
  /** The partition that is asked first. */
  let turn = 0

  const at = (partition: number): Waiting => {
    const found = waiting[partition]
    assert(found !== undefined, `a topic has a partition ${partition}`)
    return found
  }
  const hasMore = (partition: number) => cursor.hasMore(partition)
  const isFull = (one: Waiting) => one.rows >= rows || one.bytes >= bytes || (!hasLimits && one.rows > 0)
  const dueIn = (partition: number): Duration => {
    const one = at(partition)
    if (one.rows === 0) return Number.POSITIVE_INFINITY
    if (isFull(one) || (ended.aborted && !hasMore(partition))) return 0
    return Math.max(0, one.since + lingerMs - clock.elapsed())
  }
  const gather = async (partition: number): Promise<void> => {
    const one = at(partition)
    while (!isFull(one) && hasMore(partition)) {
      await cursor.load(partition)
      const fetched = cursor.take(partition)
      if (fetched === undefined) return
      if (one.rows === 0) one.since = clock.elapsed()
      add(one, fetched, { hasLimits, ...reads })
    }
  }
  return {
    async due(isFree) {
      for (const i of partitions) {
        const partition = (turn + i) % partitions.length
        if (!isFree(partition)) continue
        await gather(partition)
        if (dueIn(partition) === 0) return partition
      }
      return undefined
    },
    take(partition) {
      const one = at(partition)
      const cut = takeRecords(one.rests, limits)
      one.rows -= cut.records.count
      if (hasLimits) one.bytes -= byteLength(cut.records, 0, cut.records.count)
      turn = partition + 1
      return { ...cut, partition }
    },
    passed: (partition) => (at(partition).rows === 0 ? cursor.offset(partition) : undefined),
    isEmpty: () => waiting.every(({ rows }) => rows === 0) && !partitions.some(hasMore),
    async mayBeDue(isFree, signal) {
      const free = partitions.filter(isFree)
      const wait = Math.min(...free.map(dueIn))
      if (wait === 0 || free.some(hasMore)) return
      const waits: Promise<unknown>[] = []
      // The cursor does not wait where any partition has more, also one that is not free.
      if (!partitions.some(hasMore)) waits.push(cursor.waitForMore(signal))
      if (Number.isFinite(wait)) waits.push(clock.sleep(wait, signal).catch(() => undefined))
      await Promise.race(waits)
    },
  }
}

/** Adds the records that are not NULL. Each run of them holds the lease. */
function add(one: Waiting, fetched: Fetched, reads: Reads & { readonly hasLimits: boolean }): void {
  const { lease } = fetched.values
  const { changing = false } = reads
  for (const run of changing ? [withKeysForNulls(fetched)] : withoutNulls(fetched)) {
    const { baseOffset, values, next } = run
    if (values.count === 0) continue
    lease?.hold()
    const held = lease === undefined ? values : { ...values, lease }
    // Timestamps may be computed when they are taken, so only where they are wanted.
    const kept = keptOf(run, reads)
    one.rests.push({ fetched: { baseOffset, values: held, next }, kept, from: 0 })
    one.rows += values.count
    if (reads.hasLimits) one.bytes += byteLength(values, 0, values.count)
  }
  lease?.release()
}

type Reads = Pick<Context, 'hasMetadata' | 'readsArrival' | 'givesKept' | 'changing'>

function keptOf(run: Fetched, { hasMetadata, readsArrival, givesKept, changing }: Reads): Kept | undefined {
  if (changing === true) return { ...run, hasHeaders: false, deleted: run.nulls }
  const isWhole = hasMetadata || givesKept === true
  if (!isWhole && readsArrival !== true) return undefined
  const { keys, timestamps, hasHeaders = false, isCreateTime = false } = run
  if (isWhole) return { keys, timestamps, hasHeaders, isCreateTime }
  return { keys: undefined, timestamps, hasHeaders: false, isCreateTime }
}
