/**
 * Values of any type as bytes in a heap: the bytes of a key (`key/key.ts`). An item of a list has its length before it:
 *
 *   4 bytes, little-endian: 0 for a NULL text, else the length and 1       the bytes
 */
import type { Column, StringColumn } from '../../../record/column.ts'
import type { Type } from '../../../record/type.ts'
import { KeyWriter } from '../../key/key.ts'
import { readKeys } from '../../key/read.ts'
import { extend, type HeapHolder, type HeapPlace } from './heap.ts'

const HEAD = 4

/** Writes values of columns; the bytes of a batch are valid until the next one. */
export class ValueWriter {
  readonly #writer = new KeyWriter()

  /** The bytes of the values of rows [from, to). */
  write(column: Column, from: number, to: number): StringColumn {
    return this.#writer.write([column], from, to, undefined)
  }
}

/** Adds the value of a row as an item, after `before` bytes that the caller fills. Returns where these begin. */
export function appendItem(
  into: HeapHolder,
  place: HeapPlace,
  entry: number,
  { values, row, before = 0 }: { readonly values: StringColumn; readonly row: number; readonly before?: number },
): number {
  const isNull = values.nulls?.[row] === 1
  const start = values.start[row] as number
  const length = isNull ? 0 : (values.end[row] as number) - start
  const at = extend(into, place, entry, before + HEAD + length)
  const { bytes } = into.heaps[place.heap] as { bytes: Uint8Array }
  writeWord(bytes, at + before, isNull ? 0 : length + 1)
  const to = at + before + HEAD
  for (let i = 0; i < length; i++) bytes[to + i] = values.bytes[start + i] as number
  return at
}

/** Writes four bytes, little-endian. */
export function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word
  bytes[at + 1] = word >>> 8
  bytes[at + 2] = word >>> 16
  bytes[at + 3] = word >>> 24
}

/** Reads four bytes, little-endian. */
export function readWord(bytes: Uint8Array, at: number): number {
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]] as [number, number, number, number]
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0
}

/** Ranges of bytes that are values, and which of them is NULL; it grows as it is filled. */
export class ValueRanges {
  count = 0
  /** Start and end of each range, one after the other. */
  #bounds = new Int32Array(1 << 8)
  #nulls = new Uint8Array(1 << 7)

  add(start: number, end: number, isNull: boolean): void {
    if (this.count === this.#nulls.length) {
      const [bounds, nulls] = [this.#bounds, this.#nulls]
      this.#bounds = new Int32Array(2 * bounds.length)
      this.#bounds.set(bounds)
      this.#nulls = new Uint8Array(2 * nulls.length)
      this.#nulls.set(nulls)
    }
    this.#nulls[this.count] = isNull ? 1 : 0
    this.#bounds[2 * this.count] = start
    this.#bounds[2 * this.count + 1] = end
    this.count++
  }

  /** Adds the item at `at`; returns where it ends. */
  addItem(bytes: Uint8Array, at: number): number {
    const code = readWord(bytes, at)
    const start = at + HEAD
    const end = code === 0 ? start : start + code - 1
    this.add(start, end, code === 0)
    return end
  }

  /** The column of the values. Its texts are ranges of `bytes`. */
  column(bytes: Uint8Array, type: Type): Column {
    const { count } = this
    const none = 2 * count
    const offsets = new Int32Array(none + 2)
    offsets.set(this.#bounds.subarray(0, none))
    const ids = new Int32Array(count)
    let hasNulls = false
    for (let i = 0; i < count; i++) {
      hasNulls ||= this.#nulls[i] === 1
      ids[i] = this.#nulls[i] === 1 ? none : 2 * i
    }
    const [arena, zero] = hasNulls ? withZero(bytes) : [bytes, 0]
    offsets.fill(zero, none)
    const [column] = readKeys({ dictionary: { arena, offsets, nullId: none }, ids, count }, [type])
    return column as Column
  }
}

/** The bytes with a place where a 0 is, which is how a NULL is written. */
function withZero(bytes: Uint8Array): readonly [bytes: Uint8Array, at: number] {
  const at = bytes.indexOf(0)
  if (at >= 0) return [bytes, at]
  const longer = new Uint8Array(bytes.length + 1)
  longer.set(bytes)
  return [longer, bytes.length]
}
