/**
 * Sealed entries: for each window (or slice) the entries that were filled between its opening and its sealing, in order
 * of sealing. A window may have several such blocks. Blocks follow each other in pages, and a directory of plain arrays
 * says where, so that a hundred thousand small windows cost their entries and 28 bytes each.
 */
import { widened } from '../../record/gather.ts'
import type { WallTime } from '../window/time.ts'
import { appendEntries, copyEntries, type Entries, entriesBytes, type Layout, makeEntries } from './entries.ts'

/** The first page is small, and each is twice as large as the last, up to this. */
const PAGE_ENTRIES = 1 << 13
const FIRST_PAGE_ENTRIES = 1 << 8
const LEAST_BLOCKS = 64
/** Of one block, in the directory. */
const DIRECTORY_BYTES = 28

/**
 * Blocks as plain arrays, as snapshots and other threads get them. The names are those of checkpoints: entries
 * [offset, offset + length) of a chunk, which is a page.
 */
export type BlocksState = {
  readonly ends: Float64Array
  readonly starts: Float64Array
  readonly chunk: Int32Array
  readonly offset: Int32Array
  readonly length: Int32Array
  readonly chunks: readonly Entries[]
}

export type WindowBounds = { readonly end: WallTime; readonly start: WallTime }

/** Sealed blocks and their directory. */
export class Blocks {
  count = 0
  /** Window of each block: see `GroupStore`. */
  ends: Float64Array = new Float64Array(LEAST_BLOCKS)
  starts: Float64Array = new Float64Array(LEAST_BLOCKS)
  /** The page of each block, and where its entries are there: [first, first + length). */
  page: Int32Array = new Int32Array(LEAST_BLOCKS)
  first: Int32Array = new Int32Array(LEAST_BLOCKS)
  length: Int32Array = new Int32Array(LEAST_BLOCKS)
  pages: Entries[] = []
  entries = 0
  readonly #layout: Layout

  /** Only whole entries are appended, so spare room needs no initial values. */
  readonly #unfilled: Layout

  constructor(layout: Layout) {
    this.#layout = layout
    this.#unfilled = { ...layout, initial: layout.initial.map(() => 0) }
  }

  get bytes(): number {
    return this.pages.reduce((sum, page) => sum + entriesBytes(page), this.ends.length * DIRECTORY_BYTES)
  }

  /** The page that has the entries of a block. */
  pageOf(block: number): Entries {
    return this.pages[this.page[block] as number] as Entries
  }

  /** Appends entries [first, first + length) of `from` as a block of the window. */
  append(window: WindowBounds, from: Entries, first: number, length: number): void {
    let page = this.pages.at(-1)
    if (page === undefined || page.count + length > page.ids.length) page = this.#addPage(page, length)
    const block = this.count++
    if (block === this.ends.length) this.#grow()
    this.ends[block] = window.end
    this.starts[block] = window.start
    this.page[block] = this.pages.length - 1
    this.first[block] = page.count
    this.length[block] = length
    this.entries += length
    appendEntries(page, this.#unfilled, from, first, length)
  }

  /** A function of its own, so that V8 does not compile `append` for arrays that are never empty, and then anew. */
  #addPage(last: Entries | undefined, least: number): Entries {
    const capacity = last === undefined ? FIRST_PAGE_ENTRIES : Math.min(PAGE_ENTRIES, 2 * last.ids.length)
    const page = makeEntries(this.#unfilled, Math.max(capacity, least))
    this.pages.push(page)
    return page
  }

  /** The blocks except those that `drop` names. These blocks must not be used afterwards, only the result. */
  without(drop: (block: number) => boolean): Blocks {
    if (!this.some(drop)) return this
    if (!this.some((block) => !drop(block))) return this.#cleared()
    const kept = new Blocks(this.#layout)
    for (let block = 0; block < this.count; block++) if (!drop(block)) kept.appendFrom(this, block)
    return kept
  }

  /** Appends a block of another. */
  appendFrom(other: Blocks, block: number): void {
    const window = { end: other.ends[block] as number, start: other.starts[block] as number }
    this.append(window, other.pageOf(block), other.first[block] as number, other.length[block] as number)
  }

  /** Keeps the first page unless it is wide: a stream of windows fills and empties it all the time. */
  #cleared(): Blocks {
    this.count = 0
    this.entries = 0
    const [first] = this.pages
    const keeps = first !== undefined && first.ids.length <= PAGE_ENTRIES
    this.pages.length = keeps ? 1 : 0
    if (keeps) {
      first.count = 0
      for (const extra of first.extras) extra.length = 0
    }
    return this
  }

  some(is: (block: number) => boolean): boolean {
    for (let block = 0; block < this.count; block++) if (is(block)) return true
    return false
  }

  /** Takes over the pages of another, whose entries have ids of this one's dictionary. */
  adopt(other: BlocksState): void {
    const before = this.pages.length
    this.pages.push(...other.chunks)
    const at = this.count
    this.count += other.ends.length
    while (this.count > this.ends.length) this.#grow()
    this.ends.set(other.ends, at)
    this.starts.set(other.starts, at)
    this.first.set(other.offset, at)
    this.length.set(other.length, at)
    this.page.set(before === 0 ? other.chunk : other.chunk.map((page) => before + page), at)
    this.entries += other.chunks.reduce((sum, { count }) => sum + count, 0)
  }

  /** Hands over its pages without copying them: they then belong to the caller. */
  take(): BlocksState {
    return {
      ends: this.ends.slice(0, this.count),
      starts: this.starts.slice(0, this.count),
      chunk: this.page.slice(0, this.count),
      offset: this.first.slice(0, this.count),
      length: this.length.slice(0, this.count),
      chunks: this.pages,
    }
  }

  snapshot(): BlocksState {
    return { ...this.take(), chunks: this.pages.map(copyEntries) }
  }

  #grow(): void {
    this.ends = widened(this.ends)
    this.starts = widened(this.starts)
    this.page = widened(this.page)
    this.first = widened(this.first)
    this.length = widened(this.length)
  }
}
