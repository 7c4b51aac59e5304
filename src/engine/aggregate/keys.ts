/**
 * The keys of an aggregate's groups, as ids that all its states share, so that groups of different partitions are merged
 * without looking at a key again. Each DISTINCT aggregate has keys of (owner, value) pairs: the four bytes of the owner,
 * which is the id of the value's group, then the value.
 */
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import type { GroupStore } from './group-store.ts'

/** Unused keys are removed when there are this many more keys than twice the entries. */
const SPARE_KEYS = 1 << 14
/** A thread that published its keys keeps them for its next range, unless they take more bytes than this. */
const PUBLISHED_BYTES = 64 << 20

export type KeysState = { readonly main: DictionaryState; readonly distinct: readonly DictionaryState[] }

/** Keys with ids from `first` on; 0 says that all ids given before are void. */
export type NewKeys = DictionaryState & { readonly first: number }

/** The keys that one thread makes known to another. */
export type PublishedKeys = { readonly main: NewKeys; readonly distinct: readonly NewKeys[] }

/** The entries that use ids. */
type IdHolder = { readonly main: GroupStore; readonly distinct: readonly GroupStore[] }

/** The dictionaries of an aggregate. */
export class Keys {
  readonly main: Dictionary
  readonly distinct: readonly Dictionary[]
  /** The number of published keys: of the main dictionary, then of each distinct one. */
  #published: readonly number[]

  constructor(distinctTables: number, saved?: KeysState) {
    const open = (state: DictionaryState | undefined) =>
      state === undefined ? new Dictionary() : Dictionary.restore(state)
    this.main = open(saved?.main)
    this.distinct = Array.from({ length: distinctTables }, (_, index) => open(saved?.distinct[index]))
    this.#published = [this.main, ...this.distinct].map(() => 0)
  }

  get bytes(): number {
    return this.distinct.reduce((sum, dictionary) => sum + dictionary.bytes, this.main.bytes)
  }

  /** Removes the keys that no holder uses any more, if they are many. `holders` are all that have ids. */
  collect(holders: readonly IdHolder[]): void {
    const valuesOf = (index: number) => holders.map(({ distinct }) => distinct[index] as GroupStore)
    const mains = holders.map(({ main }) => main)
    for (const [index, dictionary] of this.distinct.entries())
      if (hasSpare(dictionary, valuesOf(index))) removeUnused(dictionary, valuesOf(index))
    if (!hasSpare(this.main, mains)) return
    const renamed = removeUnused(this.main, mains)
    for (const [index, dictionary] of this.distinct.entries()) {
      removeUnused(dictionary, valuesOf(index)) // The values left belong to groups that were kept.
      dictionary.rewrite((arena, at) => writeOwner(arena, at, renamed[readOwner(arena, at)] as number))
    }
  }

  snapshot(): KeysState {
    return { main: this.main.snapshot(), distinct: this.distinct.map((dictionary) => dictionary.snapshot()) }
  }

  /**
   * The keys added since the last call, for another thread. When all keys take more than `bytes`, they are then removed and
   * ids begin anew: no holder may have any.
   */
  publish(bytes: number = PUBLISHED_BYTES): PublishedKeys {
    const published = {
      main: publishedOf(this.main, this.#published[0] as number),
      distinct: this.distinct.map((dictionary, index) => publishedOf(dictionary, this.#published[index + 1] as number)),
    }
    const all = [this.main, ...this.distinct]
    if (this.bytes > bytes) for (const dictionary of all) dictionary.retain(new Uint8Array(dictionary.size))
    this.#published = all.map(({ size }) => size)
    return published
  }
}

function publishedOf({ arena, offsets, size, nullId }: Dictionary, first: number): NewKeys {
  const begin = offsets[first] as number
  return {
    first,
    nullId,
    arena: arena.slice(begin, offsets[size]),
    offsets: offsets.slice(first, size + 1).map((offset) => offset - begin),
  }
}

function hasSpare(dictionary: Dictionary, stores: readonly GroupStore[]): boolean {
  return dictionary.size > stores.reduce((sum, store) => sum + 2 * store.entries, SPARE_KEYS)
}

/** Removes the keys that no entry uses. Returns the new id of each old one. */
function removeUnused(dictionary: Dictionary, stores: readonly GroupStore[]): Int32Array {
  const used = new Uint8Array(dictionary.size)
  for (const store of stores) store.mark(used)
  const renamed = dictionary.retain(used)
  for (const store of stores) store.rename(renamed)
  return renamed
}

/** The owner in the key of a distinct value that begins at `at`. */
export function readOwner(arena: Uint8Array, at: number): number {
  return (
    ((arena[at] as number) << 24) |
    ((arena[at + 1] as number) << 16) |
    ((arena[at + 2] as number) << 8) |
    (arena[at + 3] as number)
  )
}

/** Writes the owner of a distinct value: four bytes, big-endian. */
export function writeOwner(arena: Uint8Array, at: number, owner: number): void {
  arena[at] = owner >>> 24
  arena[at + 1] = owner >>> 16
  arena[at + 2] = owner >>> 8
  arena[at + 3] = owner
}
