/** Texts as ranges of bytes, compared and searched without making strings of them. */
import type { StringColumn } from '../../../record/column.ts'
import type { Expression } from '../../expression/expression.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const { latin1Slice } = Buffer.prototype

/**
 * The bytes [start, end) as a string. ASCII, the common case, avoids the decoder, which costs more than a short text.
 */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  let high = 0
  for (let at = start; at < end; at++) high |= bytes[at] as number
  if (high < 0x80) return latin1Slice.call(bytes, start, end)
  return decoder.decode(bytes.subarray(start, end))
}

/** The text of a row of a column; what it gives for a NULL is anything. */
export const textOfRow = ({ bytes, start, end }: StringColumn, row: number): string =>
  decodeText(bytes, start[row] as number, end[row] as number)

/** The text in UTF-8. */
export const toBytes = (text: string): Uint8Array => encoder.encode(text)

/** The text of a literal argument; undefined for NULL and for any other expression. */
export function literalText(expression: Expression | undefined): string | undefined {
  const isText = expression?.kind === 'literal' && expression.type.kind !== 'BYTES'
  return isText && typeof expression.value === 'string' ? expression.value : undefined
}

/**
 * Maps bytes of UTF-8 so that texts order as by UTF-16 units: F0 to F4, which begin four bytes, come before EE and EF.
 */
export function unitOrder(byte: number): number {
  if (byte < 0xee) return byte
  return byte >= 0xf0 ? byte - 2 : byte + 16
}

/** Below 0 if the text [aStart, aEnd) of `a` sorts before that of `b` by UTF-16 units, 0 if they are equal. */
export function compareTexts(
  a: Uint8Array,
  [aStart, aEnd]: readonly [number, number],
  b: Uint8Array,
  [bStart, bEnd]: readonly [number, number],
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart)
  for (let index = 0; index < length; index++) {
    const difference = unitOrder(a[aStart + index] as number) - unitOrder(b[bStart + index] as number)
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}

/** Whether `needle` stands at `at` in `bytes`, where the caller has checked that there is room for it. */
export function matchesAt(bytes: Uint8Array, at: number, needle: Uint8Array): boolean {
  for (let index = 0; index < needle.length; index++) {
    if (bytes[at + index] !== needle[index]) return false
  }
  return true
}

/** The position of the first `needle` in [start, end) of `bytes`, or -1. */
export function indexOfBytes(bytes: Uint8Array, start: number, end: number, needle: Uint8Array): number {
  return indexOfRange(bytes, [start, end], needle, [0, needle.length])
}

/** The same for the bytes [partStart, partEnd) of `part`. */
export function indexOfRange(
  bytes: Uint8Array,
  [start, end]: readonly [number, number],
  part: Uint8Array,
  [partStart, partEnd]: readonly [number, number],
): number {
  const size = partEnd - partStart
  if (size === 0) return start
  const last = end - size
  const first = part[partStart] as number
  for (let at = start; at <= last; at++) {
    if (bytes[at] !== first) continue
    let same = 1
    while (same < size && bytes[at + same] === part[partStart + same]) same++
    if (same === size) return at
  }
  return -1
}

/** Java's String.trim, which removes all characters up to the blank from both ends. */
export const trimJava = (text: string): string => text.replace(/^[\0-\x20]+|[\0-\x20]+$/g, '')

/** Whether a code point begins at the byte, which does not continue another one. */
const isStart = (byte: number): boolean => (byte & 0xc0) !== 0x80

/** How many code points are in [start, end) of the bytes. */
export function countCodePoints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; at++) if (isStart(bytes[at] as number)) count++
  return count
}

/** Where code point `number`, counted from 0, begins; `end` if the range has fewer. */
export function positionOfCodePoint(bytes: Uint8Array, start: number, end: number, number: number): number {
  if (number <= 0) return start
  let left = number
  for (let at = start + 1; at < end; at++) {
    if (isStart(bytes[at] as number) && --left === 0) return at
  }
  return end
}

/** Where the last `number` code points begin; -1 if the range has fewer. */
export function positionFromEnd(bytes: Uint8Array, start: number, end: number, number: number): number {
  let left = number
  for (let at = end - 1; at >= start; at--) {
    if (isStart(bytes[at] as number) && --left === 0) return at
  }
  return left <= 0 ? end : -1
}
