/**
 * Rows with eight bytes each, the prefix by which they sort: two unsigned words of 32 bits. They are sorted by radix sort,
 * byte after byte from the last to the first.
 */

const BYTES = 8
/** Up to this many rows, insertion sort is faster. */
const FEW = 64

/** Rows and their prefixes, with room for a second copy, which sorting needs. */
export class Prefixes {
  rows: Int32Array = new Int32Array(0)
  high: Uint32Array = new Uint32Array(0)
  low: Uint32Array = new Uint32Array(0)
  #otherRows: Int32Array = new Int32Array(0)
  #otherHigh: Uint32Array = new Uint32Array(0)
  #otherLow: Uint32Array = new Uint32Array(0)

  /** Replaces the rows; the prefixes are then to be set. */
  begin(rows: Int32Array): void {
    if (rows.length > this.rows.length) {
      const capacity = Math.max(rows.length, 2 * this.rows.length)
      this.rows = new Int32Array(capacity)
      this.high = new Uint32Array(capacity)
      this.low = new Uint32Array(capacity)
      this.#otherRows = new Int32Array(capacity)
      this.#otherHigh = new Uint32Array(capacity)
      this.#otherLow = new Uint32Array(capacity)
    }
    this.rows.set(rows)
  }

  /** Reverses the order of the prefixes of rows [from, to). */
  invert(from: number, to: number): void {
    const { high, low } = this
    for (let i = from; i < to; i++) {
      high[i] = ~(high[i] as number)
      low[i] = ~(low[i] as number)
    }
  }

  /** Moves the marked ones of rows [from, to) before or behind the others, and returns their number; else the order stays. */
  moveMarked(marks: Uint8Array, from: number, to: number, first: boolean): number {
    const { rows } = this
    const moved = this.#otherRows
    let marked = 0
    for (let i = from; i < to; i++) marked += marks[rows[i] as number] as number
    let markedAt = first ? from : to - marked
    let at = first ? from + marked : from
    for (let i = from; i < to; i++) {
      const row = rows[i] as number
      if (marks[row] === 1) moved[markedAt++] = row
      else moved[at++] = row
    }
    rows.set(moved.subarray(from, to), from)
    return marked
  }

  /** Sorts rows [from, to) by their prefixes; equal ones stay in order. */
  sort(from: number, to: number): void {
    if (to - from <= FEW) {
      this.#insert(from, to)
      return
    }
    const { rows, high, low } = this
    let source: Words = { rows, high, low }
    let target: Words = { rows: this.#otherRows, high: this.#otherHigh, low: this.#otherLow }
    const differing = [different(low, from, to), different(high, from, to)]
    for (let byte = 0; byte < BYTES; byte++) {
      if ((((differing[byte >> 2] as number) >>> (8 * (byte & 3))) & 255) === 0) continue
      scatter(source, target, byte, [from, to])
      ;[source, target] = [target, source]
    }
    if (source.rows === rows) return
    rows.set(source.rows.subarray(from, to), from)
    high.set(source.high.subarray(from, to), from)
    low.set(source.low.subarray(from, to), from)
  }

  #insert(from: number, to: number): void {
    const { rows, high, low } = this
    for (let i = from + 1; i < to; i++) {
      const row = rows[i] as number
      const upper = high[i] as number
      const lower = low[i] as number
      let at = i
      for (; at > from; at--) {
        const before = high[at - 1] as number
        if (before < upper || (before === upper && (low[at - 1] as number) <= lower)) break
        rows[at] = rows[at - 1] as number
        high[at] = before
        low[at] = low[at - 1] as number
      }
      rows[at] = row
      high[at] = upper
      low[at] = lower
    }
  }
}

type Words = { readonly rows: Int32Array; readonly high: Uint32Array; readonly low: Uint32Array }

/** The bits in which words [from, to) differ. */
function different(words: Uint32Array, from: number, to: number): number {
  const first = words[from] as number
  let bits = 0
  for (let i = from + 1; i < to; i++) bits |= (words[i] as number) ^ first
  return bits
}

/** Scratch memory, used only within one call of `scatter`. */
const places = new Int32Array(256)

/** Copies rows in order of one byte of their prefix; byte 0 is the last. */
function scatter(source: Words, target: Words, byte: number, [from, to]: readonly [number, number]): void {
  const words = byte < 4 ? source.low : source.high
  const shift = 8 * (byte & 3)
  places.fill(0)
  for (let i = from; i < to; i++) {
    const value = ((words[i] as number) >>> shift) & 255
    places[value] = (places[value] as number) + 1
  }
  let place = from
  for (let value = 0; value < 256; value++) {
    const count = places[value] as number
    places[value] = place
    place += count
  }
  for (let i = from; i < to; i++) {
    const value = ((words[i] as number) >>> shift) & 255
    const place = places[value] as number
    places[value] = place + 1
    target.rows[place] = source.rows[i] as number
    target.high[place] = source.high[i] as number
    target.low[place] = source.low[i] as number
  }
}
