/** UTF-8 by code points. A code point begins at each byte that does not continue another. */

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
