/**
 * The records that may be deleted: whole closed stretches, from the start of each partition on. `needed` is the first offset
 * that a declared group has not read; records from there on stay, unless a hard limit says otherwise.
 */
import type { Offset } from '../base/quantity.ts'
import type { Stretch } from '../bus/bus.ts'

/** The space that one partition takes. */
export type PartitionSpace = {
  /** Without a gap between them; the last one is written to. */
  readonly stretches: readonly Stretch[]
  /** The first offset that a group has yet to read; Infinity: no group reads here. */
  readonly needed: Offset
}

/** The offset before which all stretches are read and closed, and have only records that arrived before a time, ms since 1970. */
export function expired({ stretches, needed }: PartitionSpace, before: number): Offset {
  let offset = 0
  for (const { end, maxTime, since } of stretches) {
    if (since !== undefined || maxTime >= before || end > needed) break
    offset = end
  }
  return offset
}

/**
 * For each partition the offset before which to delete, so that all together have at most `bytes`: records that arrived
 * first go first. Unread records stay, unless `unreadToo`; then more than `bytes` may remain.
 */
export function oldestBeyond(spaces: readonly PartitionSpace[], bytes: number, unreadToo: boolean): readonly Offset[] {
  const heads = spaces.map(() => 0)
  const headOf = (i: number) => spaces[i]?.stretches[heads[i] ?? 0]
  for (let left = bytesOf(spaces) - bytes; left > 0; ) {
    let oldest: { readonly i: number; readonly head: Stretch } | undefined
    for (const [i, { needed }] of spaces.entries()) {
      const head = headOf(i)
      if (head === undefined || head.since !== undefined || (head.end > needed && !unreadToo)) continue
      if (oldest === undefined || head.maxTime < oldest.head.maxTime) oldest = { i, head }
    }
    if (oldest === undefined) break
    left -= oldest.head.bytes
    heads[oldest.i] = (heads[oldest.i] ?? 0) + 1
  }
  return spaces.map((_, i) => headOf(i)?.start ?? 0)
}

/** The bytes of all partitions together. */
export const bytesOf = (spaces: readonly PartitionSpace[]): number =>
  spaces.reduce((sum, { stretches }) => sum + stretches.reduce((bytes, stretch) => bytes + stretch.bytes, 0), 0)
