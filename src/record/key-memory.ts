/**
 * The keys of a large dictionary in the memory of a kernel (`kernel/assembly/dictionary.ts`), which looks up rows by the thousand:
 * half the time of the same loops in JavaScript, and at once, where V8 needs a tenth of a second to compile those well.
 *
 *   ┌ scratch ──────────────────────────────┬ table, at one of two places ┬ offsets ┬ arena ┐
 *   │ starts, ends, ids, hashes │ the texts │ (hash, id + 1) for each slot │         │       │
 *   └───────────────────────────┴───────────┴──────────────────────────────┴─────────┴───────┘
 *
 * The memory never grows, as its arrays would lose it. It has room for many more keys than there are, since pages that nobody
 * touches cost nothing; a table twice as large is made at the other place. When the room for keys has run out, the caller makes
 * a larger one of the old one's arrays.
 */
import { DICTIONARY_KERNEL } from '../kernel/dictionary.wasm.ts'
import { align, type KernelMemory, memoryOf, openOver, PADDING } from '../kernel/open.ts'
import { copyBytes, viewOf } from './bytes.ts'
import type { StringColumn } from './column.ts'

type Functions = {
  place(table: number, slots: number, offsets: number, keys: number, arena: number, bytes: number): void
  setSize(size: number): void
  getSize(): number
  longestProbe(): number
  harden(key0: bigint, key1: bigint): void
  lookup(shift: number, count: number, starts: number, ends: number, ids: number, hashes: number): number
  index(from: number, skipped: number): void
  move(table: number, slots: number): void
}

/** Rows that are looked up together. */
const STRIP = 1 << 10
/** Room for the texts of a strip, and for what is between them. */
const TEXT_BYTES = 1 << 20
/** Longer texts are copied by a call. */
const SHORT = 256
const SLOT_BYTES = 8
const LEAST_SLOTS = 1 << 14
/** A memory has room for this many times as many keys as the one before. */
const STEP = 16
const FIRST_KEYS = 1 << 18
export const KEYS_LIMIT: number = 1 << 26
/** Room for the bytes of a key, on average. */
const KEY_BYTES = 64
/** Offsets into the arena are 32-bit integers. */
const MOST_BYTES = 2 ** 31 - 1
/** A probe of more slots, in a table at most half full, is no accident. */
const PROBE_LIMIT = 128

/** Keys as they are kept, with ids from 0 on. */
export type KeptKeys = {
  readonly arena: Uint8Array
  readonly offsets: Int32Array
  readonly size: number
  readonly nullId: number
}

/** Keys and their ids, in a memory with room for a number of keys and of bytes. */
export class KeyMemory {
  readonly arena: Uint8Array
  readonly offsets: Int32Array
  readonly #functions: Functions
  readonly #memory: KernelMemory
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #ids: Int32Array
  readonly #texts: Uint8Array
  readonly #textsView: DataView
  /** The position that the first byte of the texts has in their column. */
  #low = 0
  readonly #tables: readonly [number, number]
  readonly #mostKeys: number
  #slots = LEAST_SLOTS
  #table = 0
  #isHardened: boolean
  /** The most bytes of texts that were copied at once: the rest of their room was never touched. */
  #copied = 0
  /** Bytes of the tables that were made: of the last one, and of the one before it. */
  #tableBytes = 0

