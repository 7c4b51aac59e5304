/**
 * Sends the rows of a delivery one by one. A delivery that comes again, because a row could not be sent, goes on with that row:
 * what was sent is not sent twice by one run.
 *
 * The pauses of the delivery loop grow with each failure of a delivery, up to half a minute. So a server that fails once in a
 * while, and takes the next row, is asked once more from here: that trouble is over before it has begun.
 */
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import type { Delivery, Refusal } from '../sink.ts'

/** Sends one row; the reason, where it is refused for good. Rejects with a Failure. */
export type SendRow = (row: number) => Promise<string | undefined>

export type OneByOne = (delivery: Delivery, send: SendRow, giveUp?: AbortSignal) => Promise<Refusal | undefined>

/** The pause before a row is tried once more. */
const AGAIN_MS = 100

type Begun = { next: Offset; readonly refused: Map<Offset, string> }

/** What sends the rows of one sink. */
export function openOneByOne(clock: Clock): OneByOne {
  const begun = new Map<number, Begun>()
  return async (delivery, send, giveUp) => {
    const { partition, baseOffset, rows } = delivery
    const offsetOf = (row: number) => baseOffset + (rows.origin?.[row] ?? row)
    const before = begun.get(partition) ?? { next: baseOffset, refused: new Map() }
    begun.set(partition, before)
    let isFresh = false
    const sendOrAgain: SendRow = async (row) => {
      try {
        return await send(row)
      } catch (error) {
        if (!(error instanceof Failure) || !error.retryable || !isFresh) throw error
        isFresh = false
        await clock.sleep(AGAIN_MS, giveUp)
        return send(row)
      }
    }
    for (let row = 0; row < rows.count; row++) {
      const offset = offsetOf(row)
      if (offset < before.next) continue
      giveUp?.throwIfAborted()
      const reason = await sendOrAgain(row)
      isFresh = true
      if (reason !== undefined) before.refused.set(offset, reason)
      before.next = offset + 1
    }
    begun.delete(partition)
    const refused = Array.from({ length: rows.count }, (_, row) => row).flatMap((row) => {
      const reason = before.refused.get(offsetOf(row))
      return reason === undefined ? [] : { row, reason }
    })
    return refused.length === 0 ? undefined : { kind: 'rows', rows: refused }
  }
}
