/** Finds where and why an access-log line has no frame (see `frame.ts`). Only rejects come here, so it may read the line again. */
import { isDigit } from '../scan/number.ts'

const SPACE = 32
const QUOTE = 34
const DASH = 45
const OPEN = 91

/** The position in the buffer at which a line stops fitting the frame, and the reason. */
export type Trouble = readonly [at: number, reason: string]

/** The trouble of a line [from, end) in which no time in brackets was found after host and ident. */
export function headTrouble(bytes: Uint8Array, from: number, end: number): Trouble {
  if (from === end) return [from, 'the line is empty']
  if (bytes[from] === SPACE) return [from, 'expected a host, found a space']
  const hostEnd = indexOf(bytes, SPACE, from, end)
  if (hostEnd + 1 < end && bytes[hostEnd + 1] === SPACE) return [hostEnd + 1, 'expected an ident, found a space']
  const identEnd = indexOf(bytes, SPACE, Math.min(hostEnd + 1, end), end)
  const open = indexOf(bytes, OPEN, Math.min(identEnd + 1, end), end)
  if (open < end) return [open, 'expected [time] and the quoted request behind it']
  const early = indexOf(bytes, OPEN, from, end)
  if (early < end) return [early, 'expected host, ident and user before the [time]']
  return [Math.min(identEnd + 1, end), 'expected a user and a [time], found no [']
}

/** The trouble of a line whose request begins well; `quote` is the position of its closing quote, or `end`. */
export function tailTrouble(bytes: Uint8Array, quote: number, end: number): Trouble {
  if (quote >= end || bytes[quote] !== QUOTE) return [end, 'the quoted request does not end']
  const status = quote + 2
  const size = quote + 6
  if (status > end || bytes[quote + 1] !== SPACE)
    return [quote + 1, 'expected a space and the status after the request']
  for (let at = status; at < status + 3; at++) {
    if (at >= end || !isDigit(bytes[at])) return [at, 'expected a status of three digits']
  }
  if (size > end || bytes[size - 1] !== SPACE) return [size - 1, 'expected a space and the size after the status']
  let at = size
  if (at < end && bytes[at] === DASH) at++
  else while (at < end && isDigit(bytes[at])) at++
  if (at === size) return [at, 'expected the size: digits or -']
  if (at < end && bytes[at] !== SPACE) return [at, 'expected a space or the end after the size']
  return [size, 'the size has more than 18 digits']
}

function indexOf(bytes: Uint8Array, wanted: number, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== wanted) at++
  return at
}
