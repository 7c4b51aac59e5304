/**
 * Pieces of sessions as columns, and the list of those of each key. A piece is known by its slot, which another one may have
 * once it is removed.
 */
import { assert } from '../../base/assert.ts'
import { widened } from '../../record/gather.ts'
import type { WallTime } from '../window/time.ts'

const LEAST_SLOTS = 64
/** Marks of slots. */
const LISTED = 1
const GONE = 2

/** What pieces consist of: aggregates, or rows. Both are known by the slot of the piece. */
export type Content = {
  /** Makes room for slots below `slots`. */
  reserve(slots: number): void
  /** Adds what a piece has to another one; the rows of the batch at hand before `row` count already. */
  merge(into: number, from: number, row: number): void
  /** Empties a slot that another piece will have. */
  reset(slot: number): void
}

/** Pieces as plain arrays. */
export type PiecesState = {
  readonly ids: Int32Array
  readonly starts: Float64Array
  readonly ends: Float64Array
  readonly reaches: Float64Array
}

/** The pieces of one partition or range. */
export class PieceTable {
  /** Of each slot the id of its key; -1: there is no piece. */
  ids: Int32Array = new Int32Array(LEAST_SLOTS)
  starts: Float64Array = new Float64Array(LEAST_SLOTS)
  ends: Float64Array = new Float64Array(LEAST_SLOTS)
  reaches: Float64Array = new Float64Array(LEAST_SLOTS)
  /** The piece after each in the list of its key. */
  next: Int32Array = new Int32Array(LEAST_SLOTS)
  /** Of each key its first piece; -1: it has none. */
  heads: Int32Array = new Int32Array(0)
  /** Slots from here on were never used. */
  size = 0
  count = 0
  readonly #content: Content
  #marks: Uint8Array = new Uint8Array(LEAST_SLOTS)
  readonly #free: number[] = []

  constructor(content: Content) {
    this.#content = content
    content.reserve(LEAST_SLOTS)
  }

  get bytes(): number {
    const arrays = [this.ids, this.starts, this.ends, this.reaches, this.next, this.heads, this.#marks]
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, this.#free.length * 8)
  }

  /** Makes room for keys with ids below `keys`. */
  reserveKeys(keys: number): void {
    const known = this.heads.length
    if (keys > known) this.heads = widened(this.heads, keys).fill(-1, known)
  }

  /** The first piece of a key; -1: it has none. */
  headOf(id: number): number {
    return id < this.heads.length ? (this.heads[id] as number) : -1
  }

  /** A new piece, in no list yet. */
  open(id: number, start: WallTime, end: WallTime): number {
    const slot = this.#free.pop() ?? this.#newSlot()
    this.ids[slot] = id
    this.starts[slot] = start
    this.ends[slot] = end
    this.count++
    return slot
  }

  #newSlot(): number {
    if (this.size === this.ids.length) {
      this.ids = widened(this.ids)
      this.starts = widened(this.starts)
      this.ends = widened(this.ends)
      this.reaches = widened(this.reaches)
      this.next = widened(this.next)
      const marks = new Uint8Array(this.ids.length)
      marks.set(this.#marks)
      this.#marks = marks
      this.#content.reserve(this.ids.length)
    }
    return this.size++
  }

  /** Puts a piece behind another in its key's list; `above` -1: before all. */
  link(slot: number, above: number): void {
    if (above < 0) {
      const id = this.ids[slot] as number
      this.next[slot] = this.heads[id] as number
      this.heads[id] = slot
    } else {
      this.next[slot] = this.next[above] as number
      this.next[above] = slot
    }
  }

  /** Adds a piece, which is in no list any more, to another one. */
  join(into: number, from: number, row: number): void {
    this.#content.merge(into, from, row)
    this.starts[into] = Math.min(this.starts[into] as number, this.starts[from] as number)
    this.ends[into] = Math.max(this.ends[into] as number, this.ends[from] as number)
    this.reaches[into] = Math.min(this.reaches[into] as number, this.reaches[from] as number)
    this.remove(from)
  }

  /** Notes whether the calendar has the slot: it is not used again before that has let go of it. */
  list(slot: number, is: boolean): void {
    const mark = this.#marks[slot] as number
    this.#marks[slot] = is ? mark | LISTED : mark & ~LISTED
    if (!is && (this.ids[slot] as number) < 0) this.#free.push(slot)
  }

  isListed(slot: number): boolean {
    return ((this.#marks[slot] as number) & LISTED) !== 0
  }

  /** Removes a piece, which is in no list any more. */
  remove(slot: number): void {
    this.ids[slot] = -1
    this.count--
    this.#content.reset(slot)
    this.#marks[slot] = (this.#marks[slot] as number) & ~GONE
    if (!this.isListed(slot)) this.#free.push(slot)
  }

  /** Marks a piece that is put out: the next `unlink` takes it off its key's list. */
  leave(slot: number): void {
    this.#marks[slot] = (this.#marks[slot] as number) | GONE
  }

  /** Takes the pieces that leave off the list of a key. */
  unlink(id: number): void {
    let kept = -1
    for (let piece = this.headOf(id); piece >= 0; piece = this.next[piece] as number) {
      if (((this.#marks[piece] as number) & GONE) !== 0) continue
      if (kept < 0) this.heads[id] = piece
      else this.next[kept] = piece
      kept = piece
    }
    if (kept >= 0) this.next[kept] = -1
    else if (id < this.heads.length) this.heads[id] = -1
  }

  /** Forgets all pieces, without a word to their content. */
  clear(): void {
    this.heads.fill(-1)
    this.#marks.fill(0)
    this.#free.length = 0
    this.size = 0
    this.count = 0
  }

  /** Gives keys other ids. */
  rename(renamed: Int32Array, keys: number): void {
    const heads = new Int32Array(keys).fill(-1)
    for (let id = 0; id < renamed.length; id++) {
      if (this.headOf(id) >= 0) heads[renamed[id] as number] = this.headOf(id)
    }
    this.heads = heads
    for (let slot = 0; slot < this.size; slot++) {
      if ((this.ids[slot] as number) >= 0) this.ids[slot] = renamed[this.ids[slot] as number] as number
    }
  }

  /** The slots of all pieces. */
  slots(): Int32Array {
    const slots = new Int32Array(this.count)
    let count = 0
    for (let slot = 0; slot < this.size; slot++) if ((this.ids[slot] as number) >= 0) slots[count++] = slot
    assert(count === this.count, 'each piece has a slot')
    return slots
  }

  /** The pieces at these slots. */
  picked(slots: Int32Array): PiecesState {
    const pick = <T extends Float64Array | Int32Array>(of: T, to: T): T => {
      for (let at = 0; at < slots.length; at++) to[at] = of[slots[at] as number] as number
      return to
    }
    const room = () => new Float64Array(slots.length)
    return {
      ids: pick(this.ids, new Int32Array(slots.length)),
      starts: pick(this.starts, room()),
      ends: pick(this.ends, room()),
      reaches: pick(this.reaches, room()),
    }
  }

  /** Opens the pieces of a state, in slots 0, 1, …; those of each key that end last come first in its list. */
  restore(saved: PiecesState, keys: number): void {
    this.reserveKeys(keys)
    const { ids, starts, ends, reaches } = saved
    for (let slot = 0; slot < ids.length; slot++) {
      this.open(ids[slot] as number, starts[slot] as number, ends[slot] as number)
      this.reaches[slot] = reaches[slot] as number
    }
    const order = Int32Array.from(ids.keys()).sort((a, b) => (ends[a] as number) - (ends[b] as number))
    for (const slot of order) this.link(slot, -1)
  }
}
