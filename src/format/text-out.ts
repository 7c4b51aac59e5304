/** A growing buffer of text. Whoever writes reserves first; `bytes` may be another array after that. */
import { characterLength, REPLACEMENT } from './utf8.ts'

const ZERO = 48

export class TextOut {
  bytes: Uint8Array = new Uint8Array(4096)
  length = 0

  /** Makes room for so many more bytes. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const wider = new Uint8Array(2 * this.bytes.length + more)
    wider.set(this.bytes.subarray(0, this.length))
    this.bytes = wider
  }

  /** What was written, valid until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  byte(byte: number): void {
    if (this.length === this.bytes.length) this.reserve(1)
    this.bytes[this.length++] = byte
  }

  raw(source: Uint8Array): void {
    this.reserve(source.length)
    // A loop, as these are mostly short: names and separators.
    for (let i = 0; i < source.length; i++) this.bytes[this.length++] = source[i] as number
  }

  ascii(text: string): void {
    this.reserve(text.length)
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i)
  }

  /** A whole number from 0 to 2^53, in at least `width` digits. */
  digits(value: number, width: number): void {
    this.reserve(20)
    let count = 1
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) count++
    if (count < width) count = width
    let rest = value
    for (let at = this.length + count - 1; at >= this.length; at--) {
      const next = Math.floor(rest / 10)
      this.bytes[at] = rest - next * 10 + ZERO
      rest = next
    }
    this.length += count
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
