/** Copies chosen rows of a batch into arrays of its own, which are overwritten at the next batch. */
import { type Batch, type Column, type ListColumn, type MapColumn, makeColumn, type StringColumn } from './column.ts'
import type { Field } from './type.ts'

/** Arrays for rows of these fields. */
export class Gather {
  readonly #columns: Column[]
  readonly #nulls: Uint8Array[]
  #capacity = 0
  #origin: Int32Array = new Int32Array(0)
  #watermark: Float64Array = new Float64Array(0)
  readonly #fields: readonly Field[]

  constructor(fields: readonly Field[]) {
    this.#fields = fields
    this.#columns = fields.map((field) => makeColumn(field.type, 0))
    this.#nulls = fields.map(() => new Uint8Array(0))
  }

  /** The rows at `rows` [0, count), in that order; valid until the next call. */
  take(batch: Batch, rows: Int32Array, count: number): Batch {
    if (count > this.#capacity) this.#widen(count)
    const columns = this.#columns.map((column, index) => {
      const source = batch.columns[index] as Column
      const nulls = this.#nulls[index] as Uint8Array
      column.nulls = source.nulls === undefined ? undefined : gatherInto(nulls, source.nulls, rows, count)
      copyCells(column, source, rows, count)
      return column
    })
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

  #widen(count: number): void {
    this.#capacity = Math.max(count, this.#capacity * 2, 256)
    this.#fields.forEach((field, index) => {
      this.#columns[index] = makeColumn(field.type, this.#capacity)
      this.#nulls[index] = new Uint8Array(this.#capacity)
    })
    this.#origin = new Int32Array(this.#capacity)
    this.#watermark = new Float64Array(this.#capacity)
  }
}

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

/** Copies the values of rows, without their NULLs, which are the caller's. */
function copyCells(to: Column, from: Column, rows: Int32Array, count: number): void {
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
      for (let i = 0; i < count; i++) to.exact[i] = exact[rows[i] as number] as bigint
      return
    }
    case 'decimal': {
      const { values } = from as typeof to
      for (let i = 0; i < count; i++) to.values[i] = values[rows[i] as number] as bigint
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
    case 'row':
      to.fields.forEach((field, index) => {
        const source = (from as typeof to).fields[index] as Column
        const { nulls } = source
        field.nulls = nulls === undefined ? undefined : gatherInto(new Uint8Array(count), nulls, rows, count)
        copyCells(field, source, rows, count)
      })
      return
  }
}

/** The bytes or items that the ranges are of are shared, not copied. */
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
