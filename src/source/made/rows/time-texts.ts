/** Wall-clock times with microseconds and no zone, as texts: `2025-03-01T00:00:00.000250`, as Python's `isoformat` writes them. */
import type { StringColumn } from '../../../record/column.ts'

const LENGTH = 26
const SECOND = 1_000_000
const ZERO = 48

/** A column of `capacity` such texts. */
export class TimeTexts {
  readonly column: StringColumn & { readonly nulls: Uint8Array }
  readonly #bytes: Uint8Array
  readonly #capacity: number
  readonly #second = new Uint8Array(LENGTH)
  #secondAt = Number.NaN

  constructor(capacity: number) {
    this.#capacity = capacity
    // Behind the times is room for one text that is none.
    this.#bytes = new Uint8Array((capacity + 1) * LENGTH)
    this.#bytes.set(NO_TIME, capacity * LENGTH)
    const start = Int32Array.from({ length: capacity }, (_, row) => row * LENGTH)
    const end = start.map((at) => at + LENGTH)
    this.column = { kind: 'string', bytes: this.#bytes, start, end, nulls: new Uint8Array(capacity) }
  }

  /** Sets a row to a time, in microseconds since 1970. */
  put(row: number, micros: number): void {
    const second = Math.floor(micros / SECOND)
    if (second !== this.#secondAt) {
      this.#secondAt = second
      this.#second.set(Buffer.from(new Date(second * 1000).toISOString().slice(0, 20), 'latin1'))
    }
    const at = row * LENGTH
    const bytes = this.#bytes
    for (let i = 0; i < 20; i++) bytes[at + i] = this.#second[i] as number
    let rest = micros - second * SECOND
    for (let i = LENGTH - 1; i >= 20; i--) {
      const tenth = (rest / 10) | 0
      bytes[at + i] = ZERO + rest - tenth * 10
      rest = tenth
    }
    this.#set(row, at, LENGTH)
  }

  /** Sets a row to a text that is no time. */
  putNone(row: number): void {
    this.#set(row, this.#capacity * LENGTH, NO_TIME.length)
  }

  #set(row: number, at: number, length: number): void {
    this.column.start[row] = at
    this.column.end[row] = at + length
    this.column.nulls[row] = 0
  }
}

const NO_TIME = Buffer.from('yesterday')
