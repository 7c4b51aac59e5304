/**
 * KernelRoom for unescaped texts, which do not occur in the records.
 *
 * All strings of a column lie in one buffer. So at the first unescaped text of a batch the records are copied to a buffer, to
 * the same positions as in their own, and unescaped texts are put after them: ranges into the records stay valid.
 */
import type { Records } from '../../record/column.ts'

/** The scratch of one decoder. */
export class TextScratch {
  /** The bytes of the batch's string columns: those of the records, or the copy of them with unescaped texts after it. */
  bytes: Uint8Array = new Uint8Array(0)
  /** Where the next text goes. The writer of a text moves it. */
  end = 0
  #records: Records | undefined
  #copy = new Uint8Array(0)
  #words = new DataView(this.#copy.buffer)

  /** The same bytes as words, once there is room for a text: the records too, at their positions. */
  get words(): DataView {
    if (this.#words.buffer !== this.#copy.buffer) this.#words = new DataView(this.#copy.buffer)
    return this.#words
  }

  /** Begins a batch; `bytes` are those of the records. */
  begin(records: Records, bytes: Uint8Array): void {
    this.#records = records
    this.bytes = bytes
    this.end = bytes.length
  }

  /** Makes room for a text of at most `length` bytes at `end`. This may replace `bytes`. */
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
