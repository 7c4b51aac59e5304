/** The table of a small dictionary: slots, each a pair (hash, id) of 32-bit integers. A free one has id -1. */

/** A table whose slots are all free. */
export const freeSlots = (slots: number): Int32Array => new Int32Array(slots * 2).fill(-1)

/** The known hashes in a table twice as large. */
export function widenedSlots(before: Int32Array): Int32Array {
  const table = freeSlots(before.length)
  for (let old = 0; old < before.length; old += 2) {
    const id = before[old + 1] as number
    if (id >= 0) putInSlot(table, before[old] as number, id)
  }
  return table
}

/** Puts a key that is not in the table. */
export function putInSlot(table: Int32Array, hash: number, id: number): void {
  const mask = (table.length >> 1) - 1
  let slot = hash & mask
  while ((table[(slot << 1) + 1] as number) >= 0) slot = (slot + 1) & mask
  table[slot << 1] = hash
  table[(slot << 1) + 1] = id
}
