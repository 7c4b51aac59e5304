/**
 * The output of loops that write texts: one buffer of bytes, kept from batch to batch, and a range of it for each row.
 * A loop over bytes asks for room once (`reserve`) and then writes to `bytes` at `size` itself.
 */
import { Failure } from '../../../base/failure.ts'
import { byteText } from '../../../base/units.ts'
import type { StringColumn } from '../../../record/column.ts'
import { fail, setNull } from '../output.ts'

const encoder = new TextEncoder()

/** Longer texts are written by the encoder: its cost is in the call. */
const SHORT = 40

/** Longer ranges are copied by the engine of JavaScript, for the same reason. */
const SHORT_RANGE = 64

/** The longest text that a function may make, in bytes or UTF-16 units: a longer one fails its row. */
export const LONGEST_TEXT: number = 16 << 20

/** The most bytes of all texts of a batch: a column has offsets of 31 bits, and memory is not without end. */
const MOST_BYTES = 1 << 30

/** Why a row fails whose text would have `length` bytes or UTF-16 units, if that is known. */
export const tooLong = (length?: number): string =>
  `a text of ${length === undefined ? '' : `${length} characters, `}more than the limit of ${byteText(LONGEST_TEXT)}`

/** A column of texts in the making: `begin` a batch, write its rows, `finish`. A row that is not written is empty. */
export class TextOutput {
  bytes: Uint8Array = new Uint8Array(1024)
  /** The number of bytes written. */
  size = 0
  column: StringColumn
  #start = new Int32Array(0)
  #end = new Int32Array(0)
  #count = 0
  /** Where the row that is being written begins, and whether it is longer than a text may be. */
  #from = 0
  #isTooLong = false

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
    this.#from = this.size
    this.#isTooLong = false
    this.#start[row] = this.size
  }

  /** Ends the row's text; one that is too long fails the row. */
  close(row: number): void {
    if (this.#isTooLong) {
      this.size = this.#from
      fail(this.column, row, tooLong())
    }
    this.#end[row] = this.size
  }

  /** Ends the row's text and takes it back: the row is empty. */
  drop(row: number): void {
    this.size = this.#from
    this.#end[row] = this.#from
  }

  setNull(row: number): void {
    this.#start[row] = 0
    this.#end[row] = 0
    setNull(this.column, row, this.#count)
  }

  /** Makes room for `more` more bytes, in the array that it returns. Throws a Failure where the batch has too many. */
  reserve(more: number): Uint8Array {
    if (this.size + more > this.bytes.length) {
      if (this.size + more > MOST_BYTES) {
        const made = `its texts of one batch of ${this.#count} rows have more than ${byteText(MOST_BYTES)}`
        throw new Failure('limit', `a function makes texts that are too long: ${made}`, {
          hint: 'Make shorter texts, or fewer of them.',
        })
      }
      const bytes = new Uint8Array(Math.min(MOST_BYTES, Math.max(2 * this.bytes.length, this.size + more)))
      bytes.set(this.bytes.subarray(0, this.size))
      this.bytes = bytes
    }
    return this.bytes
  }

  /** Appends the bytes [start, end), unless the row would be too long: then it fails at its end. */
  range(bytes: Uint8Array, start: number, end: number): void {
    this.#isTooLong ||= this.size - this.#from + end - start > LONGEST_TEXT
    if (this.#isTooLong) return
    const to = this.reserve(end - start)
    if (end - start > SHORT_RANGE) {
      to.set(bytes.subarray(start, end), this.size)
      this.size += end - start
      return
    }
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
