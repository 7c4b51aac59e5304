/**
 * Aggregates over frames that move along rows: rows are pushed at their end and popped at their beginning, and the result of
 * what is between is asked for at any time. There are many frames, one for each owner (a partition of OVER), over the same
 * list of rows; a row is known by its slot, in the order of all.
 *
 * Nothing is ever subtracted, as doubles would drift: a frame is two stacks. The front has, for each of its rows, the aggregate
 * from this row to the border; the back has one aggregate of all rows from the border on. A pop takes a row off the front; if
 * that is empty, the border moves to the end, and the front is made anew from the rows. So each row is added three times.
 *
 * Where sums of doubles are asked for, a frame of up to `ADDED_UP` rows is added up from its first row to its last, as Flink
 * does in batch mode, to the same last digit.
 *
 * The result depends only on the pushes, pops and results of the owner in their order.
 */

import type { Batch } from '../../record/column.ts'
import { widened } from '../../record/gather.ts'
import {
  appendEntries,
  clearEntries,
  copyEntries,
  type Entries,
  entriesBytes,
  growEntries,
  makeEntries,
} from '../aggregate/entries.ts'
import { copyEntry, keptOf, pickedEntries, resetEntry } from './entry.ts'
import type { FramesState } from './frames-state.ts'
import { accumulateRows, type OverSpec } from './spec.ts'

/** Rows up to which a frame is added up anew for each result. */
const ADDED_UP = 64
/** Rows that are in no frame any more are removed when they outnumber both the others and this. */
const SPARE_ROWS = 1 << 12

/** The border where the back is empty, and where there are no stacks, as the frame was added up last time. */
const AT_END = -1
const NO_STACKS = -2
const NONE = -1

/** The frames of all owners. */
export class Frames {
  readonly #spec: OverSpec
  /** The most rows that are added up. */
  readonly #addedUp: number
  /** Of each slot: the time of its row, its owner, the next row of the owner, and whether it is in a frame. */
  times: Float64Array = new Float64Array(0)
  #owners = new Int32Array(0)
  #next = new Int32Array(0)
  #alive = new Uint8Array(0)
  #dead = 0
  /** Of each slot: the aggregates of its row alone; those of the front from it to the border. */
  #rows: Entries
  #fronts: Entries
  /** Of each owner: the first and last row, the first row of the back, and the number of rows. */
  #heads = new Int32Array(0)
  #tails = new Int32Array(0)
  #borders = new Int32Array(0)
  counts: Int32Array = new Int32Array(0)
  #backs: Entries
  #chain = new Int32Array(16)
  #slots = new Int32Array(0)
  readonly #one = new Int32Array(1)

  constructor(spec: OverSpec, saved: FramesState | undefined) {
    this.#spec = spec
    this.#addedUp = spec.exact ? 1 : ADDED_UP
    const empty = () => makeEntries(spec.layout, 0)
    this.#rows = saved === undefined ? empty() : copyEntries(saved.rows)
    this.#fronts = saved === undefined ? empty() : copyEntries(saved.fronts)
    this.#backs = saved === undefined ? empty() : copyEntries(saved.backs)
    if (saved === undefined) return
    this.times = saved.times.slice()
    this.#owners = saved.owners.slice()
    this.#next = saved.next.slice()
    this.#alive = new Uint8Array(saved.times.length).fill(1)
    this.#heads = saved.heads.slice()
    this.#tails = saved.tails.slice()
    this.#borders = saved.borders.slice()
    this.counts = saved.counts.slice()
  }

  /** The number of slots. */
  get size(): number {
    return this.#rows.count
  }

