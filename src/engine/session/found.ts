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

  /** Makes room for `count` sessions of one piece each. */
  reserve(count: number): void {
    if (count < this.ids.length) return
    this.ids = widened(this.ids, count + 1)
    this.starts = widened(this.starts, count + 1)
    this.ends = widened(this.ends, count + 1)
    this.firsts = widened(this.firsts, count + 2)
    this.partitions = widened(this.partitions, count + 1)
    this.slots = widened(this.slots, count + 1)
  }

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

const DIGIT = 1 << 16
/** Fewer are sorted at once by a function that compares. */
const MANY = 1 << 12

/** Indexes in order of end, those of one end in their order: sorted digit by digit, the last first. */
function byEnd(ends: Float64Array, count: number): Int32Array {
  const order = new Int32Array(count)
  let [least, greatest] = [Infinity, -Infinity]
  for (let i = 0; i < count; i++) {
    order[i] = i
    const end = ends[i] as number
    if (end < least) least = end
    if (end > greatest) greatest = end
  }
  if (count < MANY) return order.sort((a, b) => (ends[a] as number) - (ends[b] as number) || a - b)
  let from = order
  let to = new Int32Array(count)
  const places = new Int32Array(DIGIT + 1)
  for (let unit = 1; unit <= greatest - least; unit *= DIGIT) {
    places.fill(0)
    const digitOf = (i: number) => Math.floor(((ends[i] as number) - least) / unit) % DIGIT
    for (let i = 0; i < count; i++) {
      const digit = digitOf(i) + 1
      places[digit] = (places[digit] as number) + 1
    }
    for (let digit = 1; digit <= DIGIT; digit++)
      places[digit] = (places[digit] as number) + (places[digit - 1] as number)
    for (let at = 0; at < count; at++) {
      const i = from[at] as number
      const digit = digitOf(i)
      const place = places[digit] as number
      places[digit] = place + 1
      to[place] = i
    }
    ;[from, to] = [to, from]
  }
  return from
}
