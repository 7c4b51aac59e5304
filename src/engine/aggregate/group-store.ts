/**
 * The groups of all open windows for the rows of one partition: a few hot tables, where rows arrive, and sealed blocks for
 * the windows that no row has touched for a while.
 *
 * A window is named by (end, start): the window's own end and start, or, for a slice of overlapping windows, the end of the
 * first window that counts it and the slice's start.
 *
 * The invariant: which windows are sealed, and when, follows from the rows alone, never from how they were cut into
 * batches, so that sums of doubles are added up in the same order in every run.
 */
import type { EventTime } from '../../base/quantity.ts'
import type { Dictionary } from '../../record/dictionary.ts'
import type { WallTime } from '../window/time.ts'
import { Blocks, type BlocksState } from './blocks.ts'
import { compactBlocks } from './compact.ts'
import type { Accumulator } from './definition.ts'
import { copyEntries, type Entries, type Layout, renameEntries } from './entries.ts'
import { GroupTable } from './group-table.ts'

const HOT_TABLES = 16
/** The hot tables together hold no more entries than this, unless a single one does. */
const HOT_ENTRIES = 1 << 16
/** After this many windows were sealed while rows could still come, the blocks of each window are merged into one. */
const SEALED_TOO_SOON = 1 << 17

type HotState = { readonly end: number; readonly start: number; readonly touched: number; readonly entries: Entries }

type Is = (end: WallTime, start: WallTime) => boolean

export type GroupStoreState = {
  /** The blocks, by the name that checkpoints have for them. */
  readonly segments: BlocksState
  readonly hot: readonly HotState[]
  readonly clock: number
  readonly sealed: number
  readonly compactAt: number
}

export type GroupStoreOptions = {
  readonly layout: Layout
  /** Those whose state lies in the lanes and extras here. */
  readonly accumulators: readonly Accumulator[]
  /** The watermark from which on no row comes for windows that end there; undefined in batch mode: rows may always come. */
  readonly closing: ((end: WallTime) => EventTime) | undefined
  readonly saved: GroupStoreState | undefined
  readonly dictionary: Dictionary
}

/** The groups of one partition's open windows, hot and sealed. */
export class GroupStore {
  readonly dictionary: Dictionary
  blocks: Blocks
  readonly #layout: Layout
  readonly #accumulators: readonly Accumulator[]
  readonly #closing: GroupStoreOptions['closing']
  #sealed = 0
  #compactAt = SEALED_TOO_SOON
  readonly #hot: GroupTable[] = []
  readonly #free: GroupTable[] = []
  #last: GroupTable | undefined
  #clock = 0

  constructor({ layout, accumulators, closing, saved, dictionary }: GroupStoreOptions) {
    this.#layout = layout
    this.#accumulators = accumulators
    this.#closing = closing
    this.blocks = new Blocks(layout)
    this.dictionary = dictionary
    if (saved === undefined) return
    this.blocks.adopt({ ...saved.segments, chunks: saved.segments.chunks.map(copyEntries) })
    this.#clock = saved.clock
    this.#sealed = saved.sealed
    this.#compactAt = saved.compactAt
    for (const { end, start, touched, entries } of saved.hot) {
      const table = new GroupTable(layout)
      table.reset(end, start)
      table.restore(entries)
      table.touched = touched
      this.#hot.push(table)
    }
  }

