/**
 * The texts of a column as records of another format: the same bytes, in the same order, without the rows that are NULL.
 *
 * A line end at the end of a text is none of it, as with any record. Texts without escapes lie in the records, and those with
 * escapes behind them, in scratch memory. Where a batch has both, their ranges go back and forth, and a format that reads
 * blocks of bytes would read most of them again for each record: only then are the texts copied next to each other.
 */
import type { Records, StringColumn } from '../../record/column.ts'

const LF = 10

/** The texts of one batch; valid until the next. */
export class InnerTexts {
  /** Record i is the text of row `rows[i]`. */
  rows: Int32Array = new Int32Array(0)
  #start = this.rows
  #end = this.rows
  #copy = new Uint8Array(0)

  /** Takes the texts of `count` rows. */
  take({ bytes, start, end, nulls }: StringColumn, count: number): Records {
    this.#widen(count)
    const { rows } = this
    const [starts, ends] = [this.#start, this.#end]
    let taken = 0
    let last = 0
    let isInOrder = true
    let length = 0
    for (let row = 0; row < count; row++) {
      if (nulls !== undefined && nulls[row] === 1) continue
      const from = start[row] as number
      let to = end[row] as number
      if (to > from && bytes[to - 1] === LF) to--
      if (from < last) isInOrder = false
      last = to
      length += to - from
      rows[taken] = row
      starts[taken] = from
      ends[taken++] = to
    }
    const records = { bytes, start: starts, end: ends, count: taken }
    return isInOrder ? records : this.#together(records, length)
  }

  #widen(count: number): void {
    if (count <= this.rows.length) return
    const capacity = Math.max(count, 2 * this.rows.length)
    this.rows = new Int32Array(capacity)
    this.#start = new Int32Array(capacity)
    this.#end = new Int32Array(capacity)
  }

  /** Copies the texts, `length` bytes, next to each other. */
  #together({ bytes, start, end, count }: Records, length: number): Records {
    if (this.#copy.length < length) this.#copy = new Uint8Array(length + (length >>> 1))
    const copy = this.#copy
    let to = 0
    for (let i = 0; i < count; i++) {
      const text = bytes.subarray(start[i], end[i])
      copy.set(text, to)
      start[i] = to
      to += text.length
      end[i] = to
    }
    return { bytes: copy, start, end, count }
  }
}
