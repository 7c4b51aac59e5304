/**
 * All that an aggregate keeps for the rows of one partition: the groups, and for each DISTINCT aggregate the distinct
 * (group, value) pairs as groups of their own, whose key is the four bytes of the group's id and then the value.
 *
 * States of several partitions, or of ranges of a file, are brought together by `adopt` and `import`: keys get the ids of
 * the receiving dictionary, and segments follow in the order of the calls.
 */
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import type { MergeEntries } from './compact.ts'
import type { Entries, Layout } from './entries.ts'
import type { SegmentsState } from './segments.ts'
import { SliceStore, type SliceStoreState } from './slice-store.ts'
import type { AggregateSpec } from './spec.ts'

const NO_LANES: Layout = { initial: [], extras: 0 }

type PartialStore = {
  /** Undefined where the ids are those of who takes it. */
  readonly dictionary: DictionaryState | undefined
  readonly segments: SegmentsState
}

/** What was aggregated of some rows, as plain arrays that can be moved to another thread. */
export type AggregatePartial = { readonly main: PartialStore; readonly distinct: readonly PartialStore[] }

export type GroupStateOptions = {
  readonly streaming: boolean
  readonly saved: GroupStateSaved | undefined
  /** A state in the same thread whose dictionaries to use, because it is to adopt what comes of this one. */
  readonly shared: GroupState | undefined
}

export type GroupStateSaved = { readonly main: SliceStoreState; readonly distinct: readonly SliceStoreState[] }

type Due = (end: number, start: number) => boolean
type Rename = (id: number) => number

export class GroupState {
  readonly main: SliceStore
  readonly distinct: readonly SliceStore[]

  readonly #shared: boolean

  constructor(spec: AggregateSpec, { saved, shared, streaming }: GroupStateOptions) {
    this.#shared = shared !== undefined
    const { reading } = spec
    const closing =
      streaming && reading !== undefined ? (end: number) => reading.windows?.closing(end) ?? end - 1 : undefined
    const merge: MergeEntries = (into, slots, from, start, count) => {
      for (const { kernel, distinct } of spec.aggregates) {
        if (distinct === undefined) kernel.merge(into, slots, from, start, count)
      }
    }
    const { layout } = spec
    this.main = new SliceStore({ layout, merge, closing, saved: saved?.main, dictionary: shared?.main.dictionary })
    this.distinct = Array.from({ length: spec.distinctTables }, (_, index) => {
      const dictionary = shared?.distinct[index]?.dictionary
      return new SliceStore({ layout: NO_LANES, merge: () => {}, closing, saved: saved?.distinct[index], dictionary })
    })
  }

  seal(due: Due): void {
    for (const store of this.#stores) store.seal(due)
  }

  /** Forgets the sealed segments that are due, and the keys that nothing uses any more. */
  drop(due: Due): void {
    for (const { segments } of this.#stores) {
      segments.retain((segment) => !due(segments.ends[segment] as number, segments.starts[segment] as number))
    }
    for (const store of this.distinct) store.collect()
    const renamed = this.main.collect()
    if (renamed === undefined) return
    for (const store of this.distinct) {
      store.collect(true) // What is left belongs to groups that were kept.
      store.dictionary.rewrite((arena, at) => writeOwner(arena, at, renamed[readOwner(arena, at)] as number))
    }
  }

  /** Moves the sealed segments of another that are due behind those here. */
  import(other: GroupState, due: Due): void {
    const rename = this.#importStore(this.main, other.main, due, undefined)
    this.distinct.forEach((store, index) => {
      this.#importStore(store, other.distinct[index] as SliceStore, due, rename)
    })
    other.drop(due)
  }

  #importStore(to: SliceStore, from: SliceStore, due: Due, renameOwner: Rename | undefined): Rename {
    const rename = renamer(from.dictionary, to.dictionary, renameOwner)
    const { segments } = from
    for (let segment = 0; segment < segments.count; segment++) {
      const end = segments.ends[segment] as number
      const start = segments.starts[segment] as number
      if (!due(end, start)) continue
      const chunk = segments.chunks[segments.chunk[segment] as number] as Entries
      to.segments.append(end, start, chunk, segments.offset[segment] as number, segments.length[segment] as number)
      const { ids, count } = to.segments.chunks.at(-1) as Entries
      renameIds(ids, count - (segments.length[segment] as number), count, rename)
    }
    return rename
  }

  /** Takes over what another thread aggregated, behind what is here. */
  adopt(partial: AggregatePartial): void {
    const rename = adoptStore(this.main, partial.main, undefined)
    this.distinct.forEach((store, index) => {
      adoptStore(store, partial.distinct[index] as PartialStore, rename)
    })
  }

  /** Hands all over; the state is not to be used again. */
  take(): AggregatePartial {
    this.seal(() => true)
    const take = ({ dictionary, segments }: SliceStore): PartialStore => ({
      dictionary: this.#shared ? undefined : dictionary.snapshot(),
      segments: segments.take(),
    })
    return { main: take(this.main), distinct: this.distinct.map(take) }
  }

  snapshot(): GroupStateSaved {
    return { main: this.main.snapshot(), distinct: this.distinct.map((store) => store.snapshot()) }
  }

  get #stores(): readonly SliceStore[] {
    return [this.main, ...this.distinct]
  }
}

function adoptStore(to: SliceStore, from: PartialStore, renameOwner: Rename | undefined): Rename {
  to.segments.adopt(from.segments)
  if (from.dictionary === undefined) return (id) => id
  const rename = renamer(Dictionary.view(from.dictionary), to.dictionary, renameOwner)
  for (const { ids, count } of from.segments.chunks) renameIds(ids, 0, count, rename)
  return rename
}

function renameIds(ids: Int32Array, from: number, to: number, rename: Rename): void {
  for (let entry = from; entry < to; entry++) ids[entry] = rename(ids[entry] as number)
}

/** From ids of one dictionary to those of another, each looked up once. */
function renamer(
  from: Pick<Dictionary, 'arena' | 'offsets' | 'nullId' | 'size'>,
  to: Dictionary,
  renameOwner: Rename | undefined,
): Rename {
  const known = new Int32Array(from.size).fill(-1)
  let scratch = new Uint8Array(64)
  return (id) => {
    const before = known[id] as number
    if (before >= 0) return before
    const start = from.offsets[id] as number
    const end = from.offsets[id + 1] as number
    let renamed: number
    if (id === from.nullId) renamed = to.idOfNull()
    else if (renameOwner === undefined) renamed = to.idOf(from.arena, start, end)
    else {
      if (scratch.length < end - start) scratch = new Uint8Array(2 * (end - start))
      scratch.set(from.arena.subarray(start, end))
      writeOwner(scratch, 0, renameOwner(readOwner(from.arena, start)))
      renamed = to.idOf(scratch, 0, end - start)
    }
    known[id] = renamed
    return renamed
  }
}

/** The id of the group that a distinct value belongs to. */
export function readOwner(arena: Uint8Array, at: number): number {
  return (
    ((arena[at] as number) << 24) |
    ((arena[at + 1] as number) << 16) |
    ((arena[at + 2] as number) << 8) |
    (arena[at + 3] as number)
  )
}

function writeOwner(arena: Uint8Array, at: number, owner: number): void {
  arena[at] = owner >>> 24
  arena[at + 1] = owner >>> 16
  arena[at + 2] = owner >>> 8
  arena[at + 3] = owner
}
