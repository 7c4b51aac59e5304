/**
 * Writes one batch to a sink: decodes it, tries until it is taken, and finds what the sink refuses. A batch that is refused
 * as a whole is halved, and its halves again, until what is refused is a single record; all others are delivered.
 */
import type { Decoder } from '../../format/format.ts'
import type { Records } from '../../record/column.ts'
import { sliceRecords } from '../../record/records.ts'
import type { Delivery, Refusal, Sink } from '../sink.ts'
import type { Attempts } from './attempts.ts'
import type { RecordBatch } from './gathering.ts'
import type { Lane } from './lane.ts'

/** Records as they lie from `baseOffset` on. */
export type Placed = { readonly baseOffset: number; readonly values: Records }

type Undecoded = { readonly record: number; readonly byte: number; readonly reason: string }
type Refused = { readonly record: number; readonly reason: string }

export type WritingContext = {
  decoder(): Decoder
  warn(message: string): void
  /** Told what the format could not decode. */
  undecodable(partition: number, placed: Placed, rejects: readonly Undecoded[]): void
  /** Told what the sink refused; resolves when that is durable. */
  refused(partition: number, placed: Placed, rows: readonly Refused[]): Promise<void>
}

export type Writing = {
  /** True once all of it was taken, or refused with durable dead letters; false where it was given up. */
  deliver(batch: RecordBatch, sink: Sink): Promise<boolean>
  /** Rows that were taken. */
  rows(): number
}

export function openWriting(
  context: WritingContext,
  attempts: Attempts,
  lanes: readonly Lane[],
  late: AbortSignal,
): Writing {
  /** Each is of one batch at a time, as its arrays are used again. */
  const decoders: Decoder[] = []
  let rows = 0
  let hasRefused = false

  const refuse = async ({ partition, baseOffset, records }: Delivery, refused: readonly Refused[]): Promise<void> => {
    const [first] = refused
    if (first === undefined) return
    if (!hasRefused) {
      const where = `partition ${partition}, offset ${baseOffset + first.record}`
      context.warn(`the row at ${where} was refused: ${first.reason}; what is refused goes to the dead letters`)
    }
    hasRefused = true
    const durable = context.refused(partition, { baseOffset, values: records }, refused)
    const offsets = refused.map(({ record }) => baseOffset + record)
    lanes[partition]?.refuse(offsets, durable)
    await durable
  }
  const write = async (delivery: Delivery, decode: Decoder, sink: Sink): Promise<boolean> => {
    const { partition, baseOffset, records } = delivery
    const written = await attempts.make(() => sink.write(delivery, late))
    if (written === undefined) return false
    const refusal = written.outcome
    if (refusal?.kind === 'batch' && records.count > 1) {
      const middle = records.count >> 1
      for (const [from, to] of [
        [0, middle],
        [middle, records.count],
      ] as const) {
        const half = sliceRecords(records, from, to)
        const part = { partition, baseOffset: baseOffset + from, records: half, rows: decode(half, { add() {} }) }
        part.rows.partition = partition
        if (!(await write(part, decode, sink))) return false
      }
      return true
    }
    const refused = refusedRecords(delivery, refusal)
    rows += Math.max(0, delivery.rows.count - refused.length)
    await refuse(delivery, refused)
    return true
  }
  return {
    async deliver(batch, sink) {
      const { partition, baseOffset, records } = batch
      const decode = decoders.pop() ?? context.decoder()
      const rejects: Undecoded[] = []
      const decoded = decode(records, { add: (record, byte, reason) => rejects.push({ record, byte, reason }) })
      context.undecodable(partition, { baseOffset, values: records }, rejects)
      decoded.partition = partition
      const isDelivered = await write({ partition, baseOffset, records, rows: decoded }, decode, sink)
      // What was given up may still be read by a write that nobody waits for.
      if (!isDelivered) return false
      batch.release()
      decoders.push(decode)
      return true
    },
    rows: () => rows,
  }
}

/** By record. What refuses a batch of a single record refuses that, row or not. */
function refusedRecords({ rows }: Delivery, refusal: Refusal | undefined): readonly Refused[] {
  switch (refusal?.kind) {
    case undefined:
      return []
    case 'batch':
      return [{ record: 0, reason: refusal.reason }]
    case 'rows':
      return refusal.rows.map(({ row, reason }) => ({ record: rows.origin?.[row] ?? row, reason }))
  }
}
