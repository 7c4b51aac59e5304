/**
 * What ROW_NUMBER and LAG need of the owners of a running OVER: how many rows each has had, and the values of its last ones. Rows
 * are in one list for all owners; each owner has a ring of the last of them, as long as LAG looks back.
 *
 * The invariant: the row that is `n` rows before the last of an owner is at place (rows - 1 - n) modulo the length of its ring.
 */
import { type Batch, batchOfRows, type Column } from '../../record/column.ts'
import { ColumnGather, widened } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import type { RowFunction } from '../../sql/plan/plan.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'

/** Rows that are no longer among the last are removed when they outnumber both the others and this. */
const SPARE_ROWS = 1 << 12
const NONE = -1

export type TailsState = {
  readonly counts: Float64Array
  readonly rings: Int32Array
  readonly rows: RowsState
}

type Neighbour = Extract<RowFunction, { function: 'LAG' | 'LEAD' }>

/** The rows so far of all owners. */
export class Tails {
  readonly #functions: readonly RowFunction[]
  /** The columns of the input that are kept, and the places of functions in them. */
  readonly #kept: readonly number[]
  readonly #gathers: readonly (ColumnGather | undefined)[]
  /** How many of the last rows an owner has in its ring. */
  readonly #length: number
  #rows: RowStore
  /** Of each owner: the number of its rows, and the slots of the last ones. */
  #counts: Float64Array
  #rings: Int32Array
  #owners: number
  /** Of each row that is put out, the number of rows of its owner, and for each function the slot that it takes. */
  #numbers = new Float64Array(0)
  #slots: Int32Array[] = []
  #out = 0
  #first = 0
  readonly #fields: readonly Field[]

  constructor(functions: readonly RowFunction[], fields: readonly Field[], saved: TailsState | undefined) {
    this.#functions = functions
    const neighbours = functions.filter((each): each is Neighbour => 'offset' in each)
    this.#kept = [...new Set(neighbours.flatMap(({ argument }) => (argument === undefined ? [] : [argument])))]
    this.#fields = this.#kept.map((column) => fields[column] as Field)
    this.#gathers = functions.map((each) =>
      'offset' in each && each.argument !== undefined ? new ColumnGather(each.field.type) : undefined,
    )
    this.#length = neighbours.length === 0 ? 0 : 1 + Math.max(...neighbours.map(({ offset }) => offset))
    this.#rows = new RowStore(this.#fields, saved?.rows)
    this.#counts = saved?.counts.slice() ?? new Float64Array(0)
    this.#rings = saved?.rings.slice() ?? new Int32Array(0)
    this.#owners = this.#counts.length
    this.#slots = functions.map(() => new Int32Array(0))
  }

  get bytes(): number {
    return this.#rows.bytes + this.#counts.byteLength + this.#rings.byteLength
  }

  /** Makes room for owners [0, count). */
  reserveOwners(count: number): void {
    if (count <= this.#owners) return
    const before = this.#owners
    if (count > this.#counts.length) this.#counts = widened(this.#counts, count)
    const room = this.#counts.length * this.#length
    if (room > this.#rings.length) this.#rings = widened(this.#rings, room)
    this.#counts.fill(0, before, count)
    this.#rings.fill(NONE, before * this.#length, count * this.#length)
    this.#owners = count
  }

  /** Begins with the rows of a batch, none of which has been pushed. */
  begin(batch: Batch): void {
    if (batch.count > this.#numbers.length) {
      this.#numbers = new Float64Array(batch.count)
      this.#slots = this.#slots.map(() => new Int32Array(batch.count))
    }
    this.#out = 0
    const columns = this.#kept.map((column) => batch.columns[column] as Column)
    if (this.#length > 0) this.#first = this.#rows.append(batchOfRows(batch.count, columns), undefined, batch.count)
  }

  /** An owner has had no rows. */
  reset(owner: number): void {
    this.#counts[owner] = 0
    this.#rings.fill(NONE, owner * this.#length, (owner + 1) * this.#length)
  }

  /** Adds a row of the batch to its owner. */
  push(owner: number, row: number): void {
    const count = this.#counts[owner] as number
    if (this.#length > 0) this.#rings[owner * this.#length + (count % this.#length)] = this.#first + row
    this.#counts[owner] = count + 1
  }

  /** Gives the next row that is put out what the last row of its owner has. */
  result(owner: number): void {
    const count = this.#counts[owner] as number
    const at = this.#out++
    this.#numbers[at] = count
    for (let index = 0; index < this.#functions.length; index++) {
      const called = this.#functions[index] as RowFunction
      if (!('offset' in called)) continue
      const place = count - 1 - called.offset
      const slots = this.#slots[index] as Int32Array
      slots[at] = place < 0 ? NONE : (this.#rings[owner * this.#length + (place % this.#length)] as number)
    }
  }

  /** The columns of the functions for the rows that were given their results; valid until the next batch. */
  columns(): readonly Column[] {
    const count = this.#out
    return this.#functions.map((called, index): Column => {
      if (!('offset' in called)) return { kind: 'bigint', values: this.#numbers, exact: undefined, nulls: undefined }
      const slots = this.#slots[index] as Int32Array
      const absent = new Uint8Array(count)
      for (let at = 0; at < count; at++) if ((slots[at] as number) < 0) absent[at] = 1
      const gather = this.#gathers[index]
      if (gather === undefined || called.argument === undefined)
        return { kind: 'boolean', values: absent.map((is) => 1 - is), nulls: undefined }
      const column = this.#rows.columns[this.#kept.indexOf(called.argument)] as Column
      const chosen = slots.subarray(0, count).map((slot) => Math.max(0, slot))
      return gather.take(column, chosen, count, absent)
    })
  }

  /** Removes the rows that are no longer among the last of their owners, if they are many. */
  tidy(): void {
    const most = this.#owners * this.#length
    if (this.#rows.count > 2 * most + SPARE_ROWS) this.#compact()
  }

  #compact(): void {
    const rings = this.#rings.subarray(0, this.#owners * this.#length)
    const used = new Uint8Array(this.#rows.count)
    for (const slot of rings) if (slot >= 0) used[slot] = 1
    const kept: number[] = []
    const renamed = new Int32Array(used.length)
    for (let slot = 0; slot < used.length; slot++) if (used[slot] === 1) renamed[slot] = kept.push(slot) - 1
    this.#rows.retain(this.#rows, Int32Array.from(kept))
    for (let at = 0; at < rings.length; at++) {
      const slot = rings[at] as number
      if (slot >= 0) rings[at] = renamed[slot] as number
    }
  }

  /** Gives owners other numbers, in the same order; -1: one that is forgotten. */
  rename(renamed: Int32Array): void {
    const length = this.#length
    let owners = 0
    for (let owner = 0; owner < this.#owners; owner++) {
      if ((renamed[owner] as number) < 0) continue
      this.#counts[owners] = this.#counts[owner] as number
      this.#rings.copyWithin(owners * length, owner * length, (owner + 1) * length)
      owners++
    }
    this.#owners = owners
  }

  snapshot(): TailsState {
    this.#compact()
    return {
      counts: this.#counts.slice(0, this.#owners),
      rings: this.#rings.slice(0, this.#owners * this.#length),
      rows: this.#rows.snapshot(),
    }
  }
}
