/** The bytes of records that are being written, in an array that grows. */
import { Failure } from '../../base/failure.ts'

/** Places in records are 32-bit integers. */
const MOST_BYTES = 2 ** 31 - 1
const LONGEST_VARINT = 10
/** The length of such a text is one byte. */
const SHORT_TEXT = 63

/** Bytes that are added one after the other. */
export class RecordBytes {
  length = 0
  #bytes: Uint8Array
  #view: DataView

  constructor(room: number) {
    this.#bytes = new Uint8Array(room)
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** Gives what was written. */
  taken(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  /** Forgets what was written from there on. */
  cut(length: number): void {
    this.length = length
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.length++] = value
  }

  add(bytes: Uint8Array): void {
    const { length } = bytes
    this.#reserve(length)
    // A few bytes are copied sooner than a copy is called.
    if (length < 16) for (let i = 0; i < length; i++) this.#bytes[this.length + i] = bytes[i] as number
    else this.#bytes.set(bytes, this.length)
    this.length += length
  }

  /** A text and its length, if it is a short one of ASCII; false: nothing was added. */
  ascii(text: Uint8Array, from: number, end: number): boolean {
    const length = end - from
    if (length > SHORT_TEXT) return false
    this.#reserve(length + 1)
    const bytes = this.#bytes
    const at = this.length + 1 - from
    let all = 0
    for (let i = from; i < end; i++) {
      const byte = text[i] as number
      bytes[at + i] = byte
      all |= byte
    }
    if (all >= 0x80) return false
    bytes[this.length] = 2 * length
    this.length += length + 1
    return true
  }

  double(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.length, value, true)
    this.length += 8
  }

  float(value: number): void {
    this.#reserve(4)
    this.#view.setFloat32(this.length, value, true)
    this.length += 4
  }

  /** A safe integer. */
  whole(value: number): void {
    this.#reserve(LONGEST_VARINT)
    const bytes = this.#bytes
    let at = this.length
    if (value >= -(2 ** 30) && value < 2 ** 30) {
      let rest = (value << 1) ^ (value >> 31)
      while (rest > 127) {
        bytes[at++] = (rest & 127) | 128
        rest >>>= 7
      }
      bytes[at++] = rest
      this.length = at
      return
    }
    // The doubled number may be beyond 2^53: its lowest seven bits are put apart.
    let rest = value < 0 ? -(value + 1) : value
    bytes[at++] = ((rest % 64) * 2 + (value < 0 ? 1 : 0)) | 128
    rest = Math.floor(rest / 64)
    while (rest > 127) {
      bytes[at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    bytes[at++] = rest
    this.length = at
  }

  /** An integer of 64 bits. */
  big(value: bigint): void {
    this.#reserve(LONGEST_VARINT)
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    while (rest > 127n) {
      this.#bytes[this.length++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    this.#bytes[this.length++] = Number(rest)
  }

  #reserve(bytes: number): void {
    const needed = this.length + bytes
    if (needed <= this.#bytes.length) return
    if (needed > MOST_BYTES) {
      throw new Failure('limit', 'the rows that are written at once take more than 2 GiB', {
        hint: 'Select less of their texts, such as LEFT(text, 1000).',
      })
    }
    const wider = new Uint8Array(Math.min(MOST_BYTES, Math.max(needed, 2 * this.#bytes.length)))
    wider.set(this.#bytes.subarray(0, this.length))
    this.#bytes = wider
    this.#view = new DataView(wider.buffer)
  }
}
