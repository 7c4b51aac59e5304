/**
 * The keys of an aggregate's groups, as ids that all its states share, so that what came of one partition is merged with
 * that of another without looking at a key again. For each DISTINCT aggregate there are keys of (group, value) pairs:
 * the four bytes of the group's id, then the value.
 */
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import type { SliceStore } from './slice-store.ts'

/** Unused keys are forgotten when there are this many more than twice the entries that use them. */
const SPARE_KEYS = 1 << 14
/** Keys that a thread told others of are kept for its next range, up to this. */
const TOLD_BYTES = 64 << 20

export type KeysState = { readonly main: DictionaryState; readonly distinct: readonly DictionaryState[] }

/** Keys with ids from `first` on; where that is 0, those of before are forgotten. */
export type Told = DictionaryState & { readonly first: number }

/** What one thread tells another of its keys. */
export type ToldKeys = { readonly main: Told; readonly distinct: readonly Told[] }

/** Who holds ids: the tables of groups, and those of distinct values. */
type Holder = { readonly main: SliceStore; readonly distinct: readonly SliceStore[] }

export class Keys {
  readonly main: Dictionary
  readonly distinct: readonly Dictionary[]
  /** How many of the main keys and of each table's were told. */
  #told: readonly number[]

  constructor(distinctTables: number, saved?: KeysState) {
    const open = (state: DictionaryState | undefined) =>
      state === undefined ? new Dictionary() : Dictionary.restore(state)
    this.main = open(saved?.main)
    this.distinct = Array.from({ length: distinctTables }, (_, index) => open(saved?.distinct[index]))
    this.#told = [this.main, ...this.distinct].map(() => 0)
  }

  get bytes(): number {
    return this.distinct.reduce((sum, dictionary) => sum + dictionary.bytes, this.main.bytes)
  }

  /** Forgets the keys that no holder uses any more, once they are many. */
  collect(holders: Iterable<Holder>): void {
    const all = [...holders]
    const valuesOf = (index: number) => all.map(({ distinct }) => distinct[index] as SliceStore)
    const mains = all.map(({ main }) => main)
    for (const [index, dictionary] of this.distinct.entries())
      if (hasSpare(dictionary, valuesOf(index))) forget(dictionary, valuesOf(index))
    if (!hasSpare(this.main, mains)) return
    const renamed = forget(this.main, mains)
    for (const [index, dictionary] of this.distinct.entries()) {
      forget(dictionary, valuesOf(index)) // What is left then belongs to groups that were kept.
      dictionary.rewrite((arena, at) => writeOwner(arena, at, renamed[readOwner(arena, at)] as number))
    }
  }

  snapshot(): KeysState {
    return { main: this.main.snapshot(), distinct: this.distinct.map((dictionary) => dictionary.snapshot()) }
  }

  /**
   * The keys that came since the last call, for another thread, which then knows what ids stand for. Beyond so many bytes
   * all are forgotten, and ids begin anew: no holder may have any.
   */
  tell(bytes: number = TOLD_BYTES): ToldKeys {
    const told = {
      main: toldOf(this.main, this.#told[0] as number),
      distinct: this.distinct.map((dictionary, index) => toldOf(dictionary, this.#told[index + 1] as number)),
    }
    const all = [this.main, ...this.distinct]
    if (this.bytes > bytes) for (const dictionary of all) dictionary.retain(new Uint8Array(dictionary.size))
    this.#told = all.map(({ size }) => size)
    return told
  }
}

function toldOf({ arena, offsets, size, nullId }: Dictionary, first: number): Told {
  const begin = offsets[first] as number
  return {
    first,
    nullId,
    arena: arena.slice(begin, offsets[size]),
    offsets: offsets.slice(first, size + 1).map((offset) => offset - begin),
  }
}

function hasSpare(dictionary: Dictionary, stores: readonly SliceStore[]): boolean {
  return dictionary.size > stores.reduce((sum, store) => sum + 2 * store.entries, SPARE_KEYS)
}

/** Forgets the keys that no entry uses. Returns the new ids. */
function forget(dictionary: Dictionary, stores: readonly SliceStore[]): Int32Array {
  const used = new Uint8Array(dictionary.size)
  for (const store of stores) store.mark(used)
  const renamed = dictionary.retain(used)
  for (const store of stores) store.rename(renamed)
  return renamed
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

export function writeOwner(arena: Uint8Array, at: number, owner: number): void {
  arena[at] = owner >>> 24
  arena[at + 1] = owner >>> 16
  arena[at + 2] = owner >>> 8
  arena[at + 3] = owner
}
