/**
 * Writes dates and times with the texts of `base/calendar.ts`. AssemblyScript. Every function takes the address to write at
 * and returns the address after what it wrote.
 *
 * Successive rows mostly have the same minute, or day, so its text is kept with the column.
 *
 * Division by a constant is done by multiplication and a shift: that takes a tenth of the time until V8 has optimized the
 * kernel, which a short query never lives to see.
 */
import { COLON, DASH, DOT, LETTER_T, PLUS, ZERO } from '../bytes.ts'
import { civilDay, civilFromDays, civilMonth, civilYear } from '../calendar.ts'
import { DAY, DAY_LENGTH, MINUTE, MINUTE_TEXT } from './layout.ts'
import { putDigits, putPair, putWhole } from './number.ts'
import { copy } from './text.ts'

/** `T04:00:` */
const TIME_LENGTH: i32 = 7
const MINUTE_MS: f64 = 60_000
const DAY_MINUTES: f64 = 1440
/** The range of JavaScript's dates. Times beyond it are not written here. */
const MOST_MS: f64 = 8_640_000_000_000_000

/** 2024-02-29 */
export function putDate(at: i32, column: i32, days: i32): i32 {
  if (load<i32>(column, DAY_LENGTH) === 0 || load<i32>(column, DAY) !== days) toDay(column, days)
  return copy(at, column + MINUTE_TEXT, load<i32>(column, DAY_LENGTH))
}

function toDay(column: i32, days: i32): void {
  const text = column + MINUTE_TEXT
  store<i32>(column, putDay(text, days) - text, DAY_LENGTH)
  store<i32>(column, days, DAY)
}

function putDay(at: i32, days: i32): i32 {
  civilFromDays(days)
  if (civilYear > 9999) {
    store<u8>(at, PLUS)
    at = putWhole(at + 1, civilYear)
  } else {
    if (civilYear < 0) store<u8>(at++, DASH)
    const year = abs(civilYear)
    at = year > 9999 ? putWhole(at, year) : putDigits(at, year, 4)
  }
  store<u8>(at, DASH)
  putPair(at + 1, civilMonth)
  store<u8>(at, DASH, 3)
  return putPair(at + 4, civilDay)
}

/** 12:34:56, and .789 where there is a fraction. */
export function putTime(at: i32, milliseconds: u32): i32 {
  const seconds = milliseconds / 1000
  at = putMinutes(at, seconds / 60)
  at = putPair(at, seconds % 60)
  const fraction = milliseconds % 1000
  return fraction === 0 ? at : putFraction(at, fraction)
}

/** Whether `putTimestamp` writes it. */
export function isTimestamp(value: f64): bool {
  return trunc(value) === value && abs(value) <= MOST_MS
}

/** 1995-07-01T04:00:00.000, of ms since 1970. */
export function putTimestamp(at: i32, column: i32, value: f64): i32 {
  const minute = floor(value / MINUTE_MS)
  if (minute !== load<f64>(column, MINUTE)) toMinute(column, minute)
  v128.store(at, v128.load(column + MINUTE_TEXT))
  v128.store(at + 16, v128.load(column + MINUTE_TEXT + 16))
  at += load<i32>(column, DAY_LENGTH) + TIME_LENGTH
  const rest = <u32>(value - minute * MINUTE_MS)
  const seconds = (rest * 67_109) >> 26
  return putFraction(putPair(at, seconds), rest - seconds * 1000)
}

/** 1995-07-01T04:00: */
function toMinute(column: i32, minute: f64): void {
  const day = floor(minute / DAY_MINUTES)
  if (load<i32>(column, DAY_LENGTH) === 0 || load<i32>(column, DAY) !== <i32>day) toDay(column, <i32>day)
  const at = column + MINUTE_TEXT + load<i32>(column, DAY_LENGTH)
  store<u8>(at, LETTER_T)
  putMinutes(at + 1, <u32>(minute - day * DAY_MINUTES))
  store<f64>(column, minute, MINUTE)
}

/** 04:00: */
function putMinutes(at: i32, minutes: u32): i32 {
  const hours = (minutes * 34_953) >> 21
  putPair(at, hours)
  store<u8>(at, COLON, 2)
  putPair(at + 3, minutes - hours * 60)
  store<u8>(at, COLON, 5)
  return at + 6
}

function putFraction(at: i32, milliseconds: u32): i32 {
  const tenths = (milliseconds * 5243) >> 19
  store<u8>(at, DOT)
  store<u8>(at, ZERO + <u8>tenths, 1)
  return putPair(at + 2, milliseconds - tenths * 100)
}
