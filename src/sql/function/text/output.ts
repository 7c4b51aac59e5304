/**
 * The output of loops that write texts: one buffer of bytes, kept from batch to batch, and a range of it for each row.
 * A loop over bytes asks for room once (`reserve`) and then writes to `bytes` at `size` itself.
 */
import type { StringColumn } from '../../../record/column.ts'
import { setNull } from '../output.ts'

const encoder = new TextEncoder()

/** Longer texts are written by the encoder: its cost is in the call. */
const SHORT = 40

/** A column of texts in the making: `begin` a batch, write its rows, `finish`. A row that is not written is empty. */
export class TextOutput {
  bytes: Uint8Array = new Uint8Array(1024)
  /** The number of bytes written. */
  size = 0
  column: StringColumn
  #start = new Int32Array(0)
  #end = new Int32Array(0)
  #count = 0

  constructor() {
    this.column = { kind: 'string', bytes: this.bytes, start: this.#start, end: this.#end, nulls: undefined }
  }

  /** Starts a batch, in which all rows are empty texts until they are written. */
  begin(count: number): void {
    if (this.#start.length < count) {
      const capacity = Math.max(count, 2 * this.#start.length)
      this.#start = new Int32Array(capacity)
      this.#end = new Int32Array(capacity)
    }
    this.#start.fill(0, 0, count)
    this.#end.fill(0, 0, count)
    this.size = 0
    this.#count = count
    this.column = { kind: 'string', bytes: this.bytes, start: this.#start, end: this.#end, nulls: undefined }
  }

  /** All that is written from here to `close` becomes the row's text. */
  open(row: number): void {
    this.#start[row] = this.size
  }

  close(row: number): void {
    this.#end[row] = this.size
  }

  setNull(row: number): void {
    this.#start[row] = 0
    this.#end[row] = 0
    setNull(this.column, row, this.#count)
  }

  /** Makes room for `more` more bytes, in the array that it returns. */
  reserve(more: number): Uint8Array {
    if (this.size + more > this.bytes.length) {
      const bytes = new Uint8Array(Math.max(2 * this.bytes.length, this.size + more))
      bytes.set(this.bytes.subarray(0, this.size))
      this.bytes = bytes
    }
    return this.bytes
  }

  /** Appends the bytes [start, end). */
  range(bytes: Uint8Array, start: number, end: number): void {
    const to = this.reserve(end - start)
    let at = this.size
    for (let index = start; index < end; index++) to[at++] = bytes[index] as number
    this.size = at
  }

  /** Appends the text of a row of a column. */
  copy({ bytes, start, end }: StringColumn, row: number): void {
    this.range(bytes, start[row] as number, end[row] as number)
  }

  /** Appends a text of JavaScript; half of a surrogate pair is written as `?`, as in Java. */
  text(text: string): void {
    const to = this.reserve(text.length * 3)
    let at = this.size
    if (text.length <= SHORT) {
      let index = 0
      for (; index < text.length; index++) {
        const code = text.charCodeAt(index)
        if (code >= 0x80) break
        to[at++] = code
      }
      if (index === text.length) {
        this.size = at
        return
      }
    }
    const written = text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '?')
    this.size += encoder.encodeInto(written, to.subarray(this.size)).written
  }

  /** Writes a whole row. */
  row(row: number, text: string): void {
    this.open(row)
    this.text(text)
    this.close(row)
  }

  /** The column of the batch; its arrays are used again at the next `begin`. */
  finish(): StringColumn {
    this.column.bytes = this.bytes
    return this.column
  }
}
