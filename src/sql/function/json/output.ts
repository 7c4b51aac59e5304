/**
 * Texts that are ranges of an argument's own bytes as long as they can be: the first row whose text must be made, such as one
 * with escapes, begins a copy of the batch.
 */
import type { StringColumn } from '../../../record/column.ts'
import { fail, setNull } from '../output.ts'
import { TextOutput } from '../text/output.ts'
import { rangeOutput } from '../text/substring.ts'

/** A column of such texts in the making. */
export class RangeOutput {
  readonly #rangesOf = rangeOutput()
  readonly #made = new TextOutput()
  #ranges: StringColumn = this.#made.column
  #count = 0
  #isMade = false

  /** Starts a batch of ranges of the texts of `of`; rows are written from first to last. */
  begin(of: StringColumn, count: number): void {
    this.#ranges = this.#rangesOf(of, count)
    this.#count = count
    this.#isMade = false
  }

  /** The row's text is the bytes [start, end) of the column. */
  range(row: number, start: number, end: number): void {
    if (this.#isMade) this.#copy(row, start, end)
    else {
      this.#ranges.start[row] = start
      this.#ranges.end[row] = end
    }
  }

  setNull(row: number): void {
    this.range(row, 0, 0)
    setNull(this.#ranges, row, this.#count)
  }

  fail(row: number, reason: string): void {
    this.range(row, 0, 0)
    fail(this.#ranges, row, reason)
  }

  /** The output for a row whose text is made: the caller opens, writes and closes the row. */
  make(row: number): TextOutput {
    if (!this.#isMade) {
      this.#isMade = true
      this.#made.begin(this.#count)
      const { start, end } = this.#ranges
      for (let before = 0; before < row; before++) {
        this.#copy(before, start[before] as number, end[before] as number)
      }
    }
    return this.#made
  }

  #copy(row: number, start: number, end: number): void {
    this.#made.open(row)
    this.#made.range(this.#ranges.bytes, start, end)
    this.#made.close(row)
  }

  /** The column of the batch; its arrays are used again at the next `begin`. */
  finish(): StringColumn {
    const { nulls, failures } = this.#ranges
    if (!this.#isMade) return this.#ranges
    const made = this.#made.finish()
    made.nulls = nulls
    if (failures !== undefined) made.failures = new Map([...failures, ...(made.failures ?? [])])
    return made
  }
}
