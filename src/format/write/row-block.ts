/**
 * Copies the columns of a block of rows into the memory of the kernel that writes them. Only values that the kernel leaves
 * (late values) are looked at here: doubles of many digits, decimals, whole numbers beyond 2^53.
 */
import { assert, unreachable } from '../../base/assert.ts'
import {
  COLUMN_BYTES,
  GREATEST,
  HAS_NULLS,
  IS_LATE,
  KIND,
  LATE_ROWS,
  LEAST,
  LENGTHS,
  LONGEST_VALUE,
  SHIFT,
  STATES,
  VALUES,
} from '../../kernel/assembly/rows/layout.ts'
import { LATE } from '../../kernel/assembly/value/kinds.ts'
import { copyBytes, viewOf } from '../../record/bytes.ts'
import type { ScalarColumn, StringColumn } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import type { RowLayout } from './row-layout.ts'
import { AT_COLUMNS, type RowsMemory } from './rows-memory.ts'
import { valueText } from './value.ts'

/** Texts are copied with the bytes between them unless these are more than this for each row. */
const LOOSE_BYTES = 512

/** Successive columns whose texts lie in the same bytes, [least, greatest) of them; `lengths` is the sum of their lengths. */
type TextRun = {
  readonly source: Uint8Array
  readonly columns: number[]
  least: number
  greatest: number
  lengths: number
}

/** The rows of one block in the kernel's memory, which it uses alone while it is in use. */
export class RowBlock {
  /** Bytes of the texts of the last rows taken. */
  lengths = 0
  /** Bytes of memory that these texts and the late values need. */
  textBytes = 0
  readonly #memory: RowsMemory
  readonly #layout: RowLayout
  readonly #columns: readonly ScalarColumn[]

  constructor(memory: RowsMemory, layout: RowLayout, columns: readonly ScalarColumn[]) {
    this.#memory = memory
    this.#layout = layout
    this.#columns = columns
    const { form, rows, bound, head } = layout
    memory.bytes.set(head, AT_COLUMNS)
    memory.functions.shape(columns.length, rows, Number(form.isJson), Number(form.isLine), bound)
  }