  get entries(): number {
    let sum = this.blocks.entries
    for (const table of this.#hot) sum += table.entries.count
    return sum
  }

  get bytes(): number {
    const tables = [...this.#hot, ...this.#free]
    return tables.reduce((sum, table) => sum + table.bytes, this.blocks.bytes)
  }

  addWindows(ends: Set<number>): void {
    for (const { end } of this.#hot) ends.add(end)
    for (const end of this.blocks.ends.subarray(0, this.blocks.count)) ends.add(end)
  }

  /** The hot table for a window's rows, given the watermark before them; valid until the next call. */
  open(end: WallTime, start: WallTime, watermark: EventTime): GroupTable {
    const last = this.#last
    if (last !== undefined && last.end === end && last.start === start) return last
    this.#clock++
    for (const table of this.#hot) {
      if (table.end === end && table.start === start) return this.#touch(table)
    }
    this.#makeRoom(watermark)
    const table = this.#free.pop() ?? new GroupTable(this.#layout)
    table.reset(end, start)
    this.#hot.push(table)
    return this.#touch(table)
  }

  /** The least value of a function over all windows here; Infinity where there is none. */
  least(of: (end: WallTime, start: WallTime) => number): number {
    const { count, ends, starts } = this.blocks
    let least = Infinity
    for (const { end, start } of this.#hot) least = Math.min(least, of(end, start))
    for (let block = 0; block < count; block++) {
      least = Math.min(least, of(ends[block] as number, starts[block] as number))
    }
    return least
  }

  some(is: Is): boolean {
    const { blocks } = this
    if (this.#hot.some(({ end, start }) => is(end, start))) return true
    return blocks.some((block) => is(blocks.ends[block] as number, blocks.starts[block] as number))
  }

  /** Seals the hot tables of windows that are due, in order of their opening. */
  seal(due: Is): void {
    const hot = this.#hot
    let kept = 0
    for (const table of hot) {
      if (due(table.end, table.start)) this.#store(table)
      else hot[kept++] = table
    }
    hot.length = kept
  }

  /** Removes the blocks of windows that are due. */
  drop(due: Is): void {
    const { ends, starts } = this.blocks
    this.blocks = this.blocks.without((block) => due(ends[block] as number, starts[block] as number))
  }

  /** Seals everything and hands it over; the store is then empty. */
  take(): BlocksState {
    this.seal(() => true)
    const taken = this.blocks.take()
    this.blocks = new Blocks(this.#layout)
    this.#sealed = 0
    this.#compactAt = SEALED_TOO_SOON
    return taken
  }

  /** Marks the ids in use. */
  mark(used: Uint8Array): void {
    const markAll = ({ ids, count }: Entries) => {
      for (let entry = 0; entry < count; entry++) used[ids[entry] as number] = 1
    }
    for (const { entries } of this.#hot) markAll(entries)
    this.blocks.pages.forEach(markAll)
  }

  /** Replaces each id by `renamed[id]`. */
  rename(renamed: Int32Array): void {
    for (const table of this.#hot) table.rename(renamed)
    for (const page of this.blocks.pages) renameEntries(page, renamed)
  }

  snapshot(): GroupStoreState {
    return {
      segments: this.blocks.snapshot(),
      hot: this.#hot.map(({ end, start, touched, entries }) => ({
        end,
        start,
        touched,
        entries: copyEntries(entries),
      })),
      clock: this.#clock,
      sealed: this.#sealed,
      compactAt: this.#compactAt,
    }
  }

  #touch(table: GroupTable): GroupTable {
    table.touched = this.#clock
    this.#last = table
    return table
  }

  /**
   * If the store is full, seals the closed windows, and then, while it is still full, those touched least recently. Closed
   * windows are emitted sooner or later depending on the batches, so they must not influence which others are sealed.
   */
  #makeRoom(watermark: EventTime): void {
    const closing = this.#closing
    if (!this.#isFull()) return
    if (closing !== undefined) this.seal((end) => watermark >= closing(end))
    while (this.#isFull()) {
      let oldest = 0
      for (let i = 1; i < this.#hot.length; i++) {
        if ((this.#hot[i] as GroupTable).touched < (this.#hot[oldest] as GroupTable).touched) oldest = i
      }
      this.#store(this.#takeHot(oldest))
      this.#sealed++
      if (this.#sealed >= this.#compactAt) this.#compact()
    }
  }

  /** Removes a table. `splice` makes an array of the removed elements and would cost more than all the rest here. */
  #takeHot(index: number): GroupTable {
    const hot = this.#hot
    const table = hot[index] as GroupTable
    for (let i = index + 1; i < hot.length; i++) hot[i - 1] = hot[i] as GroupTable
    hot.length--
    return table
  }

  #isFull(): boolean {
    if (this.#hot.length >= HOT_TABLES) return true
    let sum = 0
    for (const table of this.#hot) sum += table.entries.count
    return sum > HOT_ENTRIES
  }

  #compact(): void {
    this.blocks = compactBlocks(this.blocks, this.#layout, this.#accumulators)
    this.#sealed = 0
    // In batch mode no window leaves before the end, so the number of blocks follows from the rows alone.
    if (this.#closing === undefined) this.#compactAt = Math.max(SEALED_TOO_SOON, this.blocks.count)
  }

  #store(table: GroupTable): void {
    this.blocks.append(table, table.entries, 0, table.entries.count)
    if (this.#last === table) this.#last = undefined
    if (this.#free.length < HOT_TABLES && !table.isWide) this.#free.push(table)
  }
}
