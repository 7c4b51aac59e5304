/**
 * Ranges of bytes, compared and copied by words: most are too short for a call that leaves JavaScript. The words are read
 * through a DataView, because ranges begin at any byte.
 */

/** A view of the same bytes, to read words from. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Whether bytes [startA, endA) of `a` are those of `b` from `startB` on. */
export function equalBytes(a: DataView, startA: number, endA: number, b: DataView, startB: number): boolean {
  let i = startA
  let j = startB
  for (const whole = endA - 3; i < whole; i += 4, j += 4) {
    if (a.getInt32(i, true) !== b.getInt32(j, true)) return false
  }
  const rest = endA - i
  if (rest === 0) return true
  // The last word overlaps the one before.
  if (endA - startA >= 4) return a.getInt32(endA - 4, true) === b.getInt32(j + rest - 4, true)
  for (; i < endA; i++, j++) if (a.getUint8(i) !== b.getUint8(j)) return false
  return true
}

/** Below zero if the first range sorts before the second: by unsigned byte, a prefix before every longer range. */
export function compareBytes(
  a: DataView,
  startA: number,
  endA: number,
  b: DataView,
  startB: number,
  endB: number,
): number {
  let i = startA
  let j = startB
  // Read big-endian, words sort as their bytes do. Paths often share a long beginning.
  for (; i + 4 <= endA && j + 4 <= endB; i += 4, j += 4) {
    const difference = a.getUint32(i) - b.getUint32(j)
    if (difference !== 0) return difference
  }
  for (; i < endA && j < endB; i++, j++) {
    const difference = a.getUint8(i) - b.getUint8(j)
    if (difference !== 0) return difference
  }
  return endA - i - (endB - j)
}

/**
 * Copies by words of eight bytes; the last overlaps the one before. For ranges as short as a line this is faster than a call
 * of `set`. (The compiler makes no object of a bigint that is only passed on.)
 */
export function copyBytes(from: DataView, start: number, length: number, to: DataView, at: number): void {
  if (length < 8) {
    for (let byte = 0; byte < length; byte++) to.setUint8(at + byte, from.getUint8(start + byte))
    return
  }
  const last = length - 8
  for (let byte = 0; byte < last; byte += 8) to.setBigInt64(at + byte, from.getBigInt64(start + byte, true), true)
  to.setBigInt64(at + last, from.getBigInt64(start + last, true), true)
}
