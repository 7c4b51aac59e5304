/** UTF-8 by code points: every byte that does not continue a character begins one. */

const isStart = (byte: number): boolean => (byte & 0xc0) !== 0x80

export function countCodePoints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; at++) if (isStart(bytes[at] as number)) count++
  return count
}

/** Where the code point of this number (from 0) begins; `end` where there are not so many. */
export function positionOfCodePoint(bytes: Uint8Array, start: number, end: number, number: number): number {
  if (number <= 0) return start
  let left = number
  for (let at = start + 1; at < end; at++) {
    if (isStart(bytes[at] as number) && --left === 0) return at
  }
  return end
}

/** Where the last so many code points begin; -1 where there are not so many. */
export function positionFromEnd(bytes: Uint8Array, start: number, end: number, number: number): number {
  let left = number
  for (let at = end - 1; at >= start; at--) {
    if (isStart(bytes[at] as number) && --left === 0) return at
  }
  return left <= 0 ? end : -1
}
