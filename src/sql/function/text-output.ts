/** Where kernels write strings: bytes one after another in a buffer kept from batch to batch, a range for each row. */
import type { StringColumn } from '../../record/column.ts'
import { setNull } from './output.ts'

const encoder = new TextEncoder()

export class TextOutput {
  #bytes = new Uint8Array(1024)
  #start = new Int32Array(0)
  #end = new Int32Array(0)
  #size = 0
  #count = 0
  #column: StringColumn = { kind: 'string', bytes: this.#bytes, start: this.#start, end: this.#end, nulls: undefined }

  /** Starts a batch: all rows are empty strings until they are written. */
  begin(count: number): void {
    if (this.#start.length < count) {
      const capacity = Math.max(count, 2 * this.#start.length)
      this.#start = new Int32Array(capacity)
      this.#end = new Int32Array(capacity)
    }
    this.#start.fill(0, 0, count)
    this.#end.fill(0, 0, count)
    this.#size = 0
    this.#count = count
    this.#column = { kind: 'string', bytes: this.#bytes, start: this.#start, end: this.#end, nulls: undefined }
  }

  /** Everything written from here to `close` is the row's text. */
  open(row: number): void {
    this.#start[row] = this.#size
  }

  close(row: number): void {
    this.#end[row] = this.#size
  }

  setNull(row: number): void {
    this.#start[row] = 0
    this.#end[row] = 0
    setNull(this.#column, row, this.#count)
  }

  byte(value: number): void {
    if (this.#size === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#size++] = value
  }

  range(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (this.#size + length > this.#bytes.length) this.#grow(length)
    const to = this.#bytes
    let at = this.#size
    // A loop is faster than `set` of a subarray for the short strings that rows mostly have.
    if (length < 64) for (let index = start; index < end; index++) to[at++] = bytes[index] as number
    else to.set(bytes.subarray(start, end), at)
    this.#size += length
  }

  text(text: string): void {
    const most = text.length * 3
    if (this.#size + most > this.#bytes.length) this.#grow(most)
    this.#size += encoder.encodeInto(text, this.#bytes.subarray(this.#size)).written
  }

  /** A whole row at once. */
  row(row: number, text: string): void {
    this.open(row)
    this.text(text)
    this.close(row)
  }

  /** The column of the batch; its arrays are used again at the next `begin`. */
  finish(): StringColumn {
    this.#column.bytes = this.#bytes
    return this.#column
  }

  get column(): StringColumn {
    return this.#column
  }

  /** Bytes written so far, and a way back to there. */
  get size(): number {
    return this.#size
  }

  #grow(more: number): void {
    const bytes = new Uint8Array(Math.max(2 * this.#bytes.length, this.#size + more))
    bytes.set(this.#bytes.subarray(0, this.#size))
    this.#bytes = bytes
  }
}
