/**
 * Which records may be deleted: whole closed stretches, from the start of each partition on. `needed` is the first offset
 * that a declared group has not read; what lies from there on stays, unless a hard limit says otherwise.
 */
import type { Stretch } from '../bus/bus.ts'

/** What one partition has. */
export type PartitionSpace = {
  /** Without a gap; the last one is written to. */
  readonly stretches: readonly Stretch[]
  /** The first offset that somebody has yet to read; Infinity: nobody reads here. */
  readonly needed: number
}

/** The offset before which everything was read and came before a time. */
export function expired({ stretches, needed }: PartitionSpace, before: number): number {
  let offset = 0
  for (const { end, maxTime, since } of stretches) {
    if (since !== undefined || maxTime >= before || end > needed) break
    offset = end
  }
  return offset
}

/**
 * For each partition the offset before which to delete, so that all together have no more than so many bytes: what came
 * first goes first. What has not been read stays, unless it is to go too; then there may be too much after all.
 */
export function oldestBeyond(spaces: readonly PartitionSpace[], bytes: number, unreadToo: boolean): readonly number[] {
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

export const bytesOf = (spaces: readonly PartitionSpace[]): number =>
  spaces.reduce((sum, { stretches }) => sum + stretches.reduce((bytes, stretch) => bytes + stretch.bytes, 0), 0)
