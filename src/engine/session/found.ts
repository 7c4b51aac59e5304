/** Sessions that are complete, as columns: their window and key, and the pieces that each is made of. */
import { widened } from '../../record/gather.ts'
import type { WallTime } from '../window/time.ts'

/** A list of sessions, used again and again. */
export class FoundSessions {
  count = 0
  ids: Int32Array = new Int32Array(64)
  starts: Float64Array = new Float64Array(64)
  ends: Float64Array = new Float64Array(64)
  /** Session i has the pieces [firsts[i], firsts[i + 1]) below, by partition, then start. */
  firsts: Int32Array = new Int32Array(65)
  pieces = 0
  partitions: Int32Array = new Int32Array(64)
  slots: Int32Array = new Int32Array(64)

  clear(): void {
    this.count = 0
    this.pieces = 0
  }

  /** Adds a session of the pieces that are added until the next one. */
  add(id: number, start: WallTime, end: WallTime): void {
    const at = this.count++
    if (at === this.ids.length) {
      this.ids = widened(this.ids)
      this.starts = widened(this.starts)
      this.ends = widened(this.ends)
      this.firsts = widened(this.firsts)
    }
    this.ids[at] = id
    this.starts[at] = start
    this.ends[at] = end
    this.firsts[at] = this.pieces
    this.firsts[at + 1] = this.pieces
  }

  addPiece(partition: number, slot: number): void {
    const at = this.pieces++
    if (at === this.slots.length) {
      this.partitions = widened(this.partitions)
      this.slots = widened(this.slots)
    }
    this.partitions[at] = partition
    this.slots[at] = slot
    this.firsts[this.count] = this.pieces
  }

  /** The sessions in order of end, then start, then key. */
  inOrder(compare: (a: number, b: number) => number): Int32Array {
    const { count, ends, starts, ids } = this
    const before = (a: number, b: number) =>
      (ends[a] as number) - (ends[b] as number) ||
      (starts[a] as number) - (starts[b] as number) ||
      compare(ids[a] as number, ids[b] as number)
    const order = byEnd(ends, count)
    if (order === undefined) return Int32Array.from({ length: count }, (_, index) => index).sort(before)
    for (let from = 0; from < count; ) {
      const end = ends[order[from] as number]
      let to = from + 1
      while (to < count && ends[order[to] as number] === end) to++
      if (to - from > 1) order.subarray(from, to).sort(before)
      from = to
    }
    return order
  }
}

/** Numbers of this many bits are exact in a double. */
const EXACT = 2 ** 53

/** Indexes in order of end: the two are sorted as one number, which takes no comparing function. */
function byEnd(ends: Float64Array, count: number): Int32Array | undefined {
  let [least, greatest] = [Infinity, -Infinity]
  for (let i = 0; i < count; i++) {
    const end = ends[i] as number
    if (end < least) least = end
    if (end > greatest) greatest = end
  }
  if (count === 0 || (greatest - least + 1) * count >= EXACT) return undefined
  const sorted = new Float64Array(count)
  for (let i = 0; i < count; i++) sorted[i] = ((ends[i] as number) - least) * count + i
  sorted.sort()
  const order = new Int32Array(count)
  for (let i = 0; i < count; i++) order[i] = (sorted[i] as number) % count
  return order
}
