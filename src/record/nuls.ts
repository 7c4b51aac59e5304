/**
 * Leaves out NULs that are not text. A crash, a file that is cut while it is written (copytruncate), or one that was made longer
 * beforehand leave holes in a log, which are read as NULs.
 *
 * NULs at the beginning or the end of a line do not belong to it. A hole (`bytes/nuls.ts`) ends a line as a line end does: what
 * comes behind it was written after the crash.
 */
import { endOfNuls, HOLE_BYTES, indexOfNul } from '../bytes/nuls.ts'
import type { Records } from './column.ts'

/** Called for NULs that are left out; `position` is that of the first of them. */
export type HoleTaker = (position: number, bytes: number) => void

/** Says that these NULs of a stream are left out. */
export const holeText = (name: string, position: number, bytes: number): string =>
  `${bytes} NULs at byte ${position} of ${name} are left out: they are not text`

/** Says, once for all NULs of a file, that they are left out. `about`: more of them, in words that follow. */
export const holesText = (name: string, about: string): string =>
  `${name} has NULs that are not text${about}: they are left out`

/** Leaves NULs out of lines that were cut at their line ends; `position` is where in the stream their bytes begin. */
export function leaveOutNuls(lines: Records, position: number, hole: HoleTaker | undefined): void {
  const { bytes } = lines
  const starts: number[] = []
  const ends: number[] = []
  let nul = 0
  for (let line = 0; line < lines.count; line++) {
    let at = lines.start[line] as number
    const end = lines.end[line] as number
    if (nul >= 0 && nul < at) nul = indexOfNul(bytes, at)
    if (nul < 0 || nul >= end) {
      starts.push(at)
      ends.push(end)
      continue
    }
    for (let isLast = false; !isLast; ) {
      const text = Math.min(end, endOfNuls(bytes, at))
      if (text > at) hole?.(position + at, text - at)
      const textEnd = endOfText(bytes, text, end)
      at = Math.min(end, endOfNuls(bytes, textEnd))
      isLast = at === end && at - textEnd < HOLE_BYTES
      if (isLast && at > textEnd) hole?.(position + textEnd, at - textEnd)
      // Behind a hole, too, a line end ends a line, and the end of the bytes alone none.
      if (text === textEnd && (!isLast || end === bytes.length)) continue
      starts.push(text)
      ends.push(textEnd)
      if (!isLast) at = textEnd
    }
  }
  lines.count = starts.length
  lines.start = arrayOf(starts, lines.start)
  lines.end = arrayOf(ends, lines.end)
}

/** Where a hole or the NULs at the end of the line begin. */
function endOfText(bytes: Uint8Array, from: number, end: number): number {
  for (let nul = indexOfNul(bytes, from); nul >= 0 && nul < end; ) {
    const after = Math.min(end, endOfNuls(bytes, nul))
    if (after === end || after - nul >= HOLE_BYTES) return nul
    nul = indexOfNul(bytes, after)
  }
  return end
}

function arrayOf(values: readonly number[], before: Int32Array): Int32Array {
  const array = values.length <= before.length ? before : new Int32Array(2 * values.length)
  array.set(values)
  return array
}
