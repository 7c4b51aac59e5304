/** Sends a delivery in the batches that it was cut into before, or as one. */
import type { Offset } from '../../base/quantity.ts'
import type { Delivery, Refusal } from '../sink.ts'
import type { BatchPart, Cuts } from './cuts.ts'

/** Sends rows of the delivery, by their indexes, as one batch: those of the records at the offsets of the part. */
export type SendPart = (rows: readonly number[], part: BatchPart) => Promise<Refusal | undefined>

/** Sends what is not sent yet. Rejects with a Failure; then the same delivery, or one with the same offsets, may be sent again. */
export async function sendInParts(cuts: Cuts, delivery: Delivery, send: SendPart): Promise<Refusal | undefined> {
  const { partition, baseOffset, records, rows } = delivery
  const offsetOf = (row: number): Offset => baseOffset + (rows.origin?.[row] ?? row)
  const all = Array.from({ length: rows.count }, (_, row) => row)
  const end = baseOffset + records.count
  for (const part of cuts.parts(partition, baseOffset, end)) {
    const own = all.filter((row) => offsetOf(row) >= part.from && offsetOf(row) < part.to)
    if (own.length === 0) continue
    await cuts.note(partition, part)
    const refusal = await send(own, part)
    if (refusal?.kind === 'batch') {
      await cuts.refused(partition, part)
      return refusal
    }
    cuts.sent(partition, part, new Map(refusal?.rows.map(({ row, reason }) => [offsetOf(row), reason])))
  }
  const reasons = cuts.refusedIn(partition, baseOffset, end)
  const refused = all.flatMap((row) => {
    const reason = reasons.get(offsetOf(row))
    return reason === undefined ? [] : { row, reason }
  })
  return refused.length === 0 ? undefined : { kind: 'rows', rows: refused }
}
