/**
 * The whole state of an aggregate for the rows of one partition: the groups of its windows, and for each DISTINCT aggregate
 * the distinct (owner, value) pairs as groups of a store of their own.
 *
 * States of several partitions, or of ranges of a file, are combined by `import` and `adopt`: their blocks follow in the
 * order of the calls.
 */
import { assert } from '../../base/assert.ts'
import { closingOf } from '../window/row-windows.ts'
import type { WallTime } from '../window/time.ts'
import type { BlocksState } from './blocks.ts'
import type { Layout } from './entries.ts'
import { GroupStore, type GroupStoreState } from './group-store.ts'
import type { Keys, PublishedKeys } from './keys.ts'
import type { AggregateSpec } from './spec.ts'

const NO_LANES: Layout = { initial: [], extras: 0 }

/** The groups of a range of rows, as plain arrays that can be posted to another thread. */
export type AggregatePartial = {
  /** The keys that ids stand for, without those published before; undefined where ids are already those of the adopter. */
  readonly keys: PublishedKeys | undefined
  readonly main: BlocksState
  readonly distinct: readonly BlocksState[]
}

export type GroupStateOptions = {
  readonly streaming: boolean
  readonly keys: Keys
  readonly saved: GroupStateSaved | undefined
}

export type GroupStateSaved = { readonly main: GroupStoreState; readonly distinct: readonly GroupStoreState[] }

type Due = (end: WallTime, start: WallTime) => boolean

/** The state of one partition. */
export class GroupState {
  readonly keys: Keys
  readonly main: GroupStore
  readonly distinct: readonly GroupStore[]

  constructor(spec: AggregateSpec, { streaming, keys, saved }: GroupStateOptions) {
    const { layout, reading } = spec
    this.keys = keys
    const closing = streaming && reading !== undefined ? (end: WallTime) => closingOf(reading.windows, end) : undefined
    const accumulators = spec.aggregates.flatMap(({ accumulator, distinct }) =>
      distinct === undefined ? [accumulator] : [],
    )
    this.main = new GroupStore({ layout, accumulators, closing, saved: saved?.main, dictionary: keys.main })
    this.distinct = keys.distinct.map(
      (dictionary, index) =>
        new GroupStore({ layout: NO_LANES, accumulators: [], closing, saved: saved?.distinct[index], dictionary }),
    )
  }

  get bytes(): number {
    return this.#stores.reduce((sum, store) => sum + store.bytes, 0)
  }

  seal(due: Due): void {
    for (const store of this.#stores) store.seal(due)
  }

  /** Removes the blocks of windows that are due. */
  drop(due: Due): void {
    for (const store of this.#stores) store.drop(due)
  }

  /** Moves the blocks of due windows from a state with the same keys behind the blocks here. */
  import(other: GroupState, due: Due): void {
    const others = other.#stores
    for (const [index, { blocks }] of this.#stores.entries()) {
      const from = (others[index] as GroupStore).blocks
      for (let block = 0; block < from.count; block++) {
        if (due(from.ends[block] as number, from.starts[block] as number)) blocks.appendFrom(from, block)
      }
    }
    other.drop(due)
  }

  /** Adds the partial result of another range or thread behind the blocks here. Its ids are those of the keys here. */
  adopt({ main, distinct }: Omit<AggregatePartial, 'keys'>): void {
    assert(distinct.length === this.distinct.length, 'a partial result is one of the same aggregate')
    this.main.blocks.adopt(main)
    for (const [index, { blocks }] of this.distinct.entries()) blocks.adopt(distinct[index] as BlocksState)
  }

  /** Hands everything over; the state is then empty. */
  take(): Omit<AggregatePartial, 'keys'> {
    return { main: this.main.take(), distinct: this.distinct.map((store) => store.take()) }
  }

  snapshot(): GroupStateSaved {
    return { main: this.main.snapshot(), distinct: this.distinct.map((store) => store.snapshot()) }
  }

  get #stores(): readonly GroupStore[] {
    return [this.main, ...this.distinct]
  }
}
