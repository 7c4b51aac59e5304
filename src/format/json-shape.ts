/**
 * The shape of a record: the bytes between its values, which are the same in all records that one program writes.
 *
 *   {"ts":"…","status":…,"user":{"id":…}}
 *
 * A record whose bytes between the values are those of the shape, and whose values fit its slots, is a row; so names,
 * colons and brackets are compared by words and not read. It is JSON as the record was that the shape was made of: a
 * slot takes nothing that would not be a value at that place. Any other record is left to `JsonReader`, which decides.
 */
import { IsoClock } from './iso-clock.ts'
import type { JsonScan } from './json-scan.ts'
import { unescapeJson } from './json-unescape.ts'
import type { ParsedColumn } from './parsed-column.ts'
import { firstHit, stringEndIn } from './scan-word.ts'
import type { TextScratch } from './text-scratch.ts'

const QUOTE = 34
const ZERO = 48
const LOWER_N = 110
const BACKSLASH = 92
/** So many digits are a number of 31 bits. */
const INT_DIGITS = 9

/** What a slot takes; the quotes of strings are no part of it. Numbers, as a `switch` over them is a jump. */
export const SLOT = {
  /** A string that is wanted as text, or not at all. */
  text: 0,
  /** Digits that are a whole number, or nothing wanted. */
  digits: 1,
  timestamp: 2,
  /** A string that is a number, a date or the like. */
  parsedText: 3,
  /** A number, true, false, null. */
  scalar: 4,
  /** A value of which nothing is wanted. */
  anything: 5,
} as const

export type SlotKind = (typeof SLOT)[keyof typeof SLOT]

export class Slot {
  readonly kind: SlotKind
  /** Undefined where its member is no column. */
  readonly column: ParsedColumn | undefined
  readonly isKept: boolean
  /** Of the bytes before it, at least four: their length, the words from each fourth byte, and the last four. */
  readonly length: number
  readonly #words: Int32Array
  readonly #lastWord: number
  readonly clock: IsoClock

  constructor(kind: SlotKind, column: ParsedColumn | undefined, before: Uint8Array) {
    this.kind = kind
    this.column = column
    this.isKept = column?.isWanted === true
    this.length = before.length
    const view = new DataView(before.buffer, before.byteOffset, before.length)
    this.#words = Int32Array.from({ length: (before.length - 1) >> 2 }, (_, i) => view.getInt32(4 * i, true))
    this.#lastWord = view.getInt32(before.length - 4, true)
    this.clock = new IsoClock(column?.type.kind === 'TIMESTAMP_LTZ')
  }

  /** Whether the bytes before it are at `at`; there must be so many. */
  isAt(view: DataView, at: number): boolean {
    const words = this.#words
    for (let i = 0; i < words.length; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return false
    return view.getInt32(at + this.length - 4, true) === this.#lastWord
  }
}

export class JsonShape {
  readonly #slots: readonly Slot[]
  /** The bytes behind the last value. */
  readonly #tail: Uint8Array
  readonly #scan: JsonScan
  readonly #scratch: TextScratch

  constructor(slots: readonly Slot[], tail: Uint8Array, scan: JsonScan, scratch: TextScratch) {
    this.#slots = slots
    this.#tail = tail
    this.#scan = scan
    this.#scratch = scratch
  }

  /** Puts the values of the record [from, end) into a row; false where it is not of the shape: some may have been put. */
  read(from: number, end: number, row: number): boolean {
    const { bytes, view } = this.#scan
    const slots = this.#slots
    let at = from
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as Slot
      if (at + slot.length > end || !slot.isAt(view, at)) return false
      at += slot.length
      switch (slot.kind) {
        case SLOT.text: {
          const start = at
          at = textEnd(bytes, view, at, end)
          if (at < end && bytes[at] === BACKSLASH) at = this.#escaped(slot, start, row)
          else if (slot.isKept) (slot.column as ParsedColumn).putRange(start, at, row)
          break
        }
        case SLOT.digits: {
          const start = at
          let value = 0
          for (; at < end; at++) {
            const digit = (bytes[at] as number) - ZERO
            if (digit >>> 0 > 9) break
            value = (value * 10 + digit) | 0
          }
          const count = at - start
          const isPlain = count > 0 && count <= INT_DIGITS && (count === 1 || bytes[start] !== ZERO)
          if (!isPlain) at = this.#scalar(slot, start, row)
          else if (slot.isKept) (slot.column as ParsedColumn).putSmall(value, row)
          break
        }
        case SLOT.timestamp: {
          const { clock } = slot
          const length = clock.read(view, at, end)
          if (length === 0) at = this.#parsedText(slot, at, row)
          else {
            at += length
            if (slot.isKept) (slot.column as ParsedColumn).putInstant(clock.minute + clock.rest, row)
          }
          break
        }
        default:
          at = this.#rare(slot, at, row)
      }
      if (at < 0) return false
    }
    const tail = this.#tail
    if (at + tail.length !== end) return false
    for (let i = 0; i < tail.length; i++) if (bytes[at + i] !== tail[i]) return false
    return true
  }

  #rare(slot: Slot, from: number, row: number): number {
    if (slot.kind === SLOT.parsedText) return this.#parsedText(slot, from, row)
    return slot.kind === SLOT.scalar ? this.#scalar(slot, from, row) : this.#scan.skip(from)
  }

  #scalar({ column }: Slot, from: number, row: number): number {
    const { bytes } = this.#scan
    if (bytes[from] === QUOTE) return -1
    const at = this.#scan.scalar(from)
    if (at < 0 || column === undefined) return at
    if (bytes[from] === LOWER_N) column.putNull(row)
    else if (!column.put(bytes, from, at, row)) return -1
    return at
  }

  #parsedText(slot: Slot, from: number, row: number): number {
    const { bytes, view, end } = this.#scan
    const at = textEnd(bytes, view, from, end)
    if (at >= end || bytes[at] !== QUOTE) return -1
    const column = slot.column as ParsedColumn
    if (!column.put(bytes, from, at, row)) return -1
    if (slot.kind === SLOT.timestamp) slot.clock.learn(view, from, at, column.numberAt(row))
    return at
  }

  /** A text with escapes; returns where its closing quote is. */
  #escaped({ column, isKept }: Slot, from: number, row: number): number {
    const at = this.#scan.string(from) - 1
    if (at < 0) return -1
    if (isKept) {
      const start = unescapeJson(this.#scratch, this.#scan.bytes, from, at)
      ;(column as ParsedColumn).putRange(start, this.#scratch.end, row)
    }
    return at
  }
}

/** The first byte from `from` on that may end a string; `end` where there is none. */
function textEnd(bytes: Uint8Array, view: DataView, from: number, end: number): number {
  let at = from
  for (; at + 4 <= end; at += 4) {
    const hit = stringEndIn(view.getInt32(at, true))
    if (hit !== 0) return at + firstHit(hit)
  }
  for (; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) break
  }
  return at
}
