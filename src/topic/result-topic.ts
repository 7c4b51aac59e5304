/**
 * Puts the rows of a query into its topic: key and row as JSON objects, names as the SQL gives them.
 *
 * A query always gives the same rows in the same order, so each has an ordinal, and each append says which its last one
 * was. After a restart from a checkpoint, the rows that come again are those whose ordinal is below: they are dropped
 * (rules of delivery, 3). Where nothing was repaired by `backfill`, which writes rows without an ordinal behind those
 * there are, the ordinal of a row is its offset.
 */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import { openGate } from '../base/gate.ts'
import type { Append, Topic } from '../bus/bus.ts'
import { makeEncoder } from '../format/write/encoders.ts'
import type { Batch, Column, Records } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import type { Offsets } from './checkpoint.ts'
import { type LatencyMeter, openLatencyMeter } from './latency.ts'
import { encodeRows } from './row-records.ts'

/** Bytes of rows put out but not yet durable at which a query is asked to wait. */
const IN_FLIGHT_BYTES = 16 << 20

export type ResultTopic = {
  /** Takes rows over, to be appended at the next `flush`. */
  emit(rows: Batch): void
  /** Appends what was taken; `arrived` is when the record or tick came that made it complete, ms since 1970. */
  flush(arrived?: number): void
  /** Resolves when less than a bounded amount is under way. */
  room(): Promise<void>
  /** Resolves when everything flushed is durable. */
  settled(): Promise<void>
  /** Rows taken since the topic began, by partition: the ordinals of the next ones. */
  emitted(): Offsets
  /** The offset behind all rows of a partition, whether taken in this run or before. */
  end(partition: number): number
}

/** What is counted of a query, over all of a run. */
export type Tally = {
  /** From the arrival of a record, or from a tick, to the durable rows that it made complete. */
  readonly latency: LatencyMeter
  /** Rows taken, without those that were dropped as repeated. */
  rows: number
}

export const openTally = (): Tally => ({ latency: openLatencyMeter(), rows: 0 })

type Chunk = { readonly values: Records; readonly keys: Records | undefined; readonly ordinal: number }

/** The mark of an append: the ordinal of the query's next row. */
export const markOf = (ordinal: number): Uint8Array => Buffer.from(JSON.stringify({ ordinal }))

/** The ordinals of the next rows, by partition, as the topic tells them. */
export async function ordinalsOf(topic: Topic): Promise<Offsets> {
  const ordinals = Array.from({ length: topic.partitions }, async (_, partition) => {
    const mark = await topic.lastMark(partition)
    const { ordinal } = mark === undefined ? {} : (JSON.parse(Buffer.from(mark).toString()) as { ordinal?: number })
    return [partition, ordinal ?? topic.bounds(partition).end]
  })
  return Object.fromEntries(await Promise.all(ordinals))
}

/** `before` are the ordinals at which the query goes on, `there` those of the rows that the topic has: see `ordinalsOf`. */
export function openResultTopic(
  topic: Topic,
  result: { readonly fields: readonly Field[]; readonly rowKey: readonly number[] | undefined; readonly tally: Tally },
  { before, there }: { readonly before: Offsets; readonly there: Offsets },
  clock: Clock,
): ResultTopic {
  const { fields, rowKey, tally } = result
  const values = makeEncoder('ndjson', fields)
  const keys = rowKey === undefined ? undefined : makeEncoder('ndjson', pick(fields, rowKey))
  const pending: Chunk[][] = Array.from({ length: topic.partitions }, () => [])
  const ordinals = pending.map((_, partition) => before[partition] ?? 0)
  const ends = pending.map((_, partition) => there[partition] ?? 0)
  const repaired = ends.map((end, partition) => topic.bounds(partition).end - end)
  const gate = openGate(IN_FLIGHT_BYTES)

  return {
    emit(batch) {
      const { partition, count } = batch
      assert(partition < topic.partitions, 'rows come in the partitions of their topic')
      const ordinal = ordinals[partition] as number
      const from = Math.min(count, Math.max(0, (ends[partition] as number) - ordinal))
      ordinals[partition] = ordinal + count
      tally.rows += count - from
      if (from === count) return
      const keyBatch = rowKey === undefined ? batch : { ...batch, columns: pick<Column>(batch.columns, rowKey) }
      pending[partition]?.push({
        values: encodeRows(values, batch, from, count),
        keys: keys === undefined ? undefined : encodeRows(keys, keyBatch, from, count),
        ordinal: ordinal + count,
      })
    },
    flush(arrived) {
      pending.forEach((chunks, partition) => {
        for (const { values, keys, ordinal } of chunks) {
          const append: Append = { values, keys, timestamp: clock.now(), mark: markOf(ordinal) }
          const appended = topic.append(partition, append).then(() => {
            if (arrived !== undefined) tally.latency.note(clock.now() - arrived)
          })
          gate.add(values.bytes.length, appended)
        }
        chunks.length = 0
      })
    },
    room: () => gate.room(),
    settled: () => gate.settled(),
    emitted: () => Object.fromEntries(ordinals.entries()),
    end: (partition) => Math.max(ordinals[partition] ?? 0, ends[partition] ?? 0) + (repaired[partition] ?? 0),
  }
}

const pick = <T>(all: readonly T[], indexes: readonly number[]): T[] => indexes.map((index) => all[index] as T)
