/**
 * Rows with eight bytes each that sort as they are to: as two unsigned words of 32 bits, side by side. They are put in
 * order by radix sort, byte after byte from the last to the first; no row is compared with another.
 */

const BYTES = 8

export class Prefixes {
  rows: Int32Array = new Int32Array(0)
  high: Uint32Array = new Uint32Array(0)
  low: Uint32Array = new Uint32Array(0)
  #otherRows: Int32Array = new Int32Array(0)
  #otherHigh: Uint32Array = new Uint32Array(0)
  #otherLow: Uint32Array = new Uint32Array(0)
  /** For each byte, how often it has each value. */
  readonly #counts = new Int32Array(BYTES << 8)

  /** Takes these rows in place of those there are. */
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

  /** Makes what is small large, in rows [from, to). */
  invert(from: number, to: number): void {
    const { high, low } = this
    for (let i = from; i < to; i++) {
      high[i] = ~(high[i] as number)
      low[i] = ~(low[i] as number)
    }
  }

  /** Puts those of rows [from, to) that are marked before or behind the others, all else as it was. Returns how many. */
  part(marks: Uint8Array, from: number, to: number, first: boolean): number {
    const { rows } = this
    const parted = this.#otherRows
    let marked = 0
    for (let i = from; i < to; i++) marked += marks[rows[i] as number] as number
    let markedAt = first ? from : to - marked
    let at = first ? from + marked : from
    for (let i = from; i < to; i++) {
      const row = rows[i] as number
      if (marks[row] === 1) parted[markedAt++] = row
      else parted[at++] = row
    }
    rows.set(parted.subarray(from, to), from)
    return marked
  }

  /** Puts rows [from, to) in order; equal ones stay as they are. */
  sort(from: number, to: number): void {
    this.#count(from, to)
    let source = { rows: this.rows, high: this.high, low: this.low }
    let target = { rows: this.#otherRows, high: this.#otherHigh, low: this.#otherLow }
    for (let byte = 0; byte < BYTES; byte++) {
      const places = this.#counts.subarray(byte << 8, (byte + 1) << 8)
      const words = byte < 4 ? source.low : source.high
      const shift = 8 * (byte & 3)
      if (places[((words[from] as number) >>> shift) & 255] === to - from) continue // all have the same
      let place = from
      for (let value = 0; value < 256; value++) {
        const count = places[value] as number
        places[value] = place
        place += count
      }
      scatter(source, target, words, shift, places, from, to)
      ;[source, target] = [target, source]
    }
    if (source.rows === this.rows) return
    this.rows.set(source.rows.subarray(from, to), from)
    this.high.set(source.high.subarray(from, to), from)
    this.low.set(source.low.subarray(from, to), from)
  }

  #count(from: number, to: number): void {
    const { high, low } = this
    const counts = this.#counts.fill(0)
    for (let i = from; i < to; i++) {
      let word = low[i] as number
      let at = 0
      for (let byte = 0; byte < BYTES; byte++) {
        counts[at + (word & 255)] = (counts[at + (word & 255)] as number) + 1
        word = byte === 3 ? (high[i] as number) : word >>> 8
        at += 256
      }
    }
  }
}

type Words = { readonly rows: Int32Array; readonly high: Uint32Array; readonly low: Uint32Array }

/** To where the next row with this byte is to be. */
function scatter(
  source: Words,
  target: Words,
  words: Uint32Array,
  shift: number,
  places: Int32Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const value = ((words[i] as number) >>> shift) & 255
    const place = places[value] as number
    places[value] = place + 1
    target.rows[place] = source.rows[i] as number
    target.high[place] = source.high[i] as number
    target.low[place] = source.low[i] as number
  }
}
