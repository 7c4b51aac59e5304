/** Strings as ranges of bytes, compared and searched without making them strings. */
import type { Expression } from '../expression.ts'

const encoder = new TextEncoder()

export const toBytes = (text: string): Uint8Array => encoder.encode(text)

/** The text of a literal argument; undefined where it is no literal, or NULL. */
export function literalText(expression: Expression | undefined): string | undefined {
  return expression?.kind === 'literal' && typeof expression.value === 'string' ? expression.value : undefined
}

/** A byte of UTF-8 so that texts order as by UTF-16 units: F0 to F4, which begin four bytes, come before EE and EF. */
export function unitOrder(byte: number): number {
  if (byte < 0xee) return byte
  return byte >= 0xf0 ? byte - 2 : byte + 16
}

/** Below, at or above 0 as the text [aStart, aEnd) of a comes before, is, or comes after that of b, by UTF-16 units. */
export function compareBytes(
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

/** Whether `needle` stands at `at` of `bytes`; the caller has seen that there is room. */
export function matchesAt(bytes: Uint8Array, at: number, needle: Uint8Array): boolean {
  for (let index = 0; index < needle.length; index++) {
    if (bytes[at + index] !== needle[index]) return false
  }
  return true
}

/** Where `needle` first stands in [start, end) of `bytes`, or -1. */
export function indexOfBytes(bytes: Uint8Array, start: number, end: number, needle: Uint8Array): number {
  if (needle.length === 0) return start
  const last = end - needle.length
  const first = needle[0] as number
  for (let at = start; at <= last; at++) {
    if (bytes[at] === first && matchesAt(bytes, at, needle)) return at
  }
  return -1
}
