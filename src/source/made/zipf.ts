/**
 * Draws ranks by Zipf's law with one random number and no search (Walker's alias method): the chance of rank r, from 0, is
 * in proportion to 1 / (r + 1 + shift). A shift makes the first ranks less frequent. Only + − × ÷ are used, which IEEE 754
 * fixes to the last bit, so the same number draws the same rank on every machine.
 */

const RANGE = 2 ** 32

export type RankTable = {
  readonly count: number
  /** A draw in cell i is rank i below this threshold, and rank `alias[i]` otherwise. */
  readonly threshold: Uint32Array
  readonly alias: Uint32Array
}

/** The table to draw `count` ranks from. */
export const zipfTable = (count: number, shift: number): RankTable =>
  weightedTable(Float64Array.from({ length: count }, (_, rank) => 1 / (rank + 1 + shift)))

/** The table to draw ranks from whose chances are in proportion to these weights. */
export function weightedTable(weights: ArrayLike<number>): RankTable {
  const count = weights.length
  let total = 0
  for (let rank = 0; rank < count; rank++) total += weights[rank] as number
  const share = Float64Array.from({ length: count }, (_, rank) => (count * (weights[rank] as number)) / total)
  const threshold = new Uint32Array(count).fill(RANGE - 1)
  const alias = Uint32Array.from({ length: count }, (_, rank) => rank)
  const small: number[] = []
  const large: number[] = []
  for (let rank = 0; rank < count; rank++) ((share[rank] as number) < 1 ? small : large).push(rank)
  for (;;) {
    const less = small.pop()
    const more = large.pop()
    if (less === undefined || more === undefined) return { count, threshold, alias }
    const kept = share[less] as number
    threshold[less] = Math.min(RANGE - 1, Math.floor(kept * RANGE))
    alias[less] = more
    share[more] = (share[more] as number) - (1 - kept)
    ;((share[more] as number) < 1 ? small : large).push(more)
  }
}

/** The rank that a 32-bit random number draws. */
export function drawRank(table: RankTable, random: number): number {
  const scaled = random * table.count
  const cell = Math.floor(scaled / RANGE)
  return scaled - cell * RANGE < (table.threshold[cell] as number) ? cell : (table.alias[cell] as number)
}
