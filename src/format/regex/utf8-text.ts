/**
 * Texts of records, with the way back from a place in a text to its byte. A text without other characters than ASCII has as many
 * as bytes. Of others the places are noted while they are decoded; a byte that is not UTF-8 is U+FFFD.
 */
import { Buffer, isAscii } from 'node:buffer'

const REPLACEMENT = 0xfffd

/** Makes texts of the records of a batch. */
export class Utf8Text {
  #bytes: Uint8Array = new Uint8Array(0)
  #buffer: Buffer = Buffer.alloc(0)
  #units = new Uint16Array(0)
  /** The byte of each unit of the last text that is not ASCII, and of its end. */
  #places = new Int32Array(0)
  #isAscii = true
  #from = 0

  begin(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The text of [from, end). */
  text(from: number, end: number): string {
    this.#from = from
    this.#isAscii = isAscii(this.#buffer.subarray(from, end))
    return this.#isAscii ? this.#buffer.toString('latin1', from, end) : this.#decode(from, end)
  }

  /** The byte at which unit `index` of the last text begins. */
  byteOf(index: number): number {
    return this.#isAscii ? this.#from + index : (this.#places[index] as number)
  }

  #decode(from: number, end: number): string {
    if (this.#units.length < end - from) {
      this.#units = new Uint16Array(2 * (end - from))
      this.#places = new Int32Array(2 * (end - from) + 1)
    }
    const bytes = this.#bytes
    const units = this.#units
    const places = this.#places
    let length = 0
    for (let at = from; at < end; ) {
      places[length] = at
      const byte = bytes[at] as number
      if (byte < 0x80) {
        units[length++] = byte
        at++
        continue
      }
      const size = sizeOf(bytes, at, end)
      if (size < 4) units[length++] = size === 1 ? REPLACEMENT : codeOf(bytes, at, size)
      else {
        const code = codeOf(bytes, at, size) - 0x10000
        units[length++] = 0xd800 + (code >> 10)
        places[length] = at
        units[length++] = 0xdc00 + (code & 0x3ff)
      }
      at += size
    }
    places[length] = end
    return Buffer.from(units.buffer, 0, 2 * length).toString('utf16le')
  }
}

/** The number of bytes of the character at `at`; 1 for a byte that is none. */
function sizeOf(bytes: Uint8Array, at: number, end: number): 1 | 2 | 3 | 4 {
  const first = bytes[at] as number
  const size = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1
  if (at + size > end) return 1
  for (let i = 1; i < size; i++) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 1
  if (size < 3) return size
  // Longer than needed, a half of a pair, or beyond Unicode.
  const second = bytes[at + 1] as number
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 1
  if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return 1
  return size
}

function codeOf(bytes: Uint8Array, at: number, size: number): number {
  let code = (bytes[at] as number) & (0xff >> (size + 1))
  for (let i = 1; i < size; i++) code = (code << 6) | ((bytes[at + i] as number) & 0x3f)
  return code
}
