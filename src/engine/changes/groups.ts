/**
 * Groups without a window: each has one entry, to which rows are added for as long as the query runs. The row of a group that a
 * step touches is written down before its first row of the step is added: that is how it was put out last.
 *
 * Values of DISTINCT aggregates are known by owner and value. A group that begins anew is another owner, so that values from
 * before count again; those of owners that are gone are removed when groups are.
 */
import type { EventTime } from '../../base/quantity.ts'
import { type Batch, type BooleanColumn, batchOfRows, type Column } from '../../record/column.ts'
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import { widened } from '../../record/gather.ts'
import {
  clearEntries,
  copyEntries,
  type Entries,
  entriesBytes,
  growEntries,
  makeEntries,
  pickEntries,
} from '../aggregate/entries.ts'
import { readOwner } from '../aggregate/keys.ts'
import { type AggregatePlan, type AggregateSpec, aggregateSpec, type BoundAggregate } from '../aggregate/spec.ts'
import { KeyWriter } from '../key/key.ts'
import { readKeys } from '../key/read.ts'
import type { OperatorState } from '../operator.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'
import { type Core, type Settled, Touched, type TouchedState } from './core.ts'

const NO_KEY = new Uint8Array(0)

export type GroupsOptions = {
  readonly plan: AggregatePlan
  readonly ttl: number | undefined
  /** Whether somebody ranks the groups: then one that is over leaves the ranking. Else its row stays where it is. */
  readonly leaves: boolean
  readonly saved: OperatorState | undefined
}

type Saved = {
  readonly keys: DictionaryState
  readonly values: readonly DictionaryState[]
  readonly entries: Entries
  readonly owners: Int32Array
  readonly nextOwner: number
  readonly touched: TouchedState
  readonly dirty: Int32Array
  readonly before: RowsState
}

/** The groups of an answer that changes. */
export class RunningGroups implements Core {
  readonly #options: GroupsOptions
  readonly #spec: AggregateSpec
  readonly #writer = new KeyWriter()
  readonly #keys: Dictionary
  /** Of each DISTINCT aggregate, its values, each behind its owner. */
  readonly #values: readonly Dictionary[]
  /** Entry i is that of key i. */
  #entries: Entries
  #owners: Int32Array
  #nextOwner: number
  readonly #touched: Touched
  #dirty: number[]
  #isDirty: Uint8Array
  #before: RowStore
  readonly #out: Entries
  #ids = new Int32Array(0)
  #taken = new Int32Array(0)
  #rowOwners = new Int32Array(0)

