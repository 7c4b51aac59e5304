/**
 * Gives small integers to byte strings: equal bytes get equal ids, ids count from 0 in order of first sight.
 *
 * An open-addressing table of (hash, id) pairs over one arena of bytes: no object and no string per key. Ids say nothing
 * about order: `compare` compares the bytes. NULL has an id of its own, without bytes. Once keys are many, a kernel has them
 * (`key-memory.ts`).
 *
 * The hash is fast, not secret, so keys can be crafted to collide. A probe of more than PROBE_LIMIT slots in a table at most
 * half full is no accident: then all keys are hashed again by a keyed hash (HalfSipHash) whose key nobody knows. No result
 * depends on that key, because no result depends on the table's order.
 */
import { Failure } from '../base/failure.ts'
import { compareBytes, copyBytes, equalBytes, viewOf } from './bytes.ts'
import { columnOf, STRING_NONE, type StringColumn } from './column.ts'
import { hashBytes, keyedHash } from './hash.ts'
import { KEYS_LIMIT, KeyMemory } from './key-memory.ts'
import { freeSlots, putInSlot, widenedSlots } from './slots.ts'
import { STRING } from './type.ts'

const PROBE_LIMIT = 128
/** A table is never more than half full, so that probes stay short. */
const LEAST_SLOTS = 1 << 6
/** Offsets into the arena are 32-bit integers. */
const MOST_BYTES = 2 ** 31
/** From this number of keys on they are kept in the memory of a kernel, which costs more to begin with. */
const LARGE = 1 << 12
/** Rows after which it is seen whether a dictionary has become large. */
const STRIP = 1 << 11
const NO_BYTES = new DataView(new ArrayBuffer(0))
/** A column of one text, and its id: one for all dictionaries of a thread, since no lookup outlives its call. */
const one = columnOf(STRING, ['']) as StringColumn
const oneId = new Int32Array(1)

export type DictionaryState = {
  readonly arena: Uint8Array
  readonly offsets: Int32Array
  /** The id of NULL, or -1 if NULL was never seen. */
  readonly nullId: number
}

/** Byte strings and their ids. Adding one throws a Failure `limit` once the bytes of all reach 2 GiB. */
export class Dictionary {
  size = 0
  /** The bytes of id i are arena [offsets[i], offsets[i + 1]). */
  arena: Uint8Array = new Uint8Array(1 << 10)
  offsets: Int32Array = new Int32Array(LEAST_SLOTS / 2 + 1)
  nullId = -1
  /** How often all ids were renamed: ids that were looked up before are no longer valid. */
  namings = 0
  /** The keys, once they are many: `arena` and `offsets` are then its arrays, and `#table` has nothing. */
  #memory: KeyMemory | undefined
  #table: Int32Array = freeSlots(LEAST_SLOTS)
  #secret: Int32Array | undefined
  #arenaView: DataView = viewOf(this.arena)
  #viewed: Uint8Array = this.arena
  #view: DataView = this.#arenaView

  /** Bytes of memory that its arrays take. */
  get bytes(): number {
    return this.#memory?.bytes ?? this.arena.byteLength + this.offsets.byteLength + this.#table.byteLength
  }

  /** Puts the ids of rows [from, to) of a string column into `ids`; new keys are added. */
  lookup(column: StringColumn, from: number, to: number, ids: Int32Array): void {
    let row = from
    // A dictionary may become large within a call.
    for (; row < to && this.#memory === undefined; row += STRIP) {
      this.#lookupEach(column, row, Math.min(to, row + STRIP), ids)
      if (this.size >= LARGE) this.#enlarge(0)
    }
    if (row < to) this.#lookupLarge(column, row, to, ids)
  }

