/** The bytes of all texts of a column, one after the other. */
import { Failure } from '../../base/failure.ts'

/** Places are 32-bit numbers. */
const MOST_BYTES = 2 ** 31 - 1

/** Texts that are gathered. */
export class TextStore {
  #bytes = new Uint8Array(0)
  #length = 0

  /** Copies the bytes; gives the place of the first. Throws a Failure `limit`. */
  add(bytes: Uint8Array): number {
    const at = this.#length
    const needed = at + bytes.length
    if (needed > MOST_BYTES) throw new Failure('limit', 'has more than 2 GiB of texts of one column in one row group')
    if (needed > this.#bytes.length) {
      const wider = new Uint8Array(Math.min(MOST_BYTES, Math.max(needed, 2 * this.#bytes.length)))
      wider.set(this.#bytes.subarray(0, at))
      this.#bytes = wider
    }
    this.#bytes.set(bytes, at)
    this.#length = needed
    return at
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}
