/** Rows kept beyond their batch, in columns that grow. The bytes of strings are copied. */
import { copyBytes, viewOf } from '../../record/bytes.ts'
import type { Batch, Column } from '../../record/column.ts'
import { batchOfRows, columnBytes, makeColumn } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'

/** Plain columns of exactly `count` rows. */
export type RowsState = { readonly count: number; readonly columns: readonly Column[] }

/** A growing list of rows. */
export class RowStore {
  count = 0
  columns: Column[]
  readonly #fields: readonly Field[]
  #capacity = 0

  constructor(fields: readonly Field[], saved?: RowsState) {
    this.#fields = fields
    this.#capacity = saved?.count ?? 0
    this.columns = fields.map((field) => makeColumn(field.type, this.#capacity))
    if (saved !== undefined) this.append(saved, undefined, saved.count)
  }

  get bytes(): number {
    return rowsBytes(this)
  }

  /** Appends rows [0, count), or those at `rows`. Returns the index of the first. */
  append(from: RowsState, rows: Int32Array | undefined, count: number): number {
    if (this.count + count > this.#capacity) this.#widen(this.count + count)
    const at = this.count
    const chosen = { at, rows, count }
    this.columns.forEach((column, index) => {
      appendNulls(column, from.columns[index] as Column, chosen, this.#capacity)
      appendValues(column, from.columns[index] as Column, chosen)
    })
    this.count = at + count
    return at
  }

  /** Keeps only the rows at `rows`, in that order. `from` has this store's columns, or others with the same values. */
  retain(from: RowsState, rows: Int32Array): void {
    const kept = new RowStore(this.#fields)
    kept.append(from, rows, rows.length)
    this.count = kept.count
    this.columns = kept.columns
    this.#capacity = kept.#capacity
  }

  batch(): Batch {
    return batchOfRows(this.count, this.columns)
  }

  /** A copy without spare room. */
  snapshot(): RowsState {
    const { count, columns } = new RowStore(this.#fields, this)
    return { count, columns }
  }

  #widen(least: number): void {
    this.#capacity = Math.max(least, this.#capacity * 2, 64)
    this.columns = this.columns.map((column, index) => {
      const wider = makeColumn((this.#fields[index] as Field).type, this.#capacity)
      const all = { at: 0, rows: undefined, count: this.count }
      appendNulls(wider, column, all, this.#capacity)
      if (wider.kind !== 'string') appendValues(wider, column, all)
      else {
        const { bytes, start, end } = column as typeof wider
        wider.bytes = bytes // They stay where they are.
        wider.start.set(start)
        wider.end.set(end)
      }
      return wider
    })
  }
}

/** Bytes of memory, spare room included. */
export const rowsBytes = ({ columns }: Pick<RowsState, 'columns'>): number =>
  columns.reduce((sum, column) => sum + columnBytes(column), 0)

/** Rows to append from index `at` on: those at `rows` [0, count), or rows [0, count). */
type Chosen = { readonly at: number; readonly rows: Int32Array | undefined; readonly count: number }

function appendNulls(to: Column, { nulls }: Column, { at, rows, count }: Chosen, capacity: number): void {
  if (nulls === undefined) return
  to.nulls ??= new Uint8Array(capacity)
  if (rows === undefined) to.nulls.set(nulls.subarray(0, count), at)
  else for (let i = 0; i < count; i++) to.nulls[at + i] = nulls[rows[i] as number] as number
}

function appendValues(to: Column, from: Column, chosen: Chosen): void {
  const { at, rows, count } = chosen
  switch (to.kind) {
    case 'string':
      appendStrings(to, from as typeof to, chosen)
      return
    case 'decimal': {
      const { values } = from as typeof to
      for (let i = 0; i < count; i++) to.values[at + i] = values[rows === undefined ? i : (rows[i] as number)] as bigint
      return
    }
    case 'bigint':
      appendBigints(to, from as typeof to, chosen)
      return
    default: {
      const { values } = from as typeof to
      if (rows === undefined) to.values.set(values.subarray(0, count), at)
      else for (let i = 0; i < count; i++) to.values[at + i] = values[rows[i] as number] as number
    }
  }
}

/** The value of a NULL row may be any number, also one that is not whole. */
const toExact = (value: number) => (Number.isSafeInteger(value) ? BigInt(value) : 0n)

type Bigints = Extract<Column, { kind: 'bigint' }>

function appendBigints(to: Bigints, { values, exact }: Bigints, { at, rows, count }: Chosen): void {
  if (rows === undefined && exact === undefined && to.exact === undefined) {
    to.values.set(values.subarray(0, count), at)
    return
  }
  if (exact !== undefined && to.exact === undefined) {
    to.exact = new BigInt64Array(to.values.length)
    for (let row = 0; row < at; row++) to.exact[row] = toExact(to.values[row] as number)
  }
  for (let i = 0; i < count; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    to.values[at + i] = values[row] as number
    if (to.exact !== undefined)
      to.exact[at + i] = exact === undefined ? toExact(values[row] as number) : (exact[row] as bigint)
  }
}

type Strings = Extract<Column, { kind: 'string' }>

/** The bytes of rows follow each other without gaps; a NULL has none. */
function appendStrings(to: Strings, from: Strings, { at, rows, count }: Chosen): void {
  const { start, end, nulls } = from
  const first = at === 0 ? 0 : (to.end[at - 1] as number)
  let length = first
  // The strings of a store are side by side: they are copied at once.
  let isSideBySide = rows === undefined && nulls === undefined
  for (let i = 0; i < count; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    isSideBySide &&= i === 0 || start[i] === end[i - 1]
    to.start[at + i] = length
    if (nulls === undefined || nulls[row] === 0) length += (end[row] as number) - (start[row] as number)
    to.end[at + i] = length
  }
  if (length > to.bytes.length) {
    const wider = new Uint8Array(Math.max(length, to.bytes.length * 2))
    wider.set(to.bytes.subarray(0, first))
    to.bytes = wider
  }
  if (isSideBySide && count > 0) {
    to.bytes.set(from.bytes.subarray(start[0], end[count - 1]), first)
    return
  }
  const source = viewOf(from.bytes)
  const target = viewOf(to.bytes)
  for (let i = 0; i < count; i++) {
    const begin = to.start[at + i] as number
    const bytes = (to.end[at + i] as number) - begin
    const row = rows === undefined ? i : (rows[i] as number)
    if (bytes > 0) copyBytes(source, start[row] as number, bytes, target, begin)
  }
}
