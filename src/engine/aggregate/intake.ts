/**
 * Adds rows to the groups of their windows, together where consecutive rows are in one window. Rows that are late for their
 * window are rejected and counted nowhere.
 */
import { type Batch, type BooleanColumn, type Column, STRING_NONE, type StringColumn } from '../../record/column.ts'
import type { Dictionary } from '../../record/dictionary.ts'
import { isWhole, KeyWriter } from '../key/key.ts'
import { SmallKeys } from '../key/small-keys.ts'
import type { Reject } from '../operator.ts'
import { RowWindows } from '../window/row-windows.ts'
import type { Entries } from './entries.ts'
import type { GroupState } from './group-state.ts'
import type { GroupStore } from './group-store.ts'
import type { Keys } from './keys.ts'
import type { AggregateSpec, BoundAggregate } from './spec.ts'
import type { WholeGroups } from './whole/whole-groups.ts'

const NO_KEY = new Uint8Array(0)

/** Rows [from, to) of a batch, for one of the aggregates. */
type Piece = { readonly aggregate: BoundAggregate; readonly batch: Batch; readonly from: number; readonly to: number }

/** Where the rows of an aggregate come in, for all its partitions. */
export class Intake {
  readonly #spec: AggregateSpec
  readonly #reject: Reject
  readonly #writer = new KeyWriter()
  readonly #small = new SmallKeys(this.#writer)
  readonly #windows: RowWindows
  #capacity = 0
  #ids = new Int32Array(0)
  /** For each row the entry of its group; the second without rows that an aggregate leaves out. */
  #entryOf = new Int32Array(0)
  #maskedEntryOf = new Int32Array(0)
  readonly #distinctIds: Int32Array[]
  /** The keys of distinct values, without those of rows that are left out. */
  readonly #taken: StringColumn = {
    kind: 'string',
    bytes: STRING_NONE,
    start: new Int32Array(0),
    end: new Int32Array(0),
    nulls: undefined,
  }

  constructor(spec: AggregateSpec, reject: Reject) {
    this.#spec = spec
    this.#reject = reject
    this.#windows = new RowWindows(spec.reading)
    this.#distinctIds = Array.from({ length: spec.distinctTables }, () => new Int32Array(0))
  }

  push(batch: Batch, state: GroupState): void {
    const { count } = batch
    if (count === 0) return
    this.#reserve(count)
    this.#findKeys(batch, state.main.dictionary)
    this.#windows.read(batch)
    const late = this.#windows.dropLate(batch, this.#ids, this.#reject)
    for (const aggregate of this.#spec.aggregates) this.#findDistinct(aggregate, batch, state.keys, late)
    const { ends, starts } = this.#windows
    for (let from = 0; from < count; ) {
      const end = ends[from] as number
      const start = starts[from] as number
      let to = this.#spec.reading === undefined ? count : from + 1
      while (to < count && ends[to] === end && starts[to] === start) to++
      // Which windows are sealed to make room follows from the first row that counts, wherever a batch begins.
      let first = from
      if (late) while (first < to && (this.#ids[first] as number) < 0) first++
      if (first < to) this.#accumulate(batch, state, first, to)
      from = to
    }
  }

  /** Adds rows to groups by id. */
  pushWhole(batch: Batch, groups: WholeGroups): void {
    const { count } = batch
    if (count === 0) return
    this.#reserve(count)
    this.#findKeys(batch, groups.keys.main)
    groups.reserve()
    for (const aggregate of this.#spec.aggregates) {
      if (aggregate.distinct !== undefined) this.#findDistinct(aggregate, batch, groups.keys, false)
      else this.#accumulateInto(groups.entries, this.#ids, { aggregate, batch, from: 0, to: count })
    }
  }

  #findKeys(batch: Batch, dictionary: Dictionary): void {
    const { keys } = this.#spec
    if (keys.length === 0) {
      this.#ids.fill(dictionary.idOf(NO_KEY, 0, 0), 0, batch.count)
      return
    }
    const columns = keys.map((key) => batch.columns[key] as Column)
    const [column] = columns
    const isWholeNumber = columns.length === 1 && isWhole(column)
    const first = isWholeNumber ? this.#small.lookup(dictionary, column, batch.count, this.#ids) : 0
    if (first === batch.count) return
    dictionary.lookup(this.#writer.write(columns, first, batch.count, undefined), first, batch.count, this.#ids)
  }

  #findDistinct({ call, distinct }: BoundAggregate, batch: Batch, keys: Keys, late: boolean): void {
    if (distinct === undefined) return
    const ids = this.#distinctIds[distinct.table] as Int32Array
    const dictionary = keys.distinct[distinct.table] as Dictionary
    const column = batch.columns[call.argument as number] as Column
    const filter = filterOf(call.filter, batch)
    const values = this.#writer.write([column], 0, batch.count, this.#ids)
    if (!late && filter === undefined && column.nulls === undefined) {
      dictionary.lookup(values, 0, batch.count, ids)
      return
    }
    const taken = this.#taken
    taken.bytes = values.bytes
    let count = 0
    for (let row = 0; row < batch.count; row++) {
      const isCounted = (this.#ids[row] as number) >= 0 && isTaken(filter, column, row)
      ids[row] = isCounted ? count : -1
      if (!isCounted) continue
      taken.start[count] = values.start[row] as number
      taken.end[count++] = values.end[row] as number
    }
    dictionary.lookup(taken, 0, count, this.#maskedEntryOf)
    for (let row = 0; row < batch.count; row++) {
      const at = ids[row] as number
      if (at >= 0) ids[row] = this.#maskedEntryOf[at] as number
    }
  }

  #accumulate(batch: Batch, state: GroupState, from: number, to: number): void {
    const end = this.#windows.ends[from] as number
    const start = this.#windows.starts[from] as number
    const watermark = batch.watermark?.[from] ?? -Infinity
    const table = state.main.open(end, start, watermark)
    table.findEntries(this.#ids, from, to, this.#entryOf, from)
    const { aggregates } = this.#spec
    for (let index = 0; index < aggregates.length; index++) {
      const aggregate = aggregates[index] as BoundAggregate
      const { distinct } = aggregate
      if (distinct !== undefined) {
        const values = (state.distinct[distinct.table] as GroupStore).open(end, start, watermark)
        values.findEntries(this.#distinctIds[distinct.table] as Int32Array, from, to, this.#maskedEntryOf, from)
        continue
      }
      this.#accumulateInto(table.entries, this.#entryOf, { aggregate, batch, from, to })
    }
  }

  #accumulateInto(entries: Entries, entryOf: Int32Array, { aggregate, batch, from, to }: Piece): void {
    const { call, accumulator } = aggregate
    const column = call.argument === undefined ? undefined : batch.columns[call.argument]
    const filter = filterOf(call.filter, batch)
    const nullable = accumulator.takesNulls === true ? undefined : column
    if (filter === undefined && nullable?.nulls === undefined) {
      accumulator.accumulate(entries, entryOf, column, from, to)
      return
    }
    const masked = this.#maskedEntryOf
    for (let row = from; row < to; row++) {
      masked[row] = isTaken(filter, nullable, row) ? (entryOf[row] as number) : -1
    }
    accumulator.accumulate(entries, masked, column, from, to)
  }

  #reserve(count: number): void {
    if (count <= this.#capacity) return
    this.#capacity = count
    this.#ids = new Int32Array(count)
    this.#entryOf = new Int32Array(count)
    this.#maskedEntryOf = new Int32Array(count)
    this.#taken.start = new Int32Array(count)
    this.#taken.end = new Int32Array(count)
    for (let table = 0; table < this.#distinctIds.length; table++) this.#distinctIds[table] = new Int32Array(count)
  }
}

const filterOf = (filter: number | undefined, batch: Batch): BooleanColumn | undefined =>
  filter === undefined ? undefined : (batch.columns[filter] as BooleanColumn)

function isTaken(filter: BooleanColumn | undefined, column: Column | undefined, row: number): boolean {
  if (filter !== undefined && (filter.values[row] !== 1 || filter.nulls?.[row] === 1)) return false
  return column?.nulls?.[row] !== 1
}
