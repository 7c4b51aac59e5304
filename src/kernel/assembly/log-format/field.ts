/** Reads fields that end by themselves: numbers, times and single bytes. AssemblyScript. */
import { NO_TIME, timeAt } from '../access-log/time.ts'
import { DASH, DOT, ZERO } from '../bytes.ts'
import { digitsIn, ZEROS } from '../value/digits.ts'
import * as KIND from '../value/kinds.ts'
import { putNumber } from '../value/number.ts'
import { putAbsent, putDouble, putInteger, putRange } from '../value/put.ts'
import { isoTime, readTime } from '../value/time.ts'
import * as STEP from './layout.ts'
import { patternEnd, patternTime } from './pattern.ts'

/** Reads a field at `at` into the row; returns the address after it, which may be beyond the line, or 0. */
export function fixedEnd(step: i32, kind: i32, at: i32, end: i32): i32 {
  const values = load<i32>(step, STEP.VALUES)
  switch (kind) {
    case STEP.INT:
    case STEP.WHOLE:
    case STEP.DOUBLE:
      if (isAbsent(step, at, end)) return absentEnd(values, at, end)
      if (values === 0) {
        const whole = digitsIn(load<u64>(at) ^ ZEROS)
        const dot = at + whole
        // A longer number is checked as a wanted one is.
        if (whole > 0 && whole < 8 && load<u8>(dot) !== DOT) return dot
        const fraction = kind === STEP.DOUBLE && whole > 0 ? digitsIn(load<u64>(dot, 1) ^ ZEROS) : 0
        if (fraction > 0 && whole + fraction < 8) return dot + 1 + fraction
      }
      return putNumber(values, kind === STEP.INT ? KIND.INT : kind === STEP.WHOLE ? KIND.WHOLE : KIND.DOUBLE, at)
    case STEP.STATUS:
      return statusEnd(step, values, at, end)
    case STEP.CLF: {
      // The byte before it is of no matter, and one after it is compared with that of the last time.
      const time = timeAt(at - 1)
      if (time === NO_TIME) return 0
      putDouble(values, time)
      return at + 26
    }
    case STEP.ISO: {
      const behind = readTime(at, step + STEP.MINUTE, true)
      if (behind !== 0) putDouble(values, isoTime)
      return behind
    }
    case STEP.EPOCH:
      return epochEnd(load<i32>(step, STEP.SIZE), values, at)
    case STEP.PATTERN: {
      const behind = patternEnd(load<i32>(step, STEP.PARTS), load<i32>(step, STEP.SIZE), at)
      if (behind !== 0) putDouble(values, patternTime)
      return behind
    }
    default:
      putRange(values, at, at + 1)
      return at + 1
  }
}

/** Whether a number is absent: nothing, or a dash. */
function isAbsent(step: i32, at: i32, end: i32): bool {
  const first: u32 = <u32>load<u8>(at) - ZERO
  if (first <= 9) return false
  if ((load<i32>(step, STEP.FLAGS) & STEP.EMPTY_IS_NULL) !== 0 && (at === end || load<u8>(at) !== DASH)) return true
  return at < end && load<u8>(at) === DASH && (at + 1 === end || <u32>load<u8>(at, 1) - ZERO > 9)
}

function absentEnd(values: i32, at: i32, end: i32): i32 {
  // A text that ends further on may have been tried before: then the value has been put.
  putAbsent(values)
  return at < end && load<u8>(at) === DASH ? at + 1 : at
}

function statusEnd(step: i32, values: i32, at: i32, end: i32): i32 {
  if (isAbsent(step, at, end)) return absentEnd(values, at, end)
  // Unsigned: a byte below '0' becomes greater than 9.
  const hundreds: u32 = <u32>load<u8>(at) - ZERO
  const tens: u32 = <u32>load<u8>(at, 1) - ZERO
  const ones: u32 = <u32>load<u8>(at, 2) - ZERO
  if (hundreds > 9 || tens > 9 || ones > 9) return 0
  putInteger(values, hundreds * 100 + tens * 10 + ones)
  return at + 3
}

/** Reads a time since 1970 of at most 16 digits, `perSecond` to the second, and a fraction. */
function epochEnd(perSecond: i32, values: i32, at: i32): i32 {
  let value: i64 = 0
  const first = at
  for (; at - first <= 16; at++) {
    const digit: u32 = <u32>load<u8>(at) - ZERO
    if (digit > 9) break
    value = value * 10 + digit
  }
  // Fewer are left to JavaScript, and so are times beyond the year 5138.
  if (at - first < 9 || value >= <i64>perSecond * 100_000_000_000) return 0
  let ms = perSecond === 1 ? value * 1000 : perSecond === 1000 ? value : value / 1000
  if (load<u8>(at) === DOT) {
    if (perSecond !== 1) return 0
    let scale: i64 = 100
    const dot = at++
    for (; ; at++) {
      const digit: u32 = <u32>load<u8>(at) - ZERO
      if (digit > 9 || at - dot > 9) break
      ms += scale * digit
      scale /= 10
    }
    if (at === dot + 1) return 0
  }
  putDouble(values, <f64>ms)
  return at
}
