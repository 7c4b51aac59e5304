/** Aggregates as what pieces of sessions consist of: the entry of a piece is its slot. */
import type { Batch, BooleanColumn, Column } from '../../record/column.ts'
import { type Entries, entriesBytes, growEntries, makeEntries } from '../aggregate/entries.ts'
import type { AggregateSpec } from '../aggregate/spec.ts'
import { copyEntry, pickedEntries, resetEntry } from '../over/entry.ts'
import type { Content } from './piece-table.ts'

/** The aggregates of the pieces of one partition. */
export class Aggregates implements Content {
  entries: Entries
  readonly #spec: AggregateSpec
  readonly #one: Int32Array = new Int32Array(1)
  #masked: Int32Array = new Int32Array(0)
  /** The batch at hand, the pieces of its rows, and the first row that does not count yet. */
  #batch: Batch | undefined
  #slots: Int32Array = new Int32Array(0)
  #from = 0

  constructor(spec: AggregateSpec) {
    this.#spec = spec
    this.entries = makeEntries(spec.layout, 0)
  }

  reserve(slots: number): void {
    growEntries(this.entries, this.#spec.layout, slots)
    this.entries.count = slots
  }

  /** Takes a batch whose rows are being put into pieces. */
  begin(batch: Batch, slots: Int32Array): void {
    this.#batch = batch
    this.#slots = slots
    this.#from = 0
  }

  /** Adds the rows of the batch before `to`, each to its piece. */
  addTo(to: number): void {
    const [batch, from] = [this.#batch, this.#from]
    this.#from = to
    if (batch === undefined || from >= to) return
    for (const { call, accumulator } of this.#spec.aggregates) {
      const column = call.argument === undefined ? undefined : batch.columns[call.argument]
      const filter = call.filter === undefined ? undefined : (batch.columns[call.filter] as BooleanColumn)
      const isPlain = filter === undefined && column?.nulls === undefined
      const slots = isPlain ? this.#slots : this.#mask(filter, column, from, to)
      accumulator.accumulate(this.entries, slots, column, from, to)
    }
  }

  merge(into: number, from: number, row: number): void {
    this.addTo(row)
    this.#one[0] = into
    for (const { accumulator } of this.#spec.aggregates) {
      accumulator.merge(this.entries, this.#one, this.entries, from, 1)
    }
  }

  reset(slot: number): void {
    resetEntry(this.entries, this.#spec.layout, slot)
  }

  /** Hands over the entries of all pieces, which are at these slots, in that order; there are none any more. */
  taken(slots: Int32Array): Entries {
    const { entries } = this
    const capacity = entries.ids.length
    const isWhole = slots.length === 0 || slots[slots.length - 1] === slots.length - 1
    const taken = isWhole ? entries : this.picked(slots)
    this.entries = makeEntries(this.#spec.layout, capacity)
    this.entries.count = capacity
    taken.count = slots.length
    return taken
  }

  get bytes(): number {
    return entriesBytes(this.entries)
  }

  /** Adds entries of pieces, each to that in its slot. */
  adopt(entries: Entries, slots: Int32Array): void {
    for (const { accumulator } of this.#spec.aggregates) {
      accumulator.merge(this.entries, slots, entries, 0, entries.count)
    }
  }

  /** Takes the entries of slots 0, 1, …. */
  restore(saved: Entries): void {
    for (let slot = 0; slot < saved.count; slot++) copyEntry(this.entries, slot, saved, slot)
  }

  /** The entries of these slots, in that order; their ids are of no meaning. */
  picked(slots: Int32Array): Entries {
    return pickedEntries(this.entries, this.#spec.layout, slots)
  }

  #mask(filter: BooleanColumn | undefined, column: Column | undefined, from: number, to: number): Int32Array {
    if (this.#masked.length < to) this.#masked = new Int32Array(to)
    for (let row = from; row < to; row++) {
      const isLeft = filter !== undefined && (filter.values[row] !== 1 || filter.nulls?.[row] === 1)
      this.#masked[row] = isLeft || column?.nulls?.[row] === 1 ? -1 : (this.#slots[row] as number)
    }
    return this.#masked
  }
}
