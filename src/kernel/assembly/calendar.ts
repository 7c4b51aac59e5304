/** The calendar, and numbers with a fixed number of digits. AssemblyScript. */
import { ZERO } from './bytes.ts'

/** Days of a month, 1 to 12. */
export function daysInMonth(year: u32, month: u32): u32 {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar, as in `base/calendar.ts`. */
export function daysFromCivil(year: u32, month: u32, day: u32): i32 {
  // Here years begin in March, so that the leap day is the last day; an era is four hundred years.
  const y = <i32>year - (month <= 2 ? 1 : 0)
  const era: i32 = (y >= 0 ? y : y - 399) / 400
  const yearOfEra: i32 = y - era * 400
  const dayOfYear: i32 = (153 * (<i32>month + (month > 2 ? -3 : 9)) + 2) / 5 + <i32>day - 1
  return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

/** The last result of `civilFromDays`. */
export let civilYear: i32 = 0
export let civilMonth: i32 = 0
export let civilDay: i32 = 0

/** The inverse, as in `base/calendar.ts`; in 64 bits, because any number of 32 bits is a day. */
export function civilFromDays(days: i32): void {
  const shifted = <i64>days + 719_468
  const era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
  const dayOfEra = <i32>(shifted - era * 146_097)
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  const month = (5 * dayOfYear + 2) / 153
  civilDay = dayOfYear - (153 * month + 2) / 5 + 1
  civilMonth = month < 10 ? month + 3 : month - 9
  civilYear = yearOfEra + <i32>era * 400 + (civilMonth <= 2 ? 1 : 0)
}

/** The number of `count` digits at `at`; greater than any such number if one is no digit. */
export function digits(at: i32, count: i32): u32 {
  let value: u32 = 0
  for (let i = 0; i < count; i++) {
    const digit: u32 = <u32>load<u8>(at + i) - ZERO
    if (digit > 9) return u32.MAX_VALUE
    value = value * 10 + digit
  }
  return value
}
