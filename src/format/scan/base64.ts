/** Base 64, in which bytes are written in texts: RFC 4648, with or without the signs = at its end. */
import { Buffer } from 'node:buffer'

const FORM = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/

type Ranges = { readonly start: Int32Array; readonly end: Int32Array }

/** The bytes of texts in base 64, one after the other, in memory that the next batch overwrites. */
export class DecodedBytes {
  bytes: Uint8Array = new Uint8Array(0)
  size = 0

  clear(): void {
    this.size = 0
  }

  /** Adds the bytes of a text, as those of a row; false where it is not base 64. */
  put(text: string, { start, end }: Ranges, row: number): boolean {
    if (!FORM.test(text)) return false
    const added = Buffer.from(text, 'base64')
    const size = this.size + added.length
    if (size > this.bytes.length) {
      const wider = new Uint8Array(Math.max(size, 2 * this.bytes.length, 256))
      wider.set(this.bytes.subarray(0, this.size))
      this.bytes = wider
    }
    this.bytes.set(added, this.size)
    start[row] = this.size
    this.size = size
    end[row] = size
    return true
  }
}
