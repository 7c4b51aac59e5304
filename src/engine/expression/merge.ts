/** Makes a column whose rows come from several columns of the same type. */
import type { BigintColumn, Column, RowColumn, StringColumn } from '../../record/column.ts'
import { makeColumn } from '../../record/column.ts'
import { exactValues } from '../../record/exact.ts'
import type { Type } from '../../record/type.ts'
import { mergeRanges, NOWHERE } from './merge-ranges.ts'

/** Buffers that together have no more bytes than this are joined, so that rows only need new ranges. */
const SMALL_BYTES = 4096

/** A merged column, overwritten at the next call. */
export class Merge {
  readonly #type: Type
  /** Of a ROW, for each field. */
  readonly #fields: readonly Merge[]
  readonly #pool = new BytePool()
  #out: Column
  #capacity = 0
  #nulls = new Uint8Array(0)

  constructor(type: Type) {
    this.#type = type
    this.#fields = type.kind === 'ROW' ? type.fields.map((field) => new Merge(field.type)) : []
    this.#out = makeColumn(type, 0)
  }

  /** Takes each row from the column at index `choice[row]`. Failures of the chosen columns are added to `failures`. */
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
    columns.forEach((column, index) => {
      copyChosen(out, column, choice, { index, count })
    })
    if (out.kind === 'row') return { ...out, fields: this.#mergeFields(columns as RowColumn[], choice, count) }
    if (out.kind === 'list' || out.kind === 'map') mergeRanges(out, columns as (typeof out)[], choice, count)
    if (out.kind === 'bigint') mergeExact(out, columns as BigintColumn[], choice, count)
    if (out.kind === 'string') this.#pool.gather(out, columns as StringColumn[], choice, count)
    return out
  }

  #mergeFields(columns: readonly RowColumn[], choice: Uint16Array, count: number): Column[] {
    return this.#fields.map((field, index) =>
      field.run(
        columns.map(({ fields }) => fields[index] as Column),
        choice,
        count,
        new Map(),
      ),
    )
  }

  #mergeNulls(columns: readonly Column[], choice: Uint16Array, count: number): Uint8Array | undefined {
    const nulls = this.#nulls
    let any = choice.subarray(0, count).includes(NOWHERE)
    if (any) for (let row = 0; row < count; row++) nulls[row] = choice[row] === NOWHERE ? 1 : 0
    else nulls.fill(0, 0, count)
    columns.forEach((column, index) => {
      if (column.nulls === undefined) return
      any = true
      for (let row = 0; row < count; row++) if (choice[row] === index) nulls[row] = column.nulls[row] as number
    })
    return any ? nulls : undefined
  }
}

type Chosen = { readonly index: number; readonly count: number }

function copyChosen(out: Column, from: Column, choice: Uint16Array, chosen: Chosen): void {
  if (out.kind === 'int') copyInts(out.values, (from as typeof out).values, choice, chosen)
  else if (out.kind === 'double') copyDoubles(out.values, (from as typeof out).values, choice, chosen)
  else if (out.kind === 'bigint') copyDoubles(out.values, (from as typeof out).values, choice, chosen)
  else if (out.kind === 'boolean') copyValues<number>(out.values, (from as typeof out).values, choice, chosen)
  else if (out.kind === 'decimal') copyValues<bigint>(out.values, (from as typeof out).values, choice, chosen)
  else if (out.kind !== 'row') {
    copyInts(out.start, (from as StringColumn).start, choice, chosen)
    copyInts(out.end, (from as StringColumn).end, choice, chosen)
  }
}

/** Each common kind of array has a loop of its own, which then sees one kind only. */
function copyInts(out: Int32Array, from: Int32Array, choice: Uint16Array, { index, count }: Chosen): void {
  for (let row = 0; row < count; row++) if (choice[row] === index) out[row] = from[row] as number
}

function copyDoubles(out: Float64Array, from: Float64Array, choice: Uint16Array, { index, count }: Chosen): void {
  for (let row = 0; row < count; row++) if (choice[row] === index) out[row] = from[row] as number
}

function copyValues<T>(
  out: { [row: number]: T },
  from: { [row: number]: T },
  choice: Uint16Array,
  { index, count }: Chosen,
): void {
  for (let row = 0; row < count; row++) if (choice[row] === index) out[row] = from[row] as T
}

function mergeExact(out: BigintColumn, columns: readonly BigintColumn[], choice: Uint16Array, count: number): void {
  out.exact = undefined
  if (columns.every((column) => column.exact === undefined)) return
  const exact = new BigInt64Array(count)
  columns.forEach((column, index) => {
    copyValues<bigint>(exact, exactValues(column, count), choice, { index, count })
  })
  out.exact = exact
}

/** Brings the bytes of merged strings, which are in several buffers, into one. */
class BytePool {
  readonly #bytes: Uint8Array = new Uint8Array(SMALL_BYTES)

  gather(out: StringColumn, columns: readonly StringColumn[], choice: Uint16Array, count: number): void {
    const first = columns[0] as StringColumn
    out.bytes = first.bytes
    if (columns.every(({ bytes }) => bytes === first.bytes)) return
    if (columns.reduce((sum, { bytes }) => sum + bytes.length, 0) <= SMALL_BYTES)
      this.#shift(out, columns, choice, count)
    else copyTexts(out, columns, choice, count)
  }

  /**
   * All buffers are small: joins them and moves the ranges. This is done at every batch, as a function writes the texts of
   * each batch into the same buffer.
   */
  #shift(out: StringColumn, columns: readonly StringColumn[], choice: Uint16Array, count: number): void {
    const offsets = new Int32Array(columns.length)
    let length = 0
    for (const [index, { bytes }] of columns.entries()) {
      offsets[index] = length
      this.#bytes.set(bytes, length)
      length += bytes.length
    }
    out.bytes = this.#bytes.subarray(0, length)
    for (let row = 0; row < count; row++) {
      const index = choice[row] as number
      if (index === NOWHERE) continue
      out.start[row] = (out.start[row] as number) + (offsets[index] as number)
      out.end[row] = (out.end[row] as number) + (offsets[index] as number)
    }
  }
}

/** Copies the bytes of the chosen strings side by side. */
function copyTexts(out: StringColumn, columns: readonly StringColumn[], choice: Uint16Array, count: number): void {
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
