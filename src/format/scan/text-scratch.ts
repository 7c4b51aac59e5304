/**
 * Room for texts that do not lie in the records as they are: unescaped ones.
 *
 * A column has one buffer for all of its strings. So, at the first unescaped text of a batch, the records are copied to
 * where they are in their own buffer, and unescaped texts are put behind them: ranges into the records stay right.
 */
import type { Records } from '../../record/column.ts'

export class TextScratch {
  /** What the batch's string columns point into: the records' buffer, or the copy with its tail. */
  bytes: Uint8Array = new Uint8Array(0)
  /** Where the next text goes. Whoever writes one moves it. */
  end = 0
  #records: Records | undefined
  #copy = new Uint8Array(0)

  begin(records: Records, bytes: Uint8Array): void {
    this.#records = records
    this.bytes = bytes
    this.end = bytes.length
  }

  /** Makes room for a text of at most `length` bytes at `end`. `bytes` may be another array after it. */
  reserve(length: number): void {
    if (this.bytes === this.#copy) {
      if (this.end + length <= this.#copy.length) return
      const wider = new Uint8Array(this.end + length + this.#copy.length)
      wider.set(this.#copy.subarray(0, this.end))
      this.#copy = this.bytes = wider
      return
    }
    const records = this.#records
    if (records === undefined) return
    const needed = this.end + length
    if (this.#copy.length < needed) this.#copy = new Uint8Array(needed + (needed >>> 3))
    let from = this.end
    let to = 0
    for (let i = 0; i < records.count; i++) {
      from = Math.min(from, records.start[i] as number)
      to = Math.max(to, records.end[i] as number)
    }
    if (from < to) this.#copy.set(this.bytes.subarray(from, to), from)
    this.bytes = this.#copy
  }
}