  get bytes(): number {
    const slots = this.times.length * 17
    const owners = this.#heads.length * 16
    return slots + owners + entriesBytes(this.#rows) + entriesBytes(this.#fronts) + entriesBytes(this.#backs)
  }

  /** The first row of an owner; -1: there is none. */
  headOf(owner: number): number {
    return this.#heads[owner] as number
  }

  ownerOf(slot: number): number {
    return this.#owners[slot] as number
  }

  /** Makes room for owners [0, count). */
  reserveOwners(count: number): void {
    const known = this.#backs.count
    if (count <= known) return
    const before = this.#heads.length
    if (count > before) {
      this.#heads = widened(this.#heads, count).fill(NONE, before)
      this.#tails = widened(this.#tails, count).fill(NONE, before)
      this.#borders = widened(this.#borders, count).fill(NO_STACKS, before)
      this.counts = widened(this.counts, count)
    }
    growEntries(this.#backs, this.#spec.layout, count)
    this.#backs.count = count
  }

  /** Begins anew, with owners [0, count) and no rows. */
  clear(count: number): void {
    const { layout } = this.#spec
    for (const entries of [this.#rows, this.#fronts, this.#backs]) clearEntries(entries, layout)
    this.#alive.fill(0)
    this.#dead = 0
    for (const slots of [this.#heads, this.#tails]) slots.fill(NONE)
    this.#borders.fill(NO_STACKS)
    this.counts.fill(0)
    this.reserveOwners(count)
  }

  /** Gives the rows of a batch slots, the first of which is returned; they are in no frame yet. */
  add(batch: Batch): number {
    const first = this.size
    const { count } = batch
    const size = first + count
    if (size > this.times.length) {
      this.times = widened(this.times, size)
      this.#owners = widened(this.#owners, size)
      this.#next = widened(this.#next, size)
      const alive = new Uint8Array(this.times.length)
      alive.set(this.#alive)
      this.#alive = alive
    }
    const { layout } = this.#spec
    growEntries(this.#rows, layout, size)
    growEntries(this.#fronts, layout, size)
    this.#rows.count = size
    this.#fronts.count = size
    if (this.#slots.length < count) this.#slots = new Int32Array(count)
    for (let row = 0; row < count; row++) this.#slots[row] = first + row
    accumulateRows(this.#spec, this.#rows, batch, { entryOf: this.#slots, from: 0, to: count })
    this.#dead += count
    return first
  }

  /** Puts a row at the end of the owner's frame. */
  push(owner: number, slot: number, time: number): void {
    this.times[slot] = time
    this.#owners[slot] = owner
    this.#next[slot] = NONE
    this.#alive[slot] = 1
    this.#dead--
    const tail = this.#tails[owner] as number
    if (tail === NONE) this.#heads[owner] = slot
    else this.#next[tail] = slot
    this.#tails[owner] = slot
    this.counts[owner] = (this.counts[owner] as number) + 1
    const border = this.#borders[owner] as number
    if (border === NO_STACKS) return
    if (border === AT_END) this.#borders[owner] = slot
    this.#merge(this.#backs, owner, this.#rows, slot)
  }

  /** Takes the first row off the owner's frame, which has one. */
  pop(owner: number): void {
    const head = this.#heads[owner] as number
    if (this.#borders[owner] === head) this.#turn(owner)
    this.#alive[head] = 0
    this.#dead++
    this.#heads[owner] = this.#next[head] as number
    const count = (this.counts[owner] as number) - 1
    this.counts[owner] = count
    if (count > 0) return
    this.#tails[owner] = NONE
    this.#forgetStacks(owner)
  }

  /** Appends the aggregates of the owner's frame to `out`. */
  result(owner: number, out: Entries): void {
    const { layout } = this.#spec
    const at = out.count
    if ((this.counts[owner] as number) <= this.#addedUp) {
      if (this.#borders[owner] !== NO_STACKS) this.#forgetStacks(owner)
      growEntries(out, layout, at + 1)
      out.count = at + 1
      for (let slot = this.#heads[owner] as number; slot !== NONE; slot = this.#next[slot] as number) {
        this.#merge(out, at, this.#rows, slot)
      }
      return
    }
    if (this.#borders[owner] === NO_STACKS) this.#turn(owner)
    const head = this.#heads[owner] as number
    const border = this.#borders[owner] as number
    if (head === border) appendEntries(out, layout, this.#backs, owner, 1)
    else {
      appendEntries(out, layout, this.#fronts, head, 1)
      if (border !== AT_END) this.#merge(out, at, this.#backs, owner)
    }
  }

  /** Makes the front of all rows of the owner. */
  #turn(owner: number): void {
    let length = 0
    for (let slot = this.#heads[owner] as number; slot !== NONE; slot = this.#next[slot] as number) {
      if (length === this.#chain.length) this.#chain = widened(this.#chain)
      this.#chain[length++] = slot
    }
    for (let index = length - 1; index >= 0; index--) {
      const slot = this.#chain[index] as number
      copyEntry(this.#fronts, slot, this.#rows, slot)
      if (index + 1 < length) this.#merge(this.#fronts, slot, this.#fronts, this.#chain[index + 1] as number)
    }
    this.#forgetStacks(owner)
    this.#borders[owner] = AT_END
  }

  #forgetStacks(owner: number): void {
    this.#borders[owner] = NO_STACKS
    resetEntry(this.#backs, this.#spec.layout, owner)
  }

  #merge(into: Entries, at: number, from: Entries, entry: number): void {
    this.#one[0] = at
    const { calls } = this.#spec
    for (let index = 0; index < calls.length; index++) {
      ;(calls[index] as OverSpec['calls'][number]).accumulator.merge(into, this.#one, from, entry, 1)
    }
  }

  /** Removes the rows that are in no frame, if they are many. Returns whether slots have changed. */
  tidy(): boolean {
    if (this.#dead <= SPARE_ROWS || this.#dead * 2 <= this.size) return false
    this.compact()
    return true
  }

  /** Removes the rows that are in no frame. The others keep their order and get new slots. */
  compact(): void {
    if (this.#dead === 0) return
    const { size } = this
    const { kept, renamed } = keptOf(this.#alive, size)
    this.#rows = pickedEntries(this.#rows, this.#spec.layout, kept)
    this.#fronts = pickedEntries(this.#fronts, this.#spec.layout, kept)
    this.times = Float64Array.from(kept, (slot) => this.times[slot] as number)
    this.#owners = kept.map((slot) => this.#owners[slot] as number)
    const moved = (slot: number) => (slot < 0 ? slot : (renamed[slot] as number))
    this.#next = kept.map((slot) => moved(this.#next[slot] as number))
    this.#alive = new Uint8Array(kept.length).fill(1)
    for (const slots of [this.#heads, this.#tails, this.#borders]) {
      for (let owner = 0; owner < slots.length; owner++) slots[owner] = moved(slots[owner] as number)
    }
    this.#dead = 0
  }

  /** Gives owners other numbers, in the same order; -1: an owner without rows that is forgotten. */
  rename(renamed: Int32Array): void {
    const kept = Int32Array.from(renamed.keys()).filter((owner) => (renamed[owner] as number) >= 0)
    const pick = (of: Int32Array) => kept.map((owner) => of[owner] as number)
    this.#heads = pick(this.#heads)
    this.#tails = pick(this.#tails)
    this.#borders = pick(this.#borders)
    this.counts = pick(this.counts)
    this.#backs = pickedEntries(this.#backs, this.#spec.layout, kept)
    for (let slot = 0; slot < this.size; slot++) {
      if (this.#alive[slot] === 1) this.#owners[slot] = renamed[this.#owners[slot] as number] as number
    }
  }

  /** The rows that are in frames, after `compact`. */
  snapshot(): FramesState {
    const { size } = this
    const owners = this.#backs.count
    return {
      times: this.times.slice(0, size),
      owners: this.#owners.slice(0, size),
      next: this.#next.slice(0, size),
      rows: copyEntries(this.#rows),
      fronts: copyEntries(this.#fronts),
      heads: this.#heads.slice(0, owners),
      tails: this.#tails.slice(0, owners),
      borders: this.#borders.slice(0, owners),
      counts: this.counts.slice(0, owners),
      backs: copyEntries(this.#backs),
    }
  }
}
