/** Reads numbers with so few digits that they, and the power of ten that divides a fraction, are exact doubles. AssemblyScript. */
import { DOT, MINUS } from '../bytes.ts'
import { digitCount, digitsAt, digitsIn, firstOf, MOST_DIGITS, powerOfTen, ZEROS } from './digits.ts'
import { DOUBLE, INT } from './kinds.ts'
import { putDouble, putInteger } from './put.ts'

const MAX_INT: i64 = 2_147_483_647

/** Puts the number at `at`; returns the address after it, or 0 if it is not of the kind or has too many digits. */
export function putNumber(values: i32, kind: i32, at: i32): i32 {
  const isNegative = load<u8>(at) === MINUS
  const first = isNegative ? at + 1 : at
  const word = load<u64>(first) ^ ZEROS
  // Nearly all numbers are shorter than a word.
  let count = digitsIn(word)
  let value = firstOf(word, count)
  if (count === 8) {
    value = digitsAt(first)
    count = digitCount
  }
  if (count === 0 || count > MOST_DIGITS) return 0
  let behind = first + count
  let divisor: i64 = 1
  if (load<u8>(behind) === DOT) {
    if (kind !== DOUBLE) return 0
    const fraction = digitsAt(behind + 1)
    if (digitCount === 0 || count + digitCount > MOST_DIGITS) return 0
    divisor = powerOfTen(digitCount)
    value = value * divisor + fraction
    behind += 1 + digitCount
  }
  if (kind === INT) {
    if (value > MAX_INT) return 0
    putInteger(values, <i32>(isNegative ? -value : value))
  } else if (values !== 0) {
    const positive = divisor === 1 ? <f64>value : <f64>value / <f64>divisor
    // Doubles have a negative zero, whole numbers do not.
    putDouble(values, !isNegative ? positive : kind === DOUBLE ? -positive : 0 - positive)
  }
  return behind
}
