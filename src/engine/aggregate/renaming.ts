/**
 * From the ids of another thread's keys to those of ours. Each key is told and looked up once, however many ranges of that
 * thread use it: see `Keys.tell`.
 */
import type { Dictionary } from '../../record/dictionary.ts'
import { type Keys, readOwner, type Told, type ToldKeys, writeOwner } from './keys.ts'
import type { SegmentsState } from './segments.ts'

export class Renaming {
  readonly #keys: Keys
  /** By their id, ours: of the main keys and of each table's. */
  #main: Int32Array = new Int32Array(0)
  #distinct: Int32Array[]

  constructor(keys: Keys) {
    this.#keys = keys
    this.#distinct = keys.distinct.map(() => new Int32Array(0))
  }

  /** Takes in what was told, whose arrays are then not to be used, and renames the ids of segments in place. */
  rename({ main, distinct }: ToldKeys, segments: SegmentsState, ofValues: readonly SegmentsState[]): void {
    this.#main = learned(this.#main, main, this.#keys.main)
    renameIds(segments, this.#main)
    this.#distinct = this.#distinct.map((known, index) => {
      const told = distinct[index] as Told
      this.#renameOwners(told)
      return learned(known, told, this.#keys.distinct[index] as Dictionary)
    })
    for (const [index, values] of ofValues.entries()) renameIds(values, this.#distinct[index] as Int32Array)
  }

  /** A value is never NULL, so each has the bytes of its owner. */
  #renameOwners({ arena, offsets }: Told): void {
    for (let i = 0; i + 1 < offsets.length; i++) {
      const at = offsets[i] as number
      writeOwner(arena, at, this.#main[readOwner(arena, at)] as number)
    }
  }
}

function learned(known: Int32Array, { first, arena, offsets, nullId }: Told, to: Dictionary): Int32Array {
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

function renameIds({ chunks }: SegmentsState, renamed: Int32Array): void {
  for (const { ids, count } of chunks) {
    for (let entry = 0; entry < count; entry++) ids[entry] = renamed[ids[entry] as number] as number
  }
}