  constructor(options: GroupsOptions) {
    const { plan, ttl } = options
    const saved = options.saved as Saved | undefined
    this.#options = { ...options, saved: undefined }
    this.#spec = aggregateSpec(plan, undefined)
    const { layout, distinctTables } = this.#spec
    const open = (state: DictionaryState | undefined) =>
      state === undefined ? new Dictionary() : Dictionary.restore(state)
    this.#keys = open(saved?.keys)
    this.#values = Array.from({ length: distinctTables }, (_, index) => open(saved?.values[index]))
    this.#entries = saved === undefined ? makeEntries(layout, 0) : copyEntries(saved.entries)
    this.#owners = saved?.owners.slice() ?? new Int32Array(0)
    this.#nextOwner = saved?.nextOwner ?? 0
    this.#touched = new Touched(ttl, saved?.touched)
    this.#dirty = [...(saved?.dirty ?? [])]
    this.#isDirty = new Uint8Array(this.#keys.size)
    for (const id of this.#dirty) this.#isDirty[id] = 1
    this.#before = new RowStore(plan.fields, saved?.before)
    this.#out = makeEntries(layout, 0)
  }

  get isTouched(): boolean {
    return this.#dirty.length > 0 || this.#before.count > 0
  }

  get size(): number {
    return this.#keys.size
  }

  get bytes(): number {
    const arrays = [this.#owners, this.#touched.at, this.#isDirty]
    const own = arrays.reduce((sum, { byteLength }) => sum + byteLength, this.#keys.bytes + this.#before.bytes)
    return this.#values.reduce((sum, { bytes }) => sum + bytes, own + entriesBytes(this.#entries))
  }

  take(batch: Batch, from: number, to: number, at: EventTime): void {
    this.#reserve(batch.count)
    const known = this.#keys.size
    this.#findKeys(batch, from, to)
    this.#grow(known)
    this.#touch(from, to, at, known)
    for (const aggregate of this.#spec.aggregates) this.#accumulate(aggregate, batch, from, to)
  }

  settle(): Settled {
    const now = this.#rowsOf(this.#dirty)
    const before = this.#before.batch()
    for (const id of this.#dirty) this.#isDirty[id] = 0
    this.#dirty = []
    this.#before = new RowStore(this.#options.plan.fields)
    return { before, now }
  }

  forget(at: EventTime): void {
    const over = this.#touched.look(this.size, at)
    if (over === undefined) return
    const gone = over.reduce((sum, is) => sum + is, 0)
    const { leaves } = this.#options
    if (gone === 0 || (!leaves && gone < this.size / 4)) return
    if (leaves) this.#before.append(this.#rowsOf([...over.keys()].filter((id) => over[id] === 1)), undefined, gone)
    const kept = [...over.keys()].filter((id) => over[id] === 0)
    const renamed = this.#keys.retain(over.map((is) => 1 - is))
    const order = new Int32Array(kept.length)
    for (const id of kept) order[renamed[id] as number] = id
    const { layout } = this.#spec
    const entries = makeEntries(layout, kept.length)
    pickEntries(entries, layout, this.#entries, order, order.length)
    this.#entries = entries
    this.#owners = order.map((id) => this.#owners[id] as number)
    this.#touched.rename(renamed)
    this.#isDirty = new Uint8Array(kept.length)
    this.#number(0)
    this.#forgetValues()
  }

  snapshot(): OperatorState {
    const { size } = this
    const state: Saved = {
      keys: this.#keys.snapshot(),
      values: this.#values.map((values) => values.snapshot()),
      entries: copyEntries(this.#entries),
      owners: this.#owners.slice(0, size),
      nextOwner: this.#nextOwner,
      touched: this.#touched.snapshot(size),
      dirty: Int32Array.from(this.#dirty),
      before: this.#before.snapshot(),
    }
    return state
  }

  #reserve(count: number): void {
    if (count <= this.#ids.length) return
    this.#ids = new Int32Array(count)
    this.#taken = new Int32Array(count)
    this.#rowOwners = new Int32Array(count)
  }

  #findKeys(batch: Batch, from: number, to: number): void {
    const { keys } = this.#spec
    if (keys.length === 0) {
      this.#ids.fill(this.#keys.idOf(NO_KEY, 0, 0), from, to)
      return
    }
    const columns = keys.map((key) => batch.columns[key] as Column)
    this.#keys.lookup(this.#writer.write(columns, from, to, undefined), from, to, this.#ids)
  }

  /** Entries and owners for the keys from `known` on. */
  #grow(known: number): void {
    const { size } = this.#keys
    growEntries(this.#entries, this.#spec.layout, size)
    this.#touched.grow(size)
    if (size > this.#owners.length) this.#owners = widened(this.#owners, size)
    if (size > this.#isDirty.length) {
      const wider = new Uint8Array(Math.max(size, 2 * this.#isDirty.length))
      wider.set(this.#isDirty)
      this.#isDirty = wider
    }
    for (let id = known; id < size; id++) this.#owners[id] = this.#nextOwner++
    this.#number(known)
  }

  #number(from: number): void {
    const { size } = this.#keys
    for (let id = from; id < size; id++) this.#entries.ids[id] = id
    this.#entries.count = size
  }

  /** Notes the groups that are touched for the first time in this step, with the rows that they had. */
  #touch(from: number, to: number, at: EventTime, known: number): void {
    const had: number[] = []
    const anew: number[] = []
    for (let row = from; row < to; row++) {
      const id = this.#ids[row] as number
      if (this.#isDirty[id] === 0) {
        this.#isDirty[id] = 1
        this.#dirty.push(id)
        const isOver = id < known && this.#touched.isOver(id, at)
        if (isOver) anew.push(id)
        if (id < known && (!isOver || this.#options.leaves)) had.push(id)
      }
      this.#touched.at[id] = at
    }
    if (had.length > 0) this.#before.append(this.#rowsOf(had), undefined, had.length)
    for (const id of anew) this.#reset(id)
  }

  #reset(id: number): void {
    this.#spec.layout.initial.forEach((initial, lane) => {
      ;(this.#entries.lanes[lane] as Float64Array)[id] = initial
    })
    for (const extra of this.#entries.extras) if (id < extra.length) extra[id] = undefined
    this.#owners[id] = this.#nextOwner++
  }

  #accumulate({ call, accumulator, distinct }: BoundAggregate, batch: Batch, from: number, to: number): void {
    const column = call.argument === undefined ? undefined : (batch.columns[call.argument] as Column)
    const filter = call.filter === undefined ? undefined : (batch.columns[call.filter] as BooleanColumn)
    const nullable = accumulator.takesNulls === true && distinct === undefined ? undefined : column
    let entryOf = this.#ids
    if (filter !== undefined || nullable?.nulls !== undefined || distinct !== undefined) {
      entryOf = this.#taken
      for (let row = from; row < to; row++)
        entryOf[row] = isTaken(filter, nullable, row) ? (this.#ids[row] as number) : -1
    }
    if (distinct !== undefined) this.#leaveKnown(this.#values[distinct.table] as Dictionary, column as Column, from, to)
    accumulator.accumulate(this.#entries, entryOf, column, from, to)
  }

  /** Leaves out the rows with values that their owners had before. */
  #leaveKnown(values: Dictionary, column: Column, from: number, to: number): void {
    for (let row = from; row < to; row++) this.#rowOwners[row] = this.#owners[this.#ids[row] as number] as number
    for (let row = from; row < to; row++) {
      if ((this.#taken[row] as number) < 0) continue
      const { bytes, start, end } = this.#writer.write([column], row, row + 1, this.#rowOwners)
      const { size } = values
      if (values.idOf(bytes, start[row] as number, end[row] as number) < size) this.#taken[row] = -1
    }
  }

  /** The values of owners that are left. */
  #forgetValues(): void {
    const owners = new Set(this.#owners.subarray(0, this.size))
    for (const values of this.#values) {
      const used = new Uint8Array(values.size)
      for (let id = 0; id < used.length; id++) {
        if (owners.has(readOwner(values.arena, values.offsets[id] as number))) used[id] = 1
      }
      values.retain(used)
    }
  }

  /** The rows of groups; valid until the next call. */
  #rowsOf(ids: readonly number[]): Batch {
    const { layout, output, keyTypes, aggregates } = this.#spec
    const out = this.#out
    clearEntries(out, layout)
    pickEntries(out, layout, this.#entries, Int32Array.from(ids), ids.length)
    const keys = readKeys({ dictionary: this.#keys, ids: out.ids, count: ids.length }, keyTypes)
    const columns = output.map((column): Column => {
      if (column.kind === 'aggregate') return (aggregates[column.index] as BoundAggregate).accumulator.result(out)
      return keys[(column as { index: number }).index] as Column
    })
    return batchOfRows(ids.length, columns)
  }
}

function isTaken(filter: BooleanColumn | undefined, column: Column | undefined, row: number): boolean {
  if (filter !== undefined && (filter.values[row] !== 1 || filter.nulls?.[row] === 1)) return false
  return column?.nulls?.[row] !== 1
}
