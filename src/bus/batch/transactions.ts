/**
 * Finds the batches of aborted transactions in a record set, as Java's consumer does. The response names the transactions: a
 * producer, and the offset from which on its batches are part of the next aborted one, up to the control batch that ends it.
 *
 *   a control batch has one record; its key: version (2 bytes), kind (2 bytes: 0 abort, 1 commit)
 */
import type { Offset } from '../../base/quantity.ts'
import { AT_PRODUCER, CONTROL_BATCH } from './record-batch.ts'
import { type BatchBytes, batchAttributes, batchEnd, readControlKind } from './walker.ts'

/** The attribute of a batch that is part of a transaction. */
const TRANSACTIONAL = 16
const ABORT = 0

/** A transaction that was aborted. */
export type Aborted = { readonly producerId: bigint; readonly firstOffset: Offset }

/** The transactions of a record set. */
export type Transactions = {
  /** Whether the checked batch at `at` was aborted. To be asked for every batch, in their order. */
  skips(batch: BatchBytes, at: number): boolean
}

/** For the aborted transactions that the response names. */
export function openTransactions(aborted: readonly Aborted[]): Transactions {
  const due = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  const open = new Set<bigint>()
  let begun = 0
  return {
    skips(batch, at) {
      const attributes = batchAttributes(batch.view, at)
      if ((attributes & TRANSACTIONAL) === 0) return false
      const end = batchEnd(batch.view, at)
      for (let next = due[begun]; next !== undefined && next.firstOffset < end; next = due[++begun])
        open.add(next.producerId)
      if (open.size === 0) return false
      const producer = batch.view.getBigInt64(at + AT_PRODUCER)
      const isControl = (attributes & CONTROL_BATCH) !== 0
      if (isControl && readControlKind(batch, at) === ABORT) open.delete(producer)
      return !isControl && open.has(producer)
    },
  }
}
