/** Takes each row of a column from one of several columns of the same type. */
import type { BigintColumn, Column, StringColumn } from '../record/column.ts'
import { makeColumn } from '../record/column.ts'
import { exactValues } from '../record/exact.ts'
import type { Type } from '../record/type.ts'

/** The choice of a row that has no value: it is NULL, or has failed. */
export const NOWHERE = 0xffff

export class Merge {
  readonly #type: Type
  #out: Column
  #capacity = 0
  #nulls = new Uint8Array(0)

  constructor(type: Type) {
    this.#type = type
    this.#out = makeColumn(type, 0)
  }

  /** `choice[row]` is the index of the column that row is taken from. `failures` are those there are already. */
  run(columns: readonly Column[], choice: Uint16Array, count: number, failures: Map<number, string>): Column {
    if (this.#capacity < count) {
      this.#capacity = Math.max(count, 2 * this.#capacity)
      this.#out = makeColumn(this.#type, this.#capacity)
      this.#nulls = new Uint8Array(this.#capacity)
    }
    const out = this.#out
    columns.forEach((column, index) => {
      for (const [row, reason] of column.failures ?? []) if (choice[row] === index) failures.set(row, reason)
    })
    out.nulls = this.#mergeNulls(columns, choice, count)
    if (out.nulls !== undefined) for (const row of failures.keys()) out.nulls[row] = 0
    out.failures = failures.size === 0 ? undefined : failures
    mergeValues(out, columns, choice, count)
    return out
  }

  #mergeNulls(columns: readonly Column[], choice: Uint16Array, count: number): Uint8Array | undefined {
    const nulls = this.#nulls
    let any = false
    for (let row = 0; row < count; row++) {
      const index = choice[row] as number
      const isNull = index === NOWHERE || (columns[index] as Column).nulls?.[row] === 1
      nulls[row] = isNull ? 1 : 0
      if (isNull) any = true
    }
    return any ? nulls : undefined
  }
}

function mergeValues(out: Column, columns: readonly Column[], choice: Uint16Array, count: number): void {
  if (out.kind === 'bigint') mergeBigints(out, columns as BigintColumn[], choice, count)
  else if (out.kind === 'string') mergeStrings(out, columns as StringColumn[], choice, count)
  else copyChosen<unknown>(out.values, (columns as (typeof out)[]).map(valuesOf), choice, count)
}

const valuesOf = (column: Exclude<Column, StringColumn>): ArrayLike<unknown> => column.values

function copyChosen<T>(
  out: { [row: number]: T },
  from: readonly ArrayLike<T>[],
  choice: Uint16Array,
  count: number,
): void {
  for (let row = 0; row < count; row++) {
    const index = choice[row] as number
    if (index !== NOWHERE) out[row] = (from[index] as ArrayLike<T>)[row] as T
  }
}

function mergeBigints(out: BigintColumn, columns: readonly BigintColumn[], choice: Uint16Array, count: number): void {
  copyChosen(
    out.values,
    columns.map((column) => column.values),
    choice,
    count,
  )
  out.exact = undefined
  if (columns.every((column) => column.exact === undefined)) return
  out.exact = new BigInt64Array(count)
  copyChosen(
    out.exact,
    columns.map((column) => exactValues(column, count)),
    choice,
    count,
  )
}

/** Columns that lie in one buffer are merged by their ranges alone; else the bytes taken are copied side by side. */
function mergeStrings(out: StringColumn, columns: readonly StringColumn[], choice: Uint16Array, count: number): void {
  copyChosen(
    out.start,
    columns.map((column) => column.start),
    choice,
    count,
  )
  copyChosen(
    out.end,
    columns.map((column) => column.end),
    choice,
    count,
  )
  const first = (columns[0] as StringColumn).bytes
  if (columns.every((column) => column.bytes === first)) {
    out.bytes = first
    return
  }
  const { start, end, nulls } = out
  let size = 0
  for (let row = 0; row < count; row++) {
    if (choice[row] === NOWHERE || nulls?.[row] === 1) start[row] = end[row] = 0
    else size += (end[row] as number) - (start[row] as number)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (let row = 0; row < count; row++) {
    const from = start[row] as number
    const to = end[row] as number
    if (from === to) continue
    const source = (columns[choice[row] as number] as StringColumn).bytes
    start[row] = at
    for (let index = from; index < to; index++) bytes[at++] = source[index] as number
    end[row] = at
  }
  out.bytes = bytes
}
