/** Aggregates of all rows of an owner so far: what a frame without a beginning is. */
import type { Batch } from '../../record/column.ts'
import {
  appendEntries,
  copyEntries,
  type Entries,
  entriesBytes,
  growEntries,
  makeEntries,
} from '../aggregate/entries.ts'
import { pickedEntries, resetEntry } from './entry.ts'
import { accumulateRows, type OverSpec } from './spec.ts'

/** One entry for each owner. */
export class Running {
  readonly #spec: OverSpec
  #entries: Entries

  constructor(spec: OverSpec, saved: Entries | undefined) {
    this.#spec = spec
    this.#entries = saved === undefined ? makeEntries(spec.layout, 0) : copyEntries(saved)
  }

  get bytes(): number {
    return entriesBytes(this.#entries)
  }

  /** Makes room for owners [0, count). */
  reserveOwners(count: number): void {
    if (count <= this.#entries.count) return
    growEntries(this.#entries, this.#spec.layout, count)
    this.#entries.count = count
  }

  /** Adds rows [from, to) of a batch, each to its owner. */
  add(batch: Batch, owners: Int32Array, from: number, to: number): void {
    accumulateRows(this.#spec, this.#entries, batch, { entryOf: owners, from, to })
  }

  /** Appends the aggregates of the owner to `out`. */
  result(owner: number, out: Entries): void {
    appendEntries(out, this.#spec.layout, this.#entries, owner, 1)
  }

  /** Begins anew. */
  reset(owner: number): void {
    resetEntry(this.#entries, this.#spec.layout, owner)
  }

  /** Gives owners other numbers, in the same order; -1: one that is forgotten. */
  rename(renamed: Int32Array): void {
    const kept = Int32Array.from(renamed.keys()).filter((owner) => (renamed[owner] as number) >= 0)
    this.#entries = pickedEntries(this.#entries, this.#spec.layout, kept)
  }

  snapshot(): Entries {
    return copyEntries(this.#entries)
  }
}
