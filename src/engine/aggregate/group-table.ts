/**
 * The groups of one window (or slice) that is being filled. An open-addressing table leads from the id of a key to its
 * entry; it is no larger than the window needs, so a minute of ten rows costs the work of ten rows.
 */
import type { WallTime } from '../window/time.ts'
import {
  appendEntries,
  clearEntries,
  type Entries,
  entriesBytes,
  growEntries,
  type Layout,
  makeEntries,
  renameEntries,
} from './entries.ts'

const LEAST_SLOTS = 32
/** A table with room for more entries is not used for another window. */
const KEPT_ENTRIES = 1 << 12

/** A hot window: its groups, and where the entry of each id is. */
export class GroupTable {
  /** The window: see `GroupStore`. Never a small integer, so that V8 does not compile for one first and then anew. */
  end: WallTime = Number.NaN
  start: WallTime = Number.NaN
  /** When it was last asked for, by the store's own clock. */
  touched = 0
  entries: Entries
  readonly #layout: Layout
  /** Slots, each a pair (id, entry); a free one has id -1. Only the first `#slots` are in use. */
  #table: Int32Array = new Int32Array(LEAST_SLOTS * 2).fill(-1)
  #slots: number = LEAST_SLOTS

  constructor(layout: Layout) {
    this.#layout = layout
    this.entries = makeEntries(layout, LEAST_SLOTS)
  }

  get bytes(): number {
    return entriesBytes(this.entries) + this.#table.byteLength
  }

  /** Whether its arrays are too large to keep them for another window. */
  get isWide(): boolean {
    return this.entries.ids.length > KEPT_ENTRIES
  }

  /** Empties the table for another window. */
  reset(end: WallTime, start: WallTime): void {
    this.end = end
    this.start = start
    clearEntries(this.entries, this.#layout)
    this.#table.fill(-1, 0, this.#slots * 2)
    this.#slots = LEAST_SLOTS
  }

  /** Puts the entries of ids [from, to) into `entryOf` from `at` on. New ids are added; a negative id has entry -1. */
  findEntries(ids: Int32Array, from: number, to: number, entryOf: Int32Array, at: number): void {
    for (let row = from; row < to; row++, at++) {
      const id = ids[row] as number
      entryOf[at] = id < 0 ? -1 : this.entryOf(id)
    }
  }

  /** The entry of an id, added if it is new. */
  entryOf(id: number): number {
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
    if (entries.count * 2 > mask) {
      this.#slots *= 2
      this.#index()
    }
    return entry
  }

  /** Replaces each id by `renamed[id]`. */
  rename(renamed: Int32Array): void {
    renameEntries(this.entries, renamed)
    this.#index()
  }

  /** Fills an empty table with saved entries. */
  restore(entries: Entries): void {
    appendEntries(this.entries, this.#layout, entries, 0, entries.count)
    while (entries.count * 2 >= this.#slots) this.#slots *= 2
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
