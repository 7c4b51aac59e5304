/**
 * The rows inside the values of a column: the elements of all arrays of a batch, or the members of all objects, as rows of
 * columns of their own. A value of the column is a range of them. The kernel and the reader take rows by turns, so their count
 * lies in the kernel's memory: see `kernel/assembly/json/inner.ts`.
 *
 * All rows that are free are NULL in all columns.
 */
import { INNER_BYTES, MOST_ROWS } from '../../kernel/assembly/json/layout.ts'
import type { ParsedColumn } from './parsed-column.ts'

const LEAST_ROOM = 1 << 12

// Places among the integers.
const [NEXT, ROOM, START, KEPT] = [0, 1, 2, 3]

/** The inner rows of one column. */
export class InnerRows {
  /** The columns that have a value in each of the rows. */
  readonly columns: ParsedColumn[] = []
  readonly #integers = [0, LEAST_ROOM, 0, 0]
  #shared: Int32Array | number[] = this.#integers

  /** Where nobody wants the column, `isKept` is false, and each row is row 0, and they are only counted. */
  constructor(isKept: boolean) {
    this.#integers[KEPT] = isKept ? 1 : 0
  }

  /** The first free row. */
  get next(): number {
    return this.#shared[NEXT] as number
  }

  /** Rows for which there is room. */
  get room(): number {
    return this.#shared[ROOM] as number
  }

  /** Takes a row, for which `grow` makes room; -1 if the record has MOST_ROWS already. */
  take(grow: () => void): number {
    const row = this.next
    if (row - (this.#shared[START] as number) === MOST_ROWS) return -1
    const isKept = this.#shared[KEPT] === 1
    if (row === this.room && isKept) grow()
    this.#shared[NEXT] = row + 1
    return isKept ? row : 0
  }

  /** Makes a row NULL in all columns. */
  clear(row: number): void {
    for (const column of this.columns) column.putNull(row)
  }

  /** Twice the room from the next `lay` on, if all of it is taken. */
  widen(): void {
    if (this.next === this.room && this.#shared[KEPT] === 1) this.#shared[ROOM] = 2 * this.room
  }

  /** Puts the numbers into a kernel's memory. */
  lay(memory: ArrayBuffer, at: number): void {
    const integers = new Int32Array(memory, at, INNER_BYTES / 4)
    integers.set(this.#shared)
    this.#shared = integers
  }

  /** A batch begins: all rows are free. */
  begin(): void {
    this.#shared[START] = 0
    this.leave()
  }

  /** A record begins. */
  mark(): void {
    this.#shared[START] = this.next
  }

  /** Frees the rows of the record. */
  leave(): void {
    const start = this.#shared[START] as number
    for (const column of this.columns) if (column.isWanted) column.clear(start, this.next)
    this.#shared[NEXT] = start
  }
}
