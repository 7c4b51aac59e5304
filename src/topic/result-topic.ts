/**
 * Puts the rows of a query into its topic: key and row as JSON objects, names as the SQL gives them.
 *
 * A query always gives the same rows in the same order, so each has an ordinal, and each append carries the ordinal of the
 * next row as the position of its writer. After a restart from a checkpoint, rows that come again have a lower ordinal and
 * are dropped (rules of delivery, 3). `backfill` adds rows without an ordinal, so an ordinal says nothing about an offset.
 */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import { openGate } from '../base/gate.ts'
import type { Offset } from '../base/quantity.ts'
import { appendWhole, type WholeAppend } from '../bus/append-parts.ts'
import type { Offsets, Topic } from '../bus/bus.ts'
import { offsetsOf } from '../bus/fetched.ts'
import type { Batch } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import { type LatencyMeter, openLatencyMeter } from './latency.ts'
import { type EncodedRows, type RowEncoder, rowEncoder } from './row-records.ts'

/** Bytes of rows appended but not yet durable at which a query waits. */
const IN_FLIGHT_BYTES = 16 << 20

export type ResultTopic = {
  /** Takes rows over, to be appended at the next `flush`; `as` encodes them where they have other columns than the topic. */
  emit(rows: Batch, as?: RowEncoder): void
  /** Appends the rows taken; `arrived`: the arrival of the record or tick that made them complete, ms since 1970. */
  flush(arrived?: number): void
  /** Resolves when the rows under way hold less than a bounded amount of memory. */
  room(): Promise<void>
  /** Resolves when everything flushed is durable; rejects with the first failure of an append. */
  settled(): Promise<void>
  /** Rows taken since the topic began, by partition: the ordinals of the next ones. */
  emitted(): Offsets
  /** The offset behind the last row taken of a partition, once that row is durable; the caller flushes it. */
  placed(partition: number): Promise<Offset>
  /** Rows of the partition that are taken from now on wait: none is appended before `until` has resolved. */
  hold(partition: number, until: Promise<unknown>): void
  /** Whether the topic has rows of the partition that the query has not yet repeated since the restart. */
  isRepeating(partition: number): boolean
}

/** Counts about a query, over all of a run. */
export type Tally = {
  /** From the arrival of a record, or from a tick, to the durable rows that it made complete. */
  readonly latency: LatencyMeter
  /** Rows taken, without those that were dropped as repeated. */
  rows: number
}

/** A tally of a query that has done nothing yet. */
export const openTally = (): Tally => ({ latency: openLatencyMeter(), rows: 0 })

type PendingRows = EncodedRows & {
  /** The ordinal of the row behind them. */
  readonly ordinal: number
  /** Resolved with the offset behind them once they are durable. */
  readonly end: PromiseWithResolvers<Offset>
  /** They are appended after this: see `hold`. */
  readonly after: Promise<unknown> | undefined
}

/** The name that a query's rows are appended under. */
const WRITER = 'query'

/** The ordinals of the next rows, by partition, as the topic has them. */
export async function ordinalsOf(topic: Topic): Promise<Offsets> {
  const positions = await topic.position(WRITER)
  return offsetsOf(topic.partitions, (partition) => {
    const ordinal = positions[partition]?.ordinal
    return typeof ordinal === 'number' ? ordinal : 0
  })
}

/** `before` are the ordinals at which the query goes on, `there` those of the topic: see `ordinalsOf`. */
export function openResultTopic(
  topic: Topic,
  result: { readonly fields: readonly Field[]; readonly rowKey: readonly number[] | undefined; readonly tally: Tally },
  { before, there }: { readonly before: Offsets; readonly there: Offsets },
  clock: Clock,
): ResultTopic {
  const { fields, rowKey, tally } = result
  const encode = rowEncoder(fields, rowKey)
  const pending: PendingRows[][] = Array.from({ length: topic.partitions }, () => [])
  const ordinals = pending.map((_, partition) => before[partition] ?? 0)
  const ends = pending.map((_, partition) => there[partition] ?? 0)
  /** The offset behind the last rows of each partition, or behind the topic as it was found. */
  const placed: Promise<Offset>[] = pending.map(async (_, partition) => topic.bounds(partition).end)
  const holds = openHolds()
  const gate = openGate(IN_FLIGHT_BYTES)

  return {
    emit(batch, as = encode) {
      const { partition, count } = batch
      assert(partition < topic.partitions, 'rows come in the partitions of their topic')
      const first = ordinals[partition] as number
      const from = Math.min(count, Math.max(0, (ends[partition] as number) - first))
      const ordinal = first + count
      ordinals[partition] = ordinal
      tally.rows += count - from
      if (from === count) return
      const end = Promise.withResolvers<Offset>()
      placed[partition] = end.promise
      pending[partition]?.push({ ...as(batch, from), ordinal, end, after: holds.at(partition) })
    },
    flush(arrived) {
      pending.forEach((rows, partition) => {
        for (const { values, keys, nulls, ordinal, end, after } of rows) {
          const bytes = values.end[values.count - 1] as number
          const positionAt = (upTo: number) => ({ writer: WRITER, at: { ordinal: ordinal - values.count + upTo } })
          const append: WholeAppend = { values, keys, nulls, timestamp: clock.now(), positionAt }
          const send = () => appendWhole(topic, partition, append)
          const appended = (after === undefined ? send() : after.then(send)).then((offset) => {
            if (arrived !== undefined) tally.latency.note(clock.now() - arrived)
            return offset
          })
          end.resolve(appended)
          gate.add(bytes, end.promise)
        }
        rows.length = 0
      })
    },
    room: () => gate.room(),
    settled: () => gate.settled(),
    emitted: () => offsetsOf(topic.partitions, (partition) => ordinals[partition] ?? 0),
    placed(partition) {
      assert(placed[partition] !== undefined, 'rows come in the partitions of their topic')
      return placed[partition]
    },
    hold: holds.hold,
    isRepeating: (partition) => (ordinals[partition] ?? 0) < (ends[partition] ?? 0),
  }
}

/** For each partition, what rows that are taken now have to wait for. */
function openHolds() {
  const held = new Map<number, Promise<unknown>>()
  return {
    at: (partition: number) => held.get(partition),
    hold(partition: number, until: Promise<unknown>): void {
      const holding: Promise<unknown> = Promise.all([held.get(partition), until])
      held.set(partition, holding)
      const release = () => {
        if (held.get(partition) === holding) held.delete(partition)
      }
      holding.then(release, release)
    },
  }
}
