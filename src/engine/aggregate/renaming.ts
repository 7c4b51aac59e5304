/**
 * Translates the ids of another thread's keys to ours. Each key is published and looked up once, however many ranges of
 * that thread use it: see `Keys.publish`.
 */
import type { Dictionary } from '../../record/dictionary.ts'
import type { BlocksState } from './blocks.ts'
import { renameEntries } from './entries.ts'
import { type Keys, type NewKeys, type PublishedKeys, readOwner, writeOwner } from './keys.ts'

/** The ids of one other thread. */
export class Renaming {
  readonly #keys: Keys
  /** Our id for each of theirs: of the main keys, and of each DISTINCT aggregate's. */
  #main: Int32Array = new Int32Array(0)
  #distinct: Int32Array[]

  constructor(keys: Keys) {
    this.#keys = keys
    this.#distinct = keys.distinct.map(() => new Int32Array(0))
  }

  /** Learns the published keys, whose arrays it overwrites, and replaces the ids of the blocks in place. */
  rename(keys: PublishedKeys, blocks: BlocksState, ofValues: readonly BlocksState[]): void {
    renameIds(blocks, this.learn(keys))
    for (const [index, values] of ofValues.entries()) renameIds(values, this.#distinct[index] as Int32Array)
  }

  /** Learns the published keys, whose arrays it overwrites. Returns our id for each of their main ids; there may be spare room. */
  learn({ main, distinct }: PublishedKeys): Int32Array {
    this.#main = learned(this.#main, main, this.#keys.main)
    this.#distinct = this.#distinct.map((known, index) => {
      const published = distinct[index] as NewKeys
      this.#renameOwners(published)
      return learned(known, published, this.#keys.distinct[index] as Dictionary)
    })
    return this.#main
  }

  /** No value is NULL, so each key has the bytes of its owner. */
  #renameOwners({ arena, offsets }: NewKeys): void {
    for (let i = 0; i + 1 < offsets.length; i++) {
      const at = offsets[i] as number
      writeOwner(arena, at, this.#main[readOwner(arena, at)] as number)
    }
  }
}

function learned(known: Int32Array, { first, arena, offsets, nullId }: NewKeys, to: Dictionary): Int32Array {
  const count = offsets.length - 1
  let ids = known
  if (first + count > ids.length) {
    ids = new Int32Array(2 * (first + count))
    ids.set(known)
  }
  const hasNull = nullId >= first
  const nulls = hasNull ? new Uint8Array(count) : undefined
  if (nulls !== undefined) nulls[nullId - first] = 1
  to.lookup(
    { kind: 'string', bytes: arena, start: offsets, end: offsets.subarray(1), nulls },
    0,
    count,
    ids.subarray(first),
  )
  return ids
}

function renameIds({ chunks: pages }: BlocksState, renamed: Int32Array): void {
  for (const page of pages) renameEntries(page, renamed)
}
