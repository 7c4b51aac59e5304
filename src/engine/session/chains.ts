/**
 * Rows as what pieces of sessions consist of: each piece has a chain of them. Rows are kept as columns, in the order in which
 * they came; those of sessions that were put out are removed when they outnumber the others.
 */
import type { Batch } from '../../record/column.ts'
import { widened } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'
import type { Content } from './piece-table.ts'

const NONE = -1
const LEAST_ROWS = 64
/** Rows that are gone are removed when they outnumber both the others and this. */
const SPARE_ROWS = 1 << 12

/** The rows of the pieces at slots 0, 1, …, and of each row the next of its piece. */
export type ChainsState = {
  readonly rows: RowsState
  readonly next: Int32Array
  readonly heads: Int32Array
  readonly tails: Int32Array
}

/** The rows of the pieces of one partition. */
export class Chains implements Content {
  readonly #store: RowStore
  /** Of each piece its first and last row. */
  #heads: Int32Array = new Int32Array(0)
  #tails: Int32Array = new Int32Array(0)
  /** Of each row the next of its piece. */
  #next: Int32Array = new Int32Array(LEAST_ROWS)
  /** The number of rows of pieces. */
  #alive = 0
  /** The rows of the batch at hand that are in pieces, the first that has no place in a chain yet, and where they are kept. */
  #picked: Int32Array = new Int32Array(0)
  #slots: Int32Array = new Int32Array(0)
  #from = 0
  #count = 0

  constructor(fields: readonly Field[], saved: ChainsState | undefined) {
    this.#store = new RowStore(fields, saved?.rows)
    if (saved === undefined) return
    this.#next = saved.next.slice()
    this.#alive = saved.next.length
    this.reserve(saved.heads.length)
    this.#heads.set(saved.heads)
    this.#tails.set(saved.tails)
  }

  get bytes(): number {
    const arrays = [this.#heads, this.#tails, this.#next, this.#picked]
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, this.#store.bytes)
  }

  reserve(slots: number): void {
    const known = this.#heads.length
    if (slots <= known) return
    this.#heads = widened(this.#heads, slots).fill(NONE, known)
    this.#tails = widened(this.#tails, slots).fill(NONE, known)
  }

  /** Takes a batch whose rows are being put into pieces. */
  begin(slots: Int32Array): void {
    this.#slots = slots
    this.#from = 0
    this.#count = 0
    if (this.#picked.length < slots.length) this.#picked = new Int32Array(slots.length)
  }

  /** Puts the rows of the batch before `to` at the ends of the chains of their pieces. */
  addTo(to: number): void {
    for (let row = this.#from; row < to; row++) {
      const slot = this.#slots[row] as number
      if (slot < 0) continue
      const place = this.#store.count + this.#count
      if (place >= this.#next.length) this.#next = widened(this.#next, LEAST_ROWS)
      this.#picked[this.#count++] = row
      this.#next[place] = NONE
      const tail = this.#tails[slot] as number
      if (tail === NONE) this.#heads[slot] = place
      else this.#next[tail] = place
      this.#tails[slot] = place
      this.#alive++
    }
    this.#from = to
  }

  /** Copies the rows that were added. */
  append(batch: Batch): void {
    this.addTo(batch.count)
    if (this.#count > 0) this.#store.append(batch, this.#picked, this.#count)
    this.#count = 0
  }

  merge(into: number, from: number, row: number): void {
    this.addTo(row)
    const head = this.#heads[from] as number
    if (head === NONE) return
    const tail = this.#tails[into] as number
    if (tail === NONE) this.#heads[into] = head
    else this.#next[tail] = head
    this.#tails[into] = this.#tails[from] as number
    this.#heads[from] = NONE
    this.#tails[from] = NONE
  }

  /** The rows of the piece are gone. */
  reset(slot: number): void {
    for (let row = this.#heads[slot] as number; row !== NONE; row = this.#next[row] as number) this.#alive--
    this.#heads[slot] = NONE
    this.#tails[slot] = NONE
  }

  /** Adds the rows of a piece to a list of them, by their places in `rows`. */
  listTo(places: number[], slot: number): void {
    for (let row = this.#heads[slot] as number; row !== NONE; row = this.#next[row] as number) places.push(row)
  }

  /** All rows, by place. */
  rows(): Batch {
    return this.#store.batch()
  }

  /** Removes the rows that are gone, if they are many. `slots`: the pieces there are. */
  tidy(slots: () => Int32Array): void {
    const dead = this.#store.count - this.#alive
    if (dead > SPARE_ROWS && dead > this.#alive) this.#compact(slots())
  }

  /** The rows of the pieces at these slots, in that order. */
  snapshot(slots: Int32Array): ChainsState {
    this.#compact(slots)
    const { count, columns } = this.#store.snapshot()
    return {
      rows: { count, columns },
      next: this.#next.slice(0, count),
      heads: slots.map((slot) => this.#heads[slot] as number),
      tails: slots.map((slot) => this.#tails[slot] as number),
    }
  }

  #compact(slots: Int32Array): void {
    if (this.#store.count === this.#alive) return
    const isKept = new Uint8Array(this.#store.count)
    for (const slot of slots) {
      for (let row = this.#heads[slot] as number; row !== NONE; row = this.#next[row] as number) isKept[row] = 1
    }
    const renamed = new Int32Array(isKept.length).fill(NONE)
    const kept = new Int32Array(this.#alive)
    let count = 0
    for (let row = 0; row < isKept.length; row++) {
      if (isKept[row] !== 1) continue
      renamed[row] = count
      kept[count++] = row
    }
    const moved = (row: number): number => (row === NONE ? NONE : (renamed[row] as number))
    this.#next = kept.map((row) => moved(this.#next[row] as number))
    if (this.#next.length < LEAST_ROWS) this.#next = widened(this.#next, LEAST_ROWS)
    for (const slot of slots) {
      this.#heads[slot] = moved(this.#heads[slot] as number)
      this.#tails[slot] = moved(this.#tails[slot] as number)
    }
    this.#store.retain(this.#store, kept)
  }
}
