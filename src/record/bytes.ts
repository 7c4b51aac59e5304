/**
 * Ranges of bytes compared and copied by words: they are mostly too short for a call that leaves JavaScript. Through a
 * DataView, as they lie anywhere.
 */

/** A view of the same bytes, to read words from. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

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

/** Below zero if the first sorts before the second: by unsigned byte, a prefix before what it begins. */
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
  // As big-endian numbers words have the order of their bytes, and paths begin with many that are equal.
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
 * Copies by words of eight bytes, the last of them over the end of the one before: for ranges as short as a line that
 * beats the call of a copy. (The compiler makes no object of a bigint that is only passed on.)
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
