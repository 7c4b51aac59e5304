/**
 * Sealed entries: for each window (or slice of one) the entries that were filled between its opening and its sealing, in
 * order of sealing. A window may have several segments. Entries lie in chunks, and a directory of plain arrays says
 * where, so that a hundred thousand small windows cost their entries and 28 bytes each.
 */
import { appendEntries, copyEntries, type Entries, entriesBytes, type Layout, makeEntries } from './entries.ts'

/** Chunks begin small and each is twice as large as the last, up to this. */
const CHUNK_ENTRIES = 1 << 13
const FIRST_CHUNK_ENTRIES = 1 << 8
const LEAST_SEGMENTS = 64
/** Of one segment, in the directory. */
const DIRECTORY_BYTES = 28

export type SegmentsState = {
  readonly ends: Float64Array
  readonly starts: Float64Array
  readonly chunk: Int32Array
  readonly offset: Int32Array
  readonly length: Int32Array
  readonly chunks: readonly Entries[]
}

export class Segments {
  count = 0
  /** Window of each segment: see `SliceStore`. */
  ends: Float64Array = new Float64Array(LEAST_SEGMENTS)
  starts: Float64Array = new Float64Array(LEAST_SEGMENTS)
  /** Where its entries are: [offset, offset + length) of a chunk. */
  chunk: Int32Array = new Int32Array(LEAST_SEGMENTS)
  offset: Int32Array = new Int32Array(LEAST_SEGMENTS)
  length: Int32Array = new Int32Array(LEAST_SEGMENTS)
  chunks: Entries[] = []
  entries = 0
  readonly #layout: Layout

  /** Entries are only ever appended whole, so room for more needs no initial values. */
  readonly #unfilled: Layout

  constructor(layout: Layout) {
    this.#layout = layout
    this.#unfilled = { ...layout, initial: layout.initial.map(() => 0) }
  }

  get bytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + entriesBytes(chunk), this.ends.length * DIRECTORY_BYTES)
  }

  append(end: number, start: number, from: Entries, offset: number, length: number): void {
    let chunk = this.chunks.at(-1)
    if (chunk === undefined || chunk.count + length > chunk.ids.length) chunk = this.#addChunk(chunk, length)
    this.#note(end, start, this.chunks.length - 1, chunk.count, length)
    appendEntries(chunk, this.#unfilled, from, offset, length)
  }

  /** On its own, as what V8 compiles of `append` would otherwise be for arrays that are never empty. */
  #addChunk(last: Entries | undefined, least: number): Entries {
    const capacity = last === undefined ? FIRST_CHUNK_ENTRIES : Math.min(CHUNK_ENTRIES, 2 * last.ids.length)
    const chunk = makeEntries(this.#unfilled, Math.max(capacity, least))
    this.chunks.push(chunk)
    return chunk
  }

  /** Forgets all segments but those that `keep` wants. */
  retain(keep: (segment: number) => boolean): void {
    if (!this.some((segment) => !keep(segment))) return
    if (!this.some(keep)) {
      this.#clear()
      return
    }
    const kept = new Segments(this.#layout)
    for (let segment = 0; segment < this.count; segment++) {
      if (!keep(segment)) continue
      const chunk = this.chunks[this.chunk[segment] as number] as Entries
      const offset = this.offset[segment] as number
      kept.append(
        this.ends[segment] as number,
        this.starts[segment] as number,
        chunk,
        offset,
        this.length[segment] as number,
      )
    }
    this.become(kept)
  }

  /** The first chunk is used again, if it is not wide: it is what a stream of windows fills and empties all the time. */
  #clear(): void {
    this.count = 0
    this.entries = 0
    const [first] = this.chunks
    const keeps = first !== undefined && first.ids.length <= CHUNK_ENTRIES
    this.chunks.length = keeps ? 1 : 0
    if (!keeps) return
    first.count = 0
    for (const extra of first.extras) extra.length = 0
  }

  /** Takes the place of its own segments by those of another, which is then not to be used. */
  become(kept: Segments): void {
    this.count = kept.count
    this.ends = kept.ends
    this.starts = kept.starts
    this.chunk = kept.chunk
    this.offset = kept.offset
    this.length = kept.length
    this.chunks = kept.chunks
    this.entries = kept.entries
  }

  some(is: (segment: number) => boolean): boolean {
    for (let segment = 0; segment < this.count; segment++) if (is(segment)) return true
    return false
  }

  /** Takes over the chunks of another, whose entries have ids of this one's dictionary. */
  adopt(other: SegmentsState): void {
    const before = this.chunks.length
    this.chunks.push(...other.chunks)
    const at = this.count
    this.count += other.ends.length
    while (this.count > this.ends.length) this.#grow()
    this.ends.set(other.ends, at)
    this.starts.set(other.starts, at)
    this.offset.set(other.offset, at)
    this.length.set(other.length, at)
    this.chunk.set(before === 0 ? other.chunk : other.chunk.map((chunk) => before + chunk), at)
    this.entries += other.chunks.reduce((sum, { count }) => sum + count, 0)
  }

  /** Without copies: whoever takes it takes over. */
  take(): SegmentsState {
    return {
      ends: this.ends.slice(0, this.count),
      starts: this.starts.slice(0, this.count),
      chunk: this.chunk.slice(0, this.count),
      offset: this.offset.slice(0, this.count),
      length: this.length.slice(0, this.count),
      chunks: this.chunks,
    }
  }

  snapshot(): SegmentsState {
    return { ...this.take(), chunks: this.chunks.map(copyEntries) }
  }

  #note(end: number, start: number, chunk: number, offset: number, length: number): void {
    const at = this.count++
    if (at === this.ends.length) this.#grow()
    this.ends[at] = end
    this.starts[at] = start
    this.chunk[at] = chunk
    this.offset[at] = offset
    this.length[at] = length
    this.entries += length
  }

  #grow(): void {
    const size = this.ends.length * 2
    const wider = <T extends Float64Array | Int32Array>(to: T, from: T): T => {
      to.set(from)
      return to
    }
    this.ends = wider(new Float64Array(size), this.ends)
    this.starts = wider(new Float64Array(size), this.starts)
    this.chunk = wider(new Int32Array(size), this.chunk)
    this.offset = wider(new Int32Array(size), this.offset)
    this.length = wider(new Int32Array(size), this.length)
  }
}