  #lookupLarge(column: StringColumn, from: number, to: number, ids: Int32Array): void {
    const { start, end, nulls } = column
    for (let row = from; row < to; ) {
      const memory = this.#memory as KeyMemory
      row = memory.lookup(column, row, to, { ids, nullId: this.nullId })
      this.size = memory.size
      if (row === to) return
      if (nulls?.[row] === 1) ids[row++] = this.idOfNull()
      else this.#enlarge((end[row] as number) - (start[row] as number))
    }
  }

  #lookupEach(column: StringColumn, from: number, to: number, ids: Int32Array): void {
    const { start, end, nulls } = column
    const bytes = this.#viewOf(column.bytes)
    let table = this.#table
    let mask = (table.length >> 1) - 1
    for (let row = from; row < to; row++) {
      if (nulls !== undefined && nulls[row] === 1) {
        ids[row] = this.idOfNull()
        continue
      }
      const at = start[row] as number
      const stop = end[row] as number
      const hash = this.#hash(bytes, at, stop)
      // The common case in place: the first slot holds the key.
      const slot = (hash & mask) << 1
      const id = table[slot + 1] as number
      if (id >= 0 && table[slot] === hash && this.#equals(id, bytes, at, stop)) {
        ids[row] = id
        continue
      }
      ids[row] = this.#find(hash, bytes, at, stop)
      table = this.#table
      mask = (table.length >> 1) - 1
    }
  }

  /** The id of one byte string; a new one is added. */
  idOf(bytes: Uint8Array, start: number, end: number): number {
    if (this.#memory !== undefined) {
      one.bytes = bytes
      one.start[0] = start
      one.end[0] = end
      this.#lookupLarge(one, 0, 1, oneId)
      one.bytes = STRING_NONE
      return oneId[0] as number
    }
    const view = this.#viewOf(bytes)
    const id = this.#find(this.#hash(view, start, end), view, start, end)
    if (this.size >= LARGE) this.#enlarge(0)
    return id
  }

  /** The id of NULL, which is added if it is new. */
  idOfNull(): number {
    if (this.nullId >= 0) return this.nullId
    if (this.#memory === undefined) this.nullId = this.#append(NO_BYTES, 0, 0)
    else {
      while (!this.#memory.append(0)) this.#enlarge(0)
      this.nullId = this.size++
    }
    return this.nullId
  }

  /** Below zero if key `a` sorts before `b`: NULL first, then by unsigned byte, a prefix before every longer key. */
  compare(a: number, b: number): number {
    if (a === this.nullId || b === this.nullId) return a === b ? 0 : a === this.nullId ? -1 : 1
    const { offsets } = this
    const view = this.#arenaView
    const endA = offsets[a + 1] as number
    const endB = offsets[b + 1] as number
    return compareBytes(view, offsets[a] as number, endA, view, offsets[b] as number, endB)
  }

  /** Forgets the ids not marked in `used` and renames the others in the same order. Returns the new ids, -1 for those forgotten. */
  retain(used: Uint8Array): Int32Array {
    const before = { arena: viewOf(this.arena), offsets: this.offsets, size: this.size, nullId: this.nullId }
    const renamed = new Int32Array(before.size).fill(-1)
    this.namings++
    this.#memory = undefined
    this.size = 0
    this.nullId = -1
    this.#setArena(new Uint8Array(1 << 10))
    this.offsets = new Int32Array(LEAST_SLOTS / 2 + 1)
    for (let id = 0; id < before.size; id++) {
      if (used[id] !== 1) continue
      renamed[id] = this.#append(before.arena, before.offsets[id] as number, before.offsets[id + 1] as number)
      if (id === before.nullId) this.nullId = renamed[id] as number
    }
    this.#rebuild(LEAST_SLOTS)
    return renamed
  }

  /** Lets `edit` change the bytes of each key in place; the keys must stay different from each other. */
  rewrite(edit: (arena: Uint8Array, start: number) => void): void {
    this.namings++
    this.#memory = undefined
    this.#setArena(this.arena.slice(0, this.offsets[this.size]))
    this.offsets = this.offsets.slice(0, this.size + 1)
    for (let id = 0; id < this.size; id++) if (id !== this.nullId) edit(this.arena, this.offsets[id] as number)
    this.#rebuild(LEAST_SLOTS)
  }

  /**
   * The state. Of a small dictionary it is no copy: later keys go after these, and any other change makes new arrays. An array of
   * a large one would be posted with the whole memory.
   */
  snapshot(): DictionaryState {
    const { nullId, offsets, arena } = this
    const [bytes, ends] = [offsets[this.size] as number, this.size + 1]
    if (this.#memory !== undefined) return { arena: arena.slice(0, bytes), offsets: offsets.slice(0, ends), nullId }
    return { arena: arena.subarray(0, bytes), offsets: offsets.subarray(0, ends), nullId }
  }

  /** A dictionary with the keys and ids of a snapshot. */
  static restore(state: DictionaryState): Dictionary {
    const dictionary = new Dictionary()
    dictionary.#setArena(new Uint8Array(state.arena))
    dictionary.offsets = state.offsets.slice()
    dictionary.size = state.offsets.length - 1
    dictionary.nullId = state.nullId
    dictionary.#rebuild(LEAST_SLOTS)
    return dictionary
  }

  /** Making a view costs more than a short lookup, so the last one is kept. */
  #viewOf(bytes: Uint8Array): DataView {
    if (this.#viewed !== bytes) {
      this.#viewed = bytes
      this.#view = viewOf(bytes)
    }
    return this.#view
  }

  #hash(bytes: DataView, start: number, end: number): number {
    return this.#secret === undefined ? hashBytes(bytes, start, end) : keyedHash(bytes, start, end, this.#secret)
  }

  #equals(id: number, bytes: DataView, start: number, end: number): boolean {
    const at = this.offsets[id] as number
    if ((this.offsets[id + 1] as number) - at !== end - start) return false
    return equalBytes(bytes, start, end, this.#arenaView, at)
  }

  #find(hash: number, bytes: DataView, start: number, end: number): number {
    const table = this.#table
    const mask = (table.length >> 1) - 1
    let slot = hash & mask
    let probes = 0
    for (; ; slot = (slot + 1) & mask, probes++) {
      const id = table[(slot << 1) + 1] as number
      if (id < 0) break
      if (table[slot << 1] === hash && this.#equals(id, bytes, start, end)) return id
    }
    const id = this.#append(bytes, start, end)
    table[slot << 1] = hash
    table[(slot << 1) + 1] = id
    if (probes > PROBE_LIMIT && this.#secret === undefined) this.#harden()
    else if (this.size * 2 >= mask) this.#table = widenedSlots(table)
    return id
  }

  #append(bytes: DataView, start: number, end: number): number {
    const at = this.offsets[this.size] as number
    const stop = at + end - start
    this.#checkRoom(end - start)
    if (stop > this.arena.length) {
      const wider = new Uint8Array(Math.min(MOST_BYTES - 1, Math.max(stop, this.arena.length * 2)))
      wider.set(this.arena)
      this.#setArena(wider)
    }
    if (this.size + 2 > this.offsets.length) {
      const wider = new Int32Array(this.offsets.length * 2)
      wider.set(this.offsets)
      this.offsets = wider
    }
    copyBytes(bytes, start, end - start, this.#arenaView, at)
    const id = this.size++
    this.offsets[id + 1] = stop
    return id
  }

  #checkRoom(length: number): void {
    if (this.size < KEYS_LIMIT && (this.offsets[this.size] as number) + length < MOST_BYTES) return
    const keys = `the ${this.size.toLocaleString('en')} keys that a query holds`
    const hint = 'Group by fewer or shorter values, or in smaller windows.'
    throw new Failure('limit', `${keys} take 2 GiB, and more cannot be`, { hint })
  }

  /** Takes a new memory for the keys, with room for one of `length` bytes more. */
  #enlarge(length: number): void {
    this.#checkRoom(length)
    const isHardened = this.#memory?.isHardened ?? this.#secret !== undefined
    const memory = new KeyMemory(this, length, isHardened)
    this.#memory = memory
    this.#setArena(memory.arena)
    this.offsets = memory.offsets
    this.#table = freeSlots(0)
  }

  #setArena(arena: Uint8Array): void {
    this.arena = arena
    this.#arenaView = viewOf(arena)
  }

  #harden(): void {
    this.#secret = crypto.getRandomValues(new Int32Array(2))
    this.#rebuild(this.#table.length >> 1)
  }

  /** Hashes every key into a table of at least `least` slots. */
  #rebuild(least: number): void {
    if (this.size >= LARGE) {
      this.#enlarge(0)
      return
    }
    let slots = least
    while (this.size * 2 >= slots) slots *= 2
    const table = freeSlots(slots)
    for (let id = 0; id < this.size; id++) {
      if (id === this.nullId) continue
      putInSlot(table, this.#hash(this.#arenaView, this.offsets[id] as number, this.offsets[id + 1] as number), id)
    }
    this.#table = table
  }
}
