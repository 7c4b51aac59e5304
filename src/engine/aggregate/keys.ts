/**
 * The keys of an aggregate's groups, as ids that all its states share, so that what came of one partition is merged with
 * that of another without looking at a key again. For each DISTINCT aggregate there are keys of (group, value) pairs:
 * the four bytes of the group's id, then the value.
 */
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import type { SliceStore } from './slice-store.ts'

/** Unused keys are forgotten when there are this many more than twice the entries that use them. */
const SPARE_KEYS = 1 << 14

export type KeysState = { readonly main: DictionaryState; readonly distinct: readonly DictionaryState[] }

/** Who holds ids: the tables of groups, and those of distinct values. */
type Holder = { readonly main: SliceStore; readonly distinct: readonly SliceStore[] }

export class Keys {
  readonly main: Dictionary
  readonly distinct: readonly Dictionary[]

  constructor(distinctTables: number, saved?: KeysState) {
    const open = (state: DictionaryState | undefined) =>
      state === undefined ? new Dictionary() : Dictionary.restore(state)
    this.main = open(saved?.main)
    this.distinct = Array.from({ length: distinctTables }, (_, index) => open(saved?.distinct[index]))
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

  /** Forgets all keys: no holder has any. */
  clear(): void {
    for (const dictionary of [this.main, ...this.distinct]) dictionary.retain(new Uint8Array(dictionary.size))
  }

  snapshot(): KeysState {
    return { main: this.main.snapshot(), distinct: this.distinct.map((dictionary) => dictionary.snapshot()) }
  }

  /** From the ids of other keys to those of these, each looked up once: for the groups, and for each table of values. */
  renamers(from: KeysState): { readonly main: Rename; readonly distinct: readonly Rename[] } {
    const main = renamer(from.main, this.main, undefined)
    return {
      main,
      distinct: this.distinct.map((to, index) => renamer(from.distinct[index] as DictionaryState, to, main)),
    }
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

export type Rename = (id: number) => number

function renamer({ arena, offsets, nullId }: DictionaryState, to: Dictionary, renameOwner: Rename | undefined): Rename {
  const known = new Int32Array(offsets.length - 1).fill(-1)
  let scratch = new Uint8Array(64)
  const find = (id: number): number => {
    if (id === nullId) return to.idOfNull()
    const start = offsets[id] as number
    const end = offsets[id + 1] as number
    if (renameOwner === undefined) return to.idOf(arena, start, end)
    if (scratch.length < end - start) scratch = new Uint8Array(2 * (end - start))
    scratch.set(arena.subarray(start, end))
    writeOwner(scratch, 0, renameOwner(readOwner(arena, start)))
    return to.idOf(scratch, 0, end - start)
  }
  return (id) => {
    const before = known[id] as number
    if (before >= 0) return before
    const renamed = find(id)
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
