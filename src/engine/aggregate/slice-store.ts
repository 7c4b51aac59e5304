/**
 * The groups of all open windows for the rows of one partition: a few hot tables, where rows arrive, and sealed segments
 * for the windows that no row has touched for a while.
 *
 * What a window is called here, (end, start), is two numbers that the aggregate chose: the window's own end and start, or
 * for a slice of overlapping windows the end of the first window that counts it and the slice's start.
 *
 * The invariant: what is sealed, and when, follows from the rows alone, never from how they were cut into batches, so that
 * sums of doubles are added up in the same order in every run.
 */
import type { Dictionary } from '../../record/dictionary.ts'
import { compactSegments, type MergeEntries } from './compact.ts'
import { copyEntries, type Entries, type Layout } from './entries.ts'
import { GroupTable } from './group-table.ts'
import { Segments, type SegmentsState } from './segments.ts'

const HOT_TABLES = 16
/** The hot tables hold no more entries than this together, unless one alone does. */
const HOT_ENTRIES = 1 << 16
/** After this many windows were sealed while rows could still come, their segments are brought together. */
const SEALED_TOO_SOON = 1 << 17

type HotState = { readonly end: number; readonly start: number; readonly touched: number; readonly entries: Entries }

export type SliceStoreState = {
  readonly segments: SegmentsState
  readonly hot: readonly HotState[]
  readonly clock: number
  readonly sealed: number
  readonly compactAt: number
}

export type SliceStoreOptions = {
  readonly layout: Layout
  readonly merge: MergeEntries
  /** The watermark after which no row comes for what ends there; undefined in batch mode, where rows may always come. */
  readonly closing: ((end: number) => number) | undefined
  readonly saved: SliceStoreState | undefined
  readonly dictionary: Dictionary
}

export class SliceStore {
  readonly dictionary: Dictionary
  readonly segments: Segments
  readonly #layout: Layout
  readonly #merge: MergeEntries
  readonly #closing: SliceStoreOptions['closing']
  #sealed = 0
  #compactAt = SEALED_TOO_SOON
  readonly #hot: GroupTable[] = []
  readonly #free: GroupTable[] = []
  #last: GroupTable | undefined
  #clock = 0

  constructor({ layout, merge, closing, saved, dictionary }: SliceStoreOptions) {
    this.#layout = layout
    this.#merge = merge
    this.#closing = closing
    this.segments = new Segments(layout)
    this.dictionary = dictionary
    if (saved === undefined) return
    this.segments.adopt({ ...saved.segments, chunks: saved.segments.chunks.map(copyEntries) })
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
    let sum = this.segments.entries
    for (const table of this.#hot) sum += table.entries.count
    return sum
  }

  get bytes(): number {
    const tables = [...this.#hot, ...this.#free]
    return tables.reduce((sum, table) => sum + table.bytes, this.segments.bytes)
  }

  addWindows(ends: Set<number>): void {
    for (const { end } of this.#hot) ends.add(end)
    for (const end of this.segments.ends.subarray(0, this.segments.count)) ends.add(end)
  }

  /** The table for a window's rows, given the watermark before them; valid until the next call. */
  open(end: number, start: number, watermark: number): GroupTable {
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

  /** The least of what a function says of each window here; Infinity where there is none. */
  least(of: (end: number, start: number) => number): number {
    const { count, ends, starts } = this.segments
    let least = Infinity
    for (const { end, start } of this.#hot) least = Math.min(least, of(end, start))
    for (let segment = 0; segment < count; segment++) {
      least = Math.min(least, of(ends[segment] as number, starts[segment] as number))
    }
    return least
  }

  some(is: (end: number, start: number) => boolean): boolean {
    const { segments } = this
    if (this.#hot.some(({ end, start }) => is(end, start))) return true
    return segments.some((segment) => is(segments.ends[segment] as number, segments.starts[segment] as number))
  }

  /** Seals the hot tables that `due` names, in order of their opening. */
  seal(due: (end: number, start: number) => boolean): void {
    const hot = this.#hot
    let kept = 0
    for (const table of hot) {
      if (due(table.end, table.start)) this.#store(table)
      else hot[kept++] = table
    }
    hot.length = kept
  }

  /** Seals all, hands it over and is as new. */
  take(): SegmentsState {
    this.seal(() => true)
    const taken = this.segments.take()
    this.segments.become(new Segments(this.#layout))
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
    for (const chunk of this.segments.chunks) markAll(chunk)
  }

  /** Puts other ids in the place of those there are. */
  rename(renamed: Int32Array): void {
    for (const table of this.#hot) table.rename(renamed)
    for (const { ids, count } of this.segments.chunks) {
      for (let entry = 0; entry < count; entry++) ids[entry] = renamed[ids[entry] as number] as number
    }
  }

  snapshot(): SliceStoreState {
    return {
      segments: this.segments.snapshot(),
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
   * Seals what is closed if there is too much, and then what was touched least recently. Emission takes closed windows
   * away sooner or later, depending on the batches, so they must not count for which of the others are sealed.
   */
  #makeRoom(watermark: number): void {
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

  /** As `splice` does, which makes an array for what it removes and costs more than all else here. */
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
    this.segments.become(compactSegments(this.segments, this.#layout, this.#merge))
    this.#sealed = 0
    // In batch mode nothing is ever taken away, so that the number left follows from the rows alone.
    if (this.#closing === undefined) this.#compactAt = Math.max(SEALED_TOO_SOON, this.segments.count)
  }

  #store(table: GroupTable): void {
    this.segments.append(table.end, table.start, table.entries, 0, table.entries.count)
    if (this.#last === table) this.#last = undefined
    if (this.#free.length < HOT_TABLES && !table.isWide) this.#free.push(table)
  }
}