  /** Copies `count` rows, at most those of the layout; false if their texts have no room. */
  take(from: number, count: number): boolean {
    const memory = this.#memory
    this.#columns.forEach((column, i) => {
      this.#copyColumn(i, column, from, from + count)
    })
    memory.functions.look(count)
    const runs = this.#textRuns()
    this.lengths = runs.reduce((sum, { lengths }) => sum + lengths, 0)
    let lateRows = 0
    for (let i = 0; i < this.#columns.length; i++) lateRows += this.#known(i, LATE_ROWS)
    this.textBytes = runs.reduce((sum, run) => sum + sizeOf(run, count), LONGEST_VALUE * lateRows)
    if (this.textBytes > memory.rooms.texts) return false
    let at = memory.texts
    for (const run of runs) {
      if (isLoose(run, count)) this.#gatherTexts(run, count, at)
      else this.#copyTexts(run, at)
      at += sizeOf(run, count)
    }
    for (let i = 0; lateRows > 0 && i < this.#columns.length; i++) {
      if (this.#known(i, LATE_ROWS) > 0) at = this.#writeLate(i, from, count, at)
    }
    return true
  }

  /** Reads an integer of the kernel's description of a column. */
  #known(column: number, what: number): number {
    return this.#memory.integers[(AT_COLUMNS + COLUMN_BYTES * column + what) >> 2] as number
  }

  /** Writes an integer of that description. */
  #tell(column: number, what: number, integer: number): void {
    this.#memory.integers[(AT_COLUMNS + COLUMN_BYTES * column + what) >> 2] = integer
  }

  #copyColumn(index: number, column: ScalarColumn, from: number, to: number): void {
    const { bytes, integers, doubles } = this.#memory
    const at = this.#known(index, VALUES)
    const { nulls } = column
    this.#tell(index, HAS_NULLS, nulls === undefined ? 0 : 1)
    if (nulls !== undefined) bytes.set(nulls.subarray(from, to), this.#known(index, STATES))
    switch (column.kind) {
      case 'boolean':
        bytes.set(column.values.subarray(from, to), at)
        break
      case 'int':
        integers.set(column.values.subarray(from, to), at >> 2)
        break
      case 'bigint':
        if (column.exact !== undefined) this.#tell(index, KIND, LATE)
        else doubles.set(column.values.subarray(from, to), at >> 3)
        break
      case 'double':
        doubles.set(column.values.subarray(from, to), at >> 3)
        break
      case 'decimal':
        break
      case 'string':
        integers.set(column.start.subarray(from, to), at >> 2)
        integers.set(column.end.subarray(from, to), (at >> 2) + this.#layout.rows)
        break
      default:
        unreachable(column)
    }
  }

  #textRuns(): TextRun[] {
    const { doubles } = this.#memory
    const runs: TextRun[] = []
    this.#columns.forEach((column, i) => {
      if (column.kind !== 'string') return
      const lengths = doubles[(AT_COLUMNS + COLUMN_BYTES * i + LENGTHS) >> 3] as number
      if (lengths === 0) return
      const [least, greatest] = [this.#known(i, LEAST), this.#known(i, GREATEST)]
      const run = runs.at(-1)
      if (run?.source === column.bytes) {
        run.columns.push(i)
        run.least = Math.min(run.least, least)
        run.greatest = Math.max(run.greatest, greatest)
        run.lengths += lengths
      } else runs.push({ source: column.bytes, columns: [i], least, greatest, lengths })
    })
    return runs
  }

  #copyTexts({ source, columns, least, greatest }: TextRun, at: number): void {
    this.#memory.bytes.set(source.subarray(least, greatest), at)
    for (const column of columns) this.#tell(column, SHIFT, at - least)
  }

  /** Copies texts that lie far apart, one by one. */
  #gatherTexts({ source, columns }: TextRun, count: number, first: number): void {
    const { bytes, integers, view } = this.#memory
    const from = viewOf(source)
    let at = first
    for (const column of columns) {
      const starts = this.#known(column, VALUES) >> 2
      const ends = starts + this.#layout.rows
      const states = this.#known(column, STATES)
      for (let row = 0; row < count; row++) {
        if (bytes[states + row] !== 0) continue
        const start = integers[starts + row] as number
        const length = (integers[ends + row] as number) - start
        copyBytes(from, start, length, view, at)
        integers[starts + row] = at
        at += length
        integers[ends + row] = at
      }
      this.#tell(column, SHIFT, 0)
    }
  }

  /** Writes the late values of a column; returns the address after them. */
  #writeLate(index: number, from: number, count: number, first: number): number {
    const { bytes, integers } = this.#memory
    const values = this.#known(index, VALUES) >> 2
    const states = this.#known(index, STATES)
    let at = first
    let texts = ''
    for (let row = 0; row < count; row++) {
      if (bytes[states + row] !== IS_LATE) continue
      const text = this.#lateText(index, from + row)
      assert(text.length < LONGEST_VALUE, 'a value that is not text is shorter')
      integers[values + 2 * row] = at
      at += text.length
      integers[values + 2 * row + 1] = at
      texts += text
    }
    bytes.write(texts, first, 'latin1')
    return at
  }

  #lateText(index: number, row: number): string {
    const column = this.#columns[index] as Exclude<ScalarColumn, StringColumn>
    const text = valueText((this.#layout.fields[index] as Field).type, column, row)
    const isText =
      this.#layout.form.isJson && column.kind === 'double' && !Number.isFinite(column.values[row] as number)
    return isText ? `"${text}"` : text
  }
}

/** Whether texts lie so far apart that they are copied one by one. */
const isLoose = ({ least, greatest, lengths }: TextRun, count: number): boolean =>
  greatest - least > 2 * lengths + LOOSE_BYTES * count

/** Bytes of memory that the texts take. */
const sizeOf = (run: TextRun, count: number): number => (isLoose(run, count) ? run.lengths : run.greatest - run.least)
