/**
 * Writes one batch to a sink: decodes it, tries until the sink takes it, and finds the rows that the sink refuses. A batch
 * that is refused as a whole is halved, and its halves again, until the rest is a single record; all others are delivered.
 */
import type { Clock } from '../../base/clock.ts'
import { type HistogramCounts, openHistogram, SECONDS } from '../../base/meter/histogram.ts'
import type { KeptRecords, TopicDecoder } from '../../format/format.ts'
import type { Batch, Records } from '../../record/column.ts'
import { sliceRecords } from '../../record/records.ts'
import type { Delivery, Refusal, Sink } from '../sink.ts'
import type { Attempts } from './attempts.ts'
import { type Kept, sliceKept } from './cutting.ts'
import type { DeliveryContext, RefusedRecord, Undecoded } from './delivery.ts'
import type { RecordBatch } from './gathering.ts'
import type { Lanes } from './lanes.ts'

type Context = Pick<DeliveryContext, 'clock' | 'decoder' | 'ready' | 'warn' | 'undecodable' | 'refused' | 'givesKept'>

export type Writing = {
  /** True once every row is taken, or refused with a durable dead letter; false where it was given up. */
  deliver(batch: RecordBatch, sink: Sink): Promise<boolean>
  /** How many rows the sink has taken. */
  rows(): number
  /** How many it has refused. */
  refused(): number
  /** How long the sink took for each batch that it answered, in seconds. */
  times(): HistogramCounts
}

/** Writes to one sink: `attempts` and `lanes` are of all its batches. */
export function openWriting(context: Context, attempts: Attempts, lanes: Lanes): Writing {
  /** Decoders that no batch uses: one belongs to one batch at a time, because its arrays are used again. */
  const decoders: TopicDecoder[] = []
  let rows = 0
  let refusedRows = 0
  const times = openTimes(context.clock)

  const refuse = async (
    { partition, baseOffset, records }: Delivery,
    refused: readonly RefusedRecord[],
  ): Promise<void> => {
    const [first] = refused
    if (first === undefined) return
    if (refusedRows === 0) {
      const where = `partition ${partition}, offset ${baseOffset + first.record}`
      context.warn(`the row at ${where} was refused: ${first.reason}; what is refused goes to the dead letters`)
    }
    refusedRows += refused.length
    const durable = context.refused(partition, { baseOffset, values: records }, refused)
    const offsets = refused.map(({ record }) => baseOffset + record)
    lanes.refuse(partition, offsets, durable)
    await durable
  }
  const given = (kept: KeptRecords) => (context.givesKept === true ? { kept } : undefined)
  const write = async (delivery: Delivery, { decode, kept }: Decoding, sink: Sink): Promise<boolean> => {
    const { partition, baseOffset, records } = delivery
    const written = await attempts.make((late) => times.of(() => sink.write(delivery, late)))
    if (written === undefined) return false
    const refusal = written.outcome
    if (refusal?.kind === 'batch' && records.count > 1) {
      for (const [from, to] of halvesOf(records.count)) {
        const half = sliceRecords(records, from, to)
        const about = kept && sliceKept(kept, from, to)
        const place = { partition, baseOffset: baseOffset + from, records: half }
        const keptHalf = keptRecords(place, about)
        const rows = decode(keptHalf, partition, { add() {} })
        rows.partition = partition
        markDeleted(rows, about)
        if (!(await write({ ...place, rows, ...given(keptHalf) }, { decode, kept: about }, sink))) return false
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
      const { partition, baseOffset, records, kept } = batch
      if (!(await isReady(records, context, attempts))) return false
      const decode = decoders.pop() ?? context.decoder()
      const whole = keptRecords(batch, kept)
      const { decoded, rejects } = rowsOf(whole, partition, decode)
      markDeleted(decoded, kept)
      context.undecodable(partition, { baseOffset, values: records }, rejects, decoded.count)
      const delivery = { partition, baseOffset, records, rows: decoded, ...given(whole) }
      const isDelivered = await write(delivery, { decode, kept }, sink)
      // A write that nobody waits for may still read the batch, so neither its memory nor the decoder is used again.
      if (!isDelivered) return false
      batch.release()
      decoders.push(decode)
      return true
    },
    rows: () => rows,
    refused: () => refusedRows,
    times: times.counts,
  }
}

function rowsOf(whole: KeptRecords, partition: number, decode: TopicDecoder) {
  const rejects: Undecoded[] = []
  const decoded = decode(whole, partition, {
    add: (record, byte, reason, why) => rejects.push({ record, byte, reason, why }),
  })
  decoded.partition = partition
  return { decoded, rejects }
}

function markDeleted(rows: Batch, kept: Kept | undefined): void {
  const deleted = kept?.deleted
  if (deleted === undefined) delete rows.deleted
  else rows.deleted = Uint8Array.from({ length: rows.count }, (_, row) => deleted[rows.origin?.[row] ?? row] ?? 0)
}

/** The ranges of the first half and of the second. */
const halvesOf = (count: number): readonly (readonly [from: number, to: number])[] => [
  [0, count >> 1],
  [count >> 1, count],
]

/** How long work takes that does not fail, in seconds. */
function openTimes(clock: Clock) {
  const times = openHistogram(SECONDS)
  return {
    counts: times.counts,
    async of<Outcome>(work: () => Promise<Outcome>): Promise<Outcome> {
      const began = clock.elapsed()
      const outcome = await work()
      times.note((clock.elapsed() - began) / 1000)
      return outcome
    },
  }
}

/** Waits for what decoding needs and does not have, as for a store that is away; false where it was given up. */
const isReady = async (records: Records, { ready }: Context, attempts: Attempts): Promise<boolean> =>
  ready === undefined || (await attempts.make(async (late) => await ready(records, late))) !== undefined

/** A decoder that belongs to one batch, and what METADATA columns of the batch are made of. */
type Decoding = { readonly decode: TopicDecoder; readonly kept: Kept | undefined }

const NOTHING_KEPT: Kept = { keys: undefined, timestamps: new Float64Array(0) }

/** A decoder that was said to read no metadata gets none. */
const keptRecords = (
  { baseOffset, records }: Pick<Delivery, 'baseOffset' | 'records'>,
  kept: Kept | undefined,
): KeptRecords => ({ baseOffset, values: records, ...(kept ?? NOTHING_KEPT) })

/** The records that are refused. A sink that refuses a batch of a single record refuses that, row or not. */
function refusedRecords({ rows }: Delivery, refusal: Refusal | undefined): readonly RefusedRecord[] {
  switch (refusal?.kind) {
    case undefined:
      return []
    case 'batch':
      return [{ record: 0, reason: refusal.reason }]
    case 'rows':
      return refusal.rows.map(({ row, reason }) => ({ record: rows.origin?.[row] ?? row, reason }))
  }
}
