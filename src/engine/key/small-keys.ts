/**
 * Ids of keys that are one small whole number: a status, an hour, a port. A table leads from the number to the id, so each
 * such key is written and hashed once for a dictionary, and not for every row.
 */
import type { BigintColumn, IntColumn } from '../../record/column.ts'
import type { Dictionary } from '../../record/dictionary.ts'
import type { KeyWriter } from './key.ts'

/** Numbers from 0 up to, but not including, this are small. */
const SMALL = 1 << 12

/** The ids of small numbers in the dictionary that was used last. */
export class SmallKeys {
  readonly #writer: KeyWriter
  /** The id of each small number, -1 if not yet looked up. Valid for one dictionary until it renames its ids. */
  #ids = new Int32Array(0)
  #dictionary: Dictionary | undefined
  #namings = 0

  constructor(writer: KeyWriter) {
    this.#writer = writer
  }

  /** Sets the ids of rows from 0 on, and returns the first row whose number is not small, or `count`. */
  lookup(dictionary: Dictionary, column: IntColumn | BigintColumn, count: number, ids: Int32Array): number {
    this.#serve(dictionary)
    const { values } = column
    const known = this.#ids
    for (let row = 0; row < count; row++) {
      const value = values[row] as number
      const small = value | 0
      if (small !== value || small >>> 0 >= SMALL) return row
      let id = known[small] as number
      if (id < 0) {
        const { bytes, start, end } = this.#writer.write([column], row, row + 1, undefined)
        id = dictionary.idOf(bytes, start[row] as number, end[row] as number)
        known[small] = id
      }
      ids[row] = id
    }
    return count
  }

  #serve(dictionary: Dictionary): void {
    if (dictionary === this.#dictionary && dictionary.namings === this.#namings) return
    this.#dictionary = dictionary
    this.#namings = dictionary.namings
    if (this.#ids.length === 0) this.#ids = new Int32Array(SMALL)
    this.#ids.fill(-1)
  }
}
