/** Reads a value that is neither an array nor an object into the row, as `json/text.ts` reads JSON. AssemblyScript. */
import { LOWER_E, MINUS, OPEN_BRACE, OPEN_BRACKET, QUOTE, ZERO } from '../bytes.ts'
import * as KIND from '../value/kinds.ts'
import { putNumber } from '../value/number.ts'
import { putByte, putDouble, putLate, putRange } from '../value/put.ts'
import { isoTime, readTime } from '../value/time.ts'
import { isFalse, isNull, isTrue } from '../value/words.ts'
import * as MEMBER from './members.ts'
import { hasEscapes, scalarEnd, stopsIn, stringEnd, valueEnd } from './text.ts'

// The code for most values is written out where it is used: a call would cost as much as the work.

/** Reads the string whose opening quote is before `at`, if it is wanted. */
export function readString(member: i32, at: i32, end: i32): i32 {
  let close = at
  while (close < end) {
    const stops = stopsIn(close)
    if (stops === 0) {
      close += 16
      continue
    }
    close += ctz(stops)
    break
  }
  if (load<u8>(close) === QUOTE) {
    putRange(load<i32>(member, MEMBER.VALUES), at, close)
    return close + 1
  }
  close = stringEnd(close, end)
  if (close === 0) return 0
  if (load<i32>(member, MEMBER.VALUES) !== 0) putLate(load<i32>(member, MEMBER.COLUMN), at, close, 1)
  return close + 1
}

/** Reads the value at `at` of a column that holds no others; for a TEXT, any value. `stack`: as for `valueEnd`. */
export function readScalar(member: i32, kind: i32, at: i32, end: i32, stack: i32): i32 {
  switch (kind) {
    case KIND.TEXT: {
      if (isNull(at)) return at + 4
      const behind = valueEnd(at, end, stack)
      if (behind !== 0) putRange(load<i32>(member, MEMBER.VALUES), at, behind)
      return behind
    }
    case KIND.WHOLE:
    case KIND.INT:
    case KIND.DOUBLE:
      return readNumber(member, kind, at, end)
    case KIND.WALL:
    case KIND.INSTANT: {
      const isInstant = kind === KIND.INSTANT
      if (load<u8>(at) !== QUOTE) return isInstant ? readEpoch(member, at, end) : readLate(member, at, end)
      const close = readTime(at + 1, member + MEMBER.MINUTE, isInstant)
      if (close === 0 || load<u8>(close) !== QUOTE) return readLate(member, at, end)
      putDouble(load<i32>(member, MEMBER.VALUES), isoTime)
      return close + 1
    }
    case KIND.BOOLEAN: {
      const isYes = isTrue(at)
      if (!isYes && !isFalse(at)) return readLate(member, at, end)
      putByte(load<i32>(member, MEMBER.VALUES), isYes)
      return isYes ? at + 4 : at + 5
    }
    case KIND.LATE:
      return readLate(member, at, end)
    default:
      return 0
  }
}

function readNumber(member: i32, kind: i32, at: i32, end: i32): i32 {
  const first = load<u8>(at) === MINUS ? at + 1 : at
  // In JSON no other digit follows a leading zero.
  if (load<u8>(first) === ZERO && <u32>load<u8>(first, 1) - ZERO <= 9) return readLate(member, at, end)
  const behind = putNumber(load<i32>(member, MEMBER.VALUES), kind, at)
  return behind === 0 || (load<u8>(behind) | 32) === LOWER_E ? readLate(member, at, end) : behind
}

/** Reads a number of 12 to 14 digits as ms since 1970: fewer may be seconds, more microseconds. See `format/scan/epoch.ts`. */
function readEpoch(member: i32, at: i32, end: i32): i32 {
  const first = load<u8>(at)
  if (first === ZERO || first === MINUS) return readLate(member, at, end)
  const behind = putNumber(load<i32>(member, MEMBER.VALUES), KIND.WHOLE, at)
  const isPlain = behind >= at + 12 && behind <= at + 14 && (load<u8>(behind) | 32) !== LOWER_E
  return isPlain ? behind : readLate(member, at, end)
}

/** Leaves a value to JavaScript, if it may be one of the type. */
function readLate(member: i32, at: i32, end: i32): i32 {
  const byte = load<u8>(at)
  if (byte === QUOTE) {
    const close = stringEnd(at + 1, end)
    if (close === 0 || hasEscapes) return 0
    putLate(load<i32>(member, MEMBER.COLUMN), at + 1, close, 0)
    return close + 1
  }
  if (isNull(at)) return at + 4
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return 0
  const behind = scalarEnd(at, end)
  if (behind !== 0) putLate(load<i32>(member, MEMBER.COLUMN), at, behind, 0)
  return behind
}
