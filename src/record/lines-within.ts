/** The lines of bytes that are at hand: without those that are too long, a byte order mark, and NULs that are not text. */
import { hasMark, MARK_BYTES } from '../bytes/mark.ts'
import { indexOfNul } from '../bytes/nuls.ts'
import type { Records } from './column.ts'
import { addRest, splitLines } from './lines-split.ts'
import { type HoleTaker, leaveOutNuls } from './nuls.ts'

/** Called for each line that is left out because it is longer than the limit; `position` is its first byte in the stream. */
export type TooLong = (position: number) => void

/** The longest line that is taken, in bytes; what is called for a longer one; where in the stream the bytes start. */
export type LineLimit = {
  readonly limit: number
  readonly tooLong: TooLong
  readonly hole?: HoleTaker | undefined
  readonly position: number
  /** Whether a stream begins here, perhaps with a byte order mark. */
  readonly isStart?: boolean
  /** Whether there may be NULs: false if it is known that there are none. */
  readonly hasNuls?: boolean
}

/** Puts the lines of `bytes`, the last with or without its line end, into `lines`, without those over the limit. */
export function linesWithin(bytes: Uint8Array, within: LineLimit, lines: Records): Records {
  const { limit, tooLong, position } = within
  addRest(bytes, splitLines(bytes, 0, bytes.length, lines), bytes.length, lines)
  if (within.isStart === true && hasMark(bytes)) leaveOutMark(lines)
  if (within.hasNuls !== false && indexOfNul(bytes) >= 0) leaveOutNuls(lines, position, within.hole)
  if (!hasLonger(lines, limit)) return lines
  const { start, end } = lines
  let count = 0
  for (let line = 0; line < lines.count; line++) {
    const from = start[line] as number
    if ((end[line] as number) - from > limit) {
      tooLong(position + from)
      continue
    }
    start[count] = from
    end[count++] = end[line] as number
  }
  lines.count = count
  return lines
}

function leaveOutMark(lines: Records): void {
  const isAll = lines.count === 1 && lines.bytes.length === MARK_BYTES
  lines.start[0] = MARK_BYTES
  if (isAll) lines.count = 0
}

/**
 * Whether any line is longer than the limit. Such a line has a multiple of the limit within it, so only the lines at those
 * positions are looked at.
 */
function hasLonger({ start, end, count }: Records, limit: number): boolean {
  let line = 0
  for (let position = limit; count > 0 && position < (end[count - 1] as number); position += limit) {
    let after = count - 1
    while (line < after) {
      const middle = (line + after) >> 1
      if ((end[middle] as number) < position) line = middle + 1
      else after = middle
    }
    if ((end[line] as number) - (start[line] as number) > limit) return true
  }
  return false
}
