/** Pairs of rows of both sides of a join, by number, and the columns of one side of them. */
import type { Column } from '../../record/column.ts'
import { ColumnGather } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'

/** Pairs that are put out together: their columns stay in the processor's cache. */
const MOST_PAIRS = 8192

/** Pairs of a row of a probe batch and one of the build side, or NONE. */
export class PairList {
  readonly rows: Int32Array = new Int32Array(MOST_PAIRS)
  readonly matches: Int32Array = new Int32Array(MOST_PAIRS)
  count = 0

  get isFull(): boolean {
    return this.count === MOST_PAIRS
  }

  add(row: number, match: number): void {
    this.rows[this.count] = row
    this.matches[this.count++] = match
  }
}

/** The columns of one side of pairs. */
export class SideColumns {
  readonly #gathers: readonly ColumnGather[]
  #absent: Uint8Array = new Uint8Array(0)
  #present: Int32Array = new Int32Array(0)

  constructor(fields: readonly Field[]) {
    this.#gathers = fields.map(({ type }) => new ColumnGather(type))
  }

  /** The rows [0, count) of `at`, NULLs where that is NONE; valid until the next call. Columns that are not `wanted` are not taken. */
  take(columns: readonly Column[], at: Int32Array, count: number, wanted?: ReadonlySet<number>): readonly Column[] {
    if (this.#gathers.length === 0) return columns
    const absent = this.#absentIn(at, count)
    const rows = absent === undefined ? at : this.#present
    return this.#gathers.map((gather, index) => {
      const column = columns[index] as Column
      return wanted?.has(index) === false ? column : gather.take(column, rows, count, absent)
    })
  }

  /** Marks rows that are NONE. A gather reads row 0 for them, which is arbitrary. */
  #absentIn(at: Int32Array, count: number): Uint8Array | undefined {
    let first = 0
    while (first < count && (at[first] as number) >= 0) first++
    if (first === count) return undefined
    if (this.#absent.length < count) {
      this.#absent = new Uint8Array(count)
      this.#present = new Int32Array(count)
    }
    for (let i = 0; i < count; i++) {
      const row = at[i] as number
      this.#absent[i] = row < 0 ? 1 : 0
      this.#present[i] = Math.max(row, 0)
    }
    return this.#absent
  }
}