  /**
   * With room for some keys more than those given, one of which may have `length` bytes. A dictionary that is hardened was
   * flooded before.
   */
  constructor({ arena, offsets, size, nullId }: KeptKeys, length: number, isHardened: boolean) {
    const used = offsets[size] as number
    let keys = FIRST_KEYS
    while (keys <= 2 * size && keys < KEYS_LIMIT) keys = Math.min(KEYS_LIMIT, keys * STEP)
    const bytes = Math.min(MOST_BYTES, Math.max(keys * KEY_BYTES, 2 * (used + length)))
    const scratch = PADDING + 4 * 4 * STRIP + align(TEXT_BYTES) + PADDING
    const [large, small] = [2 * keys * SLOT_BYTES, keys * SLOT_BYTES]
    const offsetsAt = scratch + large + small
    const arenaAt = offsetsAt + align(4 * (keys + 2))
    this.#memory = memoryOf(arenaAt + bytes + 2 * PADDING)
    this.#functions = openOver<Functions>(DICTIONARY_KERNEL, this.#memory)
    const { buffer } = this.#memory
    this.#starts = new Int32Array(buffer, PADDING, STRIP)
    this.#ends = new Int32Array(buffer, PADDING + 4 * STRIP, STRIP)
    this.#ids = new Int32Array(buffer, PADDING + 8 * STRIP, STRIP)
    this.#texts = new Uint8Array(buffer, PADDING + 16 * STRIP, TEXT_BYTES)
    this.#textsView = viewOf(this.#texts)
    this.offsets = new Int32Array(buffer, offsetsAt, keys + 1)
    this.arena = new Uint8Array(buffer, arenaAt, bytes)
    this.arena.set(arena.subarray(0, used))
    this.offsets.set(offsets.subarray(0, size + 1))
    this.#mostKeys = keys
    while (2 * (size + 1) > this.#slots) this.#slots *= 2
    // The largest table is at the first place, the next smaller one at the second, and so on in turns.
    this.#tables = [scratch, scratch + large]
    this.#isHardened = isHardened
    if (isHardened) this.#functions.harden(...secret())
    this.#functions.setSize(size)
    this.#place()
    this.#functions.index(0, nullId)
    this.#hardenIfFlooded(nullId)
  }

  get size(): number {
    return this.#functions.getSize()
  }

  get isHardened(): boolean {
    return this.#isHardened
  }

  /** Bytes of memory that it takes: of the pages that are in use. */
  get bytes(): number {
    const { size } = this
    return this.#tableBytes + 4 * size + (this.offsets[size] as number) + this.#copied
  }

  /**
   * Puts the ids of rows from `from` on into `ids`, and adds keys that are new. Returns the first row that it has not done: `to`,
   * or one whose key has no room. The id of a NULL is `nullId`; where that is below 0, it stops at a NULL.
   */
  lookup(column: StringColumn, from: number, to: number, { ids, nullId }: { ids: Int32Array; nullId: number }): number {
    const { nulls } = column
    let end = to
    if (nulls !== undefined && nullId < 0) {
      const first = nulls.subarray(from, to).indexOf(1)
      if (first >= 0) end = from + first
    }
    for (let row = from; row < end; ) {
      let count = this.#copy(column, row, Math.min(end, row + STRIP))
      let texts = this.#texts.byteOffset - this.#low
      if (count === 0) {
        if (!this.#copyLong(column, row)) return row
        texts = this.arena.byteOffset + (this.offsets[this.size] as number)
        count = 1
      }
      const at = this.#starts.byteOffset
      const done = this.#functions.lookup(texts, count, at, at + 4 * STRIP, at + 8 * STRIP, at + 12 * STRIP)
      ids.set(done === STRIP ? this.#ids : this.#ids.subarray(0, done), row)
      if (nulls !== undefined) for (let i = row; i < row + done; i++) if (nulls[i] === 1) ids[i] = nullId
      row += done
      this.#hardenIfFlooded(nullId)
      if (done < count && !this.#widen()) return row
    }
    return end
  }

  /** Adds a key without looking it up; false where it has no room. */
  append(length: number): boolean {
    const { size } = this
    const end = (this.offsets[size] as number) + length
    if (size >= this.#mostKeys || end > this.arena.length) return false
    this.offsets[size + 1] = end
    this.#functions.setSize(size + 1)
    return true
  }

  /** Copies texts of rows from `from` on to the kernel, as many as have room there. Returns their number. */
  #copy(column: StringColumn, from: number, to: number): number {
    const { bytes, start, end, nulls } = column
    if (nulls !== undefined) return this.#gather(column, from, to)
    let low = start[from] as number
    let high = end[from] as number
    for (let row = from + 1; row < to; row++) {
      const [first, behind] = [start[row] as number, end[row] as number]
      if (first < low) low = first
      if (behind > high) high = behind
    }
    if (high - low > TEXT_BYTES) return this.#gather(column, from, to)
    this.#texts.set(bytes.subarray(low, high))
    if (high - low > this.#copied) this.#copied = high - low
    this.#starts.set(start.subarray(from, to))
    this.#ends.set(end.subarray(from, to))
    this.#low = low
    return to - from
  }

  /** Copies texts that lie far from each other, one by one. */
  #gather({ bytes, start, end, nulls }: StringColumn, from: number, to: number): number {
    const [starts, ends, texts] = [this.#starts, this.#ends, this.#texts]
    const [source, target] = [viewOf(bytes), this.#textsView]
    this.#low = 0
    let at = 0
    for (let row = from; row < to; row++) {
      const isNull = nulls !== undefined && nulls[row] === 1
      const length = isNull ? 0 : (end[row] as number) - (start[row] as number)
      if (at + length > texts.length) return row - from
      if (length < SHORT) copyBytes(source, start[row] as number, length, target, at)
      else texts.set(bytes.subarray(start[row], end[row]), at)
      starts[row - from] = isNull ? -1 : at
      at += length
      ends[row - from] = at
      if (at > this.#copied) this.#copied = at
    }
    return to - from
  }

  /** Puts a text with more bytes than there is room for behind the last key, where it is kept if it is new; false: no room. */
  #copyLong({ bytes, start, end }: StringColumn, row: number): boolean {
    const used = this.offsets[this.size] as number
    const text = bytes.subarray(start[row], end[row])
    if (used + text.length > this.arena.length) return false
    this.arena.set(text, used)
    this.#starts[0] = 0
    this.#ends[0] = text.length
    return true
  }

  /** Makes the table twice as large, if that gives room. */
  #widen(): boolean {
    const [table, slots] = [this.#table, this.#slots]
    if (2 * this.size < slots || slots === 2 * this.#mostKeys) return false
    this.#slots *= 2
    this.#place()
    this.#clear()
    this.#functions.move(table, slots)
    return true
  }

  /** The largest table is at the first place, one of half its size at the second, and so on in turns. */
  #place(): void {
    const halvings = Math.log2((2 * this.#mostKeys) / this.#slots)
    this.#table = this.#tables[halvings % 2] as number
    const keys = Math.min(this.#mostKeys, this.#slots / 2)
    const { offsets, arena } = this
    this.#tableBytes = SLOT_BYTES * (this.#tableBytes === 0 ? this.#slots : 1.5 * this.#slots)
    this.#functions.place(this.#table, this.#slots, offsets.byteOffset, keys, arena.byteOffset, arena.length)
  }

  #clear(): void {
    new Uint8Array(this.#memory.buffer, this.#table, this.#slots * SLOT_BYTES).fill(0)
  }

  #hardenIfFlooded(nullId: number): void {
    if (this.#isHardened || this.#functions.longestProbe() <= PROBE_LIMIT) return
    this.#isHardened = true
    this.#functions.harden(...secret())
    this.#clear()
    this.#functions.index(0, nullId)
  }
}

function secret(): [bigint, bigint] {
  const [key0, key1] = crypto.getRandomValues(new BigInt64Array(2))
  return [key0 as bigint, key1 as bigint]
}
