/** Numbers as texts of one length behind a prefix: `pay_000000001234`. */
import type { StringColumn } from '../../../record/column.ts'

const DIGITS = 12
const ZERO = 48

/** A column of `capacity` such texts. */
export class NumberTexts {
  readonly column: StringColumn
  readonly #bytes: Uint8Array
  readonly #prefix: number
  readonly #length: number

  constructor(prefix: string, capacity: number) {
    this.#prefix = prefix.length
    this.#length = prefix.length + DIGITS
    this.#bytes = Buffer.from(`${prefix}${'0'.repeat(DIGITS)}`.repeat(capacity), 'latin1')
    const start = Int32Array.from({ length: capacity }, (_, row) => row * this.#length)
    const end = start.map((at) => at + this.#length)
    this.column = { kind: 'string', bytes: this.#bytes, start, end, nulls: undefined }
  }

  put(row: number, number: number): void {
    const first = row * this.#length + this.#prefix
    let rest = number
    for (let at = first + DIGITS - 1; at >= first; at--) {
      const tenth = Math.floor(rest / 10)
      this.#bytes[at] = ZERO + rest - tenth * 10
      rest = tenth
    }
  }
}
