/** Copies chosen rows into arrays of its own, which are overwritten at the next batch. */
import { type Batch, type Column, type ListColumn, type MapColumn, makeColumn, type StringColumn } from './column.ts'
import type { Field, Type } from './type.ts'

/** Arrays for rows of these fields. */
export class Gather {
  readonly #columns: readonly ColumnGather[]
  #origin: Int32Array = new Int32Array(0)
  #watermark: Float64Array = new Float64Array(0)

  constructor(fields: readonly Field[]) {
    this.#columns = fields.map(({ type }) => new ColumnGather(type))
  }

  /** The rows at `rows` [0, count), in that order; valid until the next call. */
  take(batch: Batch, rows: Int32Array, count: number): Batch {
    if (count > this.#origin.length) {
      const capacity = roomFor(count, this.#origin.length)
      this.#origin = new Int32Array(capacity)
      this.#watermark = new Float64Array(capacity)
    }
    const columns = this.#columns.map((column, index) => column.take(batch.columns[index] as Column, rows, count))
    const { watermark } = batch
    for (let i = 0; i < count; i++) {
      const row = rows[i] as number
      this.#origin[i] = batch.origin === undefined ? row : (batch.origin[row] as number)
    }
    return {
      count,
      columns,
      partition: batch.partition,
      origin: this.#origin,
      watermark: watermark === undefined ? undefined : gatherInto(this.#watermark, watermark, rows, count),
    }
  }
}

/** Arrays for values of one type. Bytes of strings and items of lists are shared with the source, not copied. */
export class ColumnGather {
  readonly #type: Type
  /** Of a ROW, for each field. */
  readonly #fields: readonly ColumnGather[]
  #column: Column
  #nulls: Uint8Array = new Uint8Array(0)
  #capacity = 0

  constructor(type: Type) {
    this.#type = type
    this.#fields = type.kind === 'ROW' ? type.fields.map((field) => new ColumnGather(field.type)) : []
    this.#column = makeColumn(type, 0)
  }

  /**
   * The values at `rows` [0, count), in that order; valid until the next call. Where `absent` is 1 the result is NULL, whatever
   * is in `rows`.
   */
  take(source: Column, rows: Int32Array, count: number, absent?: Uint8Array): Column {
    if (count > this.#capacity) {
      this.#capacity = roomFor(count, this.#capacity)
      this.#column = makeColumn(this.#type, this.#capacity)
      this.#nulls = new Uint8Array(this.#capacity)
    }
    const column = this.#column
    column.nulls = this.#takeNulls(source, rows, count, absent)
    if (column.kind === 'row') {
      const { fields } = source as typeof column
      column.fields = this.#fields.map((field, index) => field.take(fields[index] as Column, rows, count, absent))
    } else copyCells(column, source, rows, count)
    return column
  }

  #takeNulls({ nulls }: Column, rows: Int32Array, count: number, absent: Uint8Array | undefined) {
    if (nulls === undefined && absent === undefined) return undefined
    const own = this.#nulls
    if (nulls !== undefined) gatherInto(own, nulls, rows, count)
    else own.fill(0, 0, count)
    if (absent !== undefined) for (let i = 0; i < count; i++) if (absent[i] === 1) own[i] = 1
    return own
  }
}

const roomFor = (count: number, before: number): number => Math.max(count, before * 2, 256)

/** A copy with room for twice as many elements, or `least`. */
export function widened<T extends Float64Array | Int32Array>(from: T, least = 0): T {
  const wider = new (from.constructor as { new (length: number): T })(Math.max(least, from.length * 2))
  wider.set(from)
  return wider
}

function gatherInto<T extends Uint8Array | Int32Array | Float64Array>(
  to: T,
  from: T,
  rows: Int32Array,
  count: number,
): T {
  for (let i = 0; i < count; i++) to[i] = from[rows[i] as number] as number
  return to
}

function copyCells(to: Exclude<Column, { kind: 'row' }>, from: Column, rows: Int32Array, count: number): void {
  switch (to.kind) {
    case 'boolean':
    case 'int':
    case 'double':
      gatherInto(to.values, (from as typeof to).values, rows, count)
      return
    case 'bigint': {
      const { values, exact } = from as typeof to
      gatherInto(to.values, values, rows, count)
      to.exact = undefined
      if (exact === undefined) return
      to.exact = new BigInt64Array(count)
      for (let i = 0; i < count; i++) to.exact[i] = exact[rows[i] as number] ?? 0n
      return
    }
    case 'decimal': {
      const { values } = from as typeof to
      for (let i = 0; i < count; i++) to.values[i] = values[rows[i] as number] ?? 0n
      return
    }
    case 'string':
      to.bytes = (from as typeof to).bytes
      copyRanges(to, from as typeof to, rows, count)
      return
    case 'list':
      to.items = (from as typeof to).items
      copyRanges(to, from as typeof to, rows, count)
      return
    case 'map':
      to.keys = (from as typeof to).keys
      to.values = (from as typeof to).values
      copyRanges(to, from as typeof to, rows, count)
      return
  }
}

/** The ranges point at the bytes or items of the source. */
function copyRanges<C extends StringColumn | ListColumn | MapColumn>(
  to: C,
  { start, end }: C,
  rows: Int32Array,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const row = rows[i] as number
    to.start[i] = start[row] as number
    to.end[i] = end[row] as number
  }
}
