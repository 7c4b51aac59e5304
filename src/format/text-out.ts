/** A growing buffer of text. Whoever writes reserves first; `bytes` may be another array after that. */
import { viewOf } from '../record/bytes.ts'
import { characterLength, REPLACEMENT } from './utf8.ts'

const ZERO = 48
const MAX_INT = 2_147_483_647

export class TextOut {
  bytes: Uint8Array
  /** Of the same bytes, to write words. */
  view: DataView
  length = 0
  #source: Uint8Array
  #sourceView: DataView

  constructor(room = 4096) {
    this.bytes = new Uint8Array(room)
    this.view = viewOf(this.bytes)
    this.#source = this.bytes
    this.#sourceView = this.view
  }

  /** Makes room for so many more bytes. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const wider = new Uint8Array(2 * this.bytes.length + more)
    wider.set(this.bytes.subarray(0, this.length))
    this.bytes = wider
    this.view = viewOf(wider)
  }

  /** A view of a column's bytes, which are the same for all the strings of a batch. */
  viewOf(source: Uint8Array): DataView {
    if (source !== this.#source) {
      this.#source = source
      this.#sourceView = viewOf(source)
    }
    return this.#sourceView
  }

  /** What was written, valid until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  byte(byte: number): void {
    if (this.length === this.bytes.length) this.reserve(1)
    this.bytes[this.length++] = byte
  }

  raw(source: Uint8Array, length: number = source.length): void {
    this.reserve(length)
    // A loop, as these are mostly short: names and separators.
    for (let i = 0; i < length; i++) this.bytes[this.length++] = source[i] as number
  }

  ascii(text: string): void {
    this.reserve(text.length)
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i)
  }

  /** A whole number from 0 to 2^53. */
  digits(value: number): void {
    if (value > MAX_INT) {
      this.ascii(String(value))
      return
    }
    let count = 1
    for (let limit = 10; value >= limit && count < 10; limit *= 10) count++
    this.padded(value, count)
  }

  /** A number of 31 bits in so many digits. */
  padded(value: number, count: number): void {
    this.reserve(count)
    this.length += count
    let rest = value | 0
    for (let at = this.length - 1; at >= this.length - count; at--) {
      const next = (rest / 10) | 0
      this.bytes[at] = rest - next * 10 + ZERO
      rest = next
    }
  }

  /** The character at `at`, made valid; returns where the next one begins. */
  character(source: Uint8Array, at: number, end: number): number {
    this.reserve(4)
    const length = characterLength(source, at, end)
    if (length < 0) {
      for (const byte of REPLACEMENT) this.bytes[this.length++] = byte
      return at - length
    }
    for (let i = 0; i < length; i++) this.bytes[this.length++] = source[at + i] as number
    return at + length
  }
}
