/**
 * The groups of one window (or slice of one) that is being filled: from the id of a key to its entry, by open addressing
 * over a table no larger than the window needs, so that a minute of ten rows costs ten rows' work.
 */
import { clearEntries, type Entries, entriesBytes, growEntries, type Layout, makeEntries } from './entries.ts'

const LEAST_SLOTS = 32
/** Wider arrays are not kept for another window. */
const KEPT_ENTRIES = 1 << 12

export class GroupTable {
  /** The window: see `SliceStore`. Never a small integer, so that V8 does not compile for one first and then anew. */
  end: number = Number.NaN
  start: number = Number.NaN
  /** When it was last looked for, on the store's count of such times. */
  touched = 0
  entries: Entries
  readonly #layout: Layout
  /** Pairs (id, entry); id -1 is free. Only the first `#slots` pairs are in use. */
  #table: Int32Array = new Int32Array(LEAST_SLOTS * 2).fill(-1)
  #slots: number = LEAST_SLOTS

  constructor(layout: Layout) {
    this.#layout = layout
    this.entries = makeEntries(layout, LEAST_SLOTS)
  }

  get bytes(): number {
    return entriesBytes(this.entries) + this.#table.byteLength
  }

  /** Whether its arrays are to be given back when the window is done. */
  get isWide(): boolean {
    return this.entries.ids.length > KEPT_ENTRIES
  }

  /** Empties it for another window. */
  reset(end: number, start: number): void {
    this.end = end
    this.start = start
    clearEntries(this.entries, this.#layout)
    this.#table.fill(-1, 0, this.#slots * 2)
    this.#slots = LEAST_SLOTS
  }

  /** The entries of ids [from, to), added where they are new, as `slots` [at, …); a negative id has entry -1. */
  slotsOf(ids: Int32Array, from: number, to: number, slots: Int32Array, at: number): void {
    for (let row = from; row < to; row++, at++) {
      const id = ids[row] as number
      slots[at] = id < 0 ? -1 : this.slotOf(id)
    }
  }

  slotOf(id: number): number {
    const table = this.#table
    const mask = this.#slots - 1
    let slot = (Math.imul(id, 0x9e3779b1) >>> 8) & mask
    for (;;) {
      const known = table[slot << 1] as number
      if (known === id) return table[(slot << 1) + 1] as number
      if (known < 0) break
      slot = (slot + 1) & mask
    }
    const { entries } = this
    const entry = entries.count
    if (entry === entries.ids.length) growEntries(entries, this.#layout, entry + 1)
    entries.count = entry + 1
    entries.ids[entry] = id
    table[slot << 1] = id
    table[(slot << 1) + 1] = entry
    if (entries.count * 2 > mask) this.#widen()
    return entry
  }

  /** Puts other ids in the place of those there are. */
  rename(renamed: Int32Array): void {
    const { ids, count } = this.entries
    for (let entry = 0; entry < count; entry++) ids[entry] = renamed[ids[entry] as number] as number
    this.#index()
  }

  restore(entries: Entries): void {
    growEntries(this.entries, this.#layout, entries.count)
    this.entries.ids.set(entries.ids.subarray(0, entries.count))
    entries.lanes.forEach((lane, index) => {
      ;(this.entries.lanes[index] as Float64Array).set(lane.subarray(0, entries.count))
    })
    entries.extras.forEach((extra, index) => {
      this.entries.extras[index] = extra.slice()
    })
    this.entries.count = entries.count
    while (entries.count * 2 >= this.#slots) this.#slots *= 2
    this.#index()
  }

  #widen(): void {
    this.#slots *= 2
    this.#index()
  }

  #index(): void {
    const size = this.#slots * 2
    if (this.#table.length < size) this.#table = new Int32Array(size)
    const table = this.#table.fill(-1, 0, size)
    const mask = this.#slots - 1
    const { ids, count } = this.entries
    for (let entry = 0; entry < count; entry++) {
      const id = ids[entry] as number
      let slot = (Math.imul(id, 0x9e3779b1) >>> 8) & mask
      while ((table[slot << 1] as number) >= 0) slot = (slot + 1) & mask
      table[slot << 1] = id
      table[(slot << 1) + 1] = entry
    }
  }
}
