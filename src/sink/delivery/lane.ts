/**
 * What is under way of one partition. Batches may end in any order; `delivered` moves over them in theirs, so that nothing
 * before it is missing.
 */

export type Lane = {
  /** A batch that ends before offset `to` is under way, until what this returns is called. */
  begin(to: number): () => void
  isFree(): boolean
  /** Every record before it is done with. */
  delivered(): number
  /** Rows at these offsets were refused; their dead letters are there once the promise resolves. */
  refuse(offsets: readonly number[], durable: Promise<void>): void
  /** Offsets from `place` on that were refused and have durable dead letters. */
  refused(place: number): readonly number[]
  /** Resolves when the dead letters begun so far are durable. */
  settled(): Promise<unknown>
}

export function openLane(start: number, before: readonly number[] = []): Lane {
  const underWay: { readonly to: number; isDone: boolean }[] = []
  const letters = new Set<Promise<void>>()
  let delivered = start
  let refused: readonly number[] = before
  return {
    begin(to) {
      const batch = { to, isDone: false }
      underWay.push(batch)
      return () => {
        batch.isDone = true
        while (underWay[0]?.isDone === true) delivered = underWay.shift()?.to ?? delivered
      }
    },
    isFree: () => underWay.length === 0,
    delivered: () => delivered,
    refuse(offsets, durable) {
      const letter = durable.then(() => {
        refused = [...refused, ...offsets]
        letters.delete(letter)
      })
      letters.add(letter)
      letter.catch(() => undefined)
    },
    refused(place) {
      refused = refused.filter((offset) => offset >= place)
      return refused
    },
    settled: () => Promise.allSettled(letters),
  }
}
