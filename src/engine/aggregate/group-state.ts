/**
 * All that an aggregate keeps for the rows of one partition: the groups of its windows, and for each DISTINCT aggregate
 * the distinct (group, value) pairs as groups of a table of their own.
 *
 * States of several partitions, or of ranges of a file, are brought together by `import` and `adopt`: segments follow in
 * the order of the calls.
 */
import type { MergeEntries } from './compact.ts'
import type { Entries, Layout } from './entries.ts'
import type { Keys, ToldKeys } from './keys.ts'
import type { SegmentsState } from './segments.ts'
import { SliceStore, type SliceStoreState } from './slice-store.ts'
import type { AggregateSpec } from './spec.ts'

const NO_LANES: Layout = { initial: [], extras: 0 }

/** What was aggregated of some rows, as plain arrays that can be moved to another thread. */
export type AggregatePartial = {
  /** What is new of the keys behind the ids; undefined where these are ids of who takes it. */
  readonly keys: ToldKeys | undefined
  readonly main: SegmentsState
  readonly distinct: readonly SegmentsState[]
}

export type GroupStateOptions = {
  readonly streaming: boolean
  readonly keys: Keys
  readonly saved: GroupStateSaved | undefined
}

export type GroupStateSaved = { readonly main: SliceStoreState; readonly distinct: readonly SliceStoreState[] }

type Due = (end: number, start: number) => boolean

export class GroupState {
  readonly main: SliceStore
  readonly distinct: readonly SliceStore[]

  constructor(spec: AggregateSpec, { streaming, keys, saved }: GroupStateOptions) {
    const { layout, reading } = spec
    const closing =
      streaming && reading !== undefined ? (end: number) => reading.windows?.closing(end) ?? end - 1 : undefined
    const merge: MergeEntries = (into, slots, from, start, count) => {
      for (const { kernel, distinct } of spec.aggregates) {
        if (distinct === undefined) kernel.merge(into, slots, from, start, count)
      }
    }
    this.main = new SliceStore({ layout, merge, closing, saved: saved?.main, dictionary: keys.main })
    this.distinct = keys.distinct.map(
      (dictionary, index) =>
        new SliceStore({ layout: NO_LANES, merge: () => {}, closing, saved: saved?.distinct[index], dictionary }),
    )
  }

  get bytes(): number {
    return this.#stores.reduce((sum, store) => sum + store.bytes, 0)
  }

  seal(due: Due): void {
    for (const store of this.#stores) store.seal(due)
  }

  /** Forgets the sealed segments that are due. */
  drop(due: Due): void {
    for (const { segments } of this.#stores) {
      segments.retain((segment) => !due(segments.ends[segment] as number, segments.starts[segment] as number))
    }
  }

  /** Moves the sealed segments of another with the same keys that are due behind those here. */
  import(other: GroupState, due: Due): void {
    const others = other.#stores
    for (const [index, { segments }] of this.#stores.entries()) {
      const from = (others[index] as SliceStore).segments
      for (let segment = 0; segment < from.count; segment++) {
        const end = from.ends[segment] as number
        const start = from.starts[segment] as number
        if (!due(end, start)) continue
        const chunk = from.chunks[from.chunk[segment] as number] as Entries
        segments.append(end, start, chunk, from.offset[segment] as number, from.length[segment] as number)
      }
    }
    other.drop(due)
  }

  /** Takes over what another thread or range aggregated, behind what is here. Its ids are those of the keys here. */
  adopt({ main, distinct }: Omit<AggregatePartial, 'keys'>): void {
    this.main.segments.adopt(main)
    for (const [index, { segments }] of this.distinct.entries()) segments.adopt(distinct[index] as SegmentsState)
  }

  /** Hands all over; the state is then as new. */
  take(): Omit<AggregatePartial, 'keys'> {
    return { main: this.main.take(), distinct: this.distinct.map((store) => store.take()) }
  }

  snapshot(): GroupStateSaved {
    return { main: this.main.snapshot(), distinct: this.distinct.map((store) => store.snapshot()) }
  }

  get #stores(): readonly SliceStore[] {
    return [this.main, ...this.distinct]
  }
}
