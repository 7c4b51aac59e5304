/** Finds where and why an access-log line has no frame (see `frame.ts`). Only rejects come here, so it may read the line again. */
import { isDigit } from '../scan/number.ts'

const SPACE = 32
const QUOTE = 34
const DASH = 45

/** The position in the buffer at which a line stops fitting the frame, and the reason. */
export type Trouble = readonly [at: number, reason: string]

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
