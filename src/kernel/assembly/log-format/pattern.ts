/** Times by a pattern of strftime, as `format/log-format/time-pattern.ts` reads them. AssemblyScript. */
import { monthAt } from '../access-log/time.ts'
import { MINUS, PLUS, SPACE, ZERO } from '../bytes.ts'
import { daysFromCivil, daysInMonth, digits } from '../calendar.ts'

const MINUTE_MS: i32 = 60_000
const DAY_MS: f64 = 86_400_000

/** The last time that was read. */
export let patternTime: f64 = 0

// The parts of the time that is being read.
let year: u32 = 0
let month: u32 = 0
let day: u32 = 0
let dayOfYear: u32 = 0
/** Milliseconds of the day, and of the second. */
let ms: i32 = 0
let fraction: i32 = 0
let zone: i32 = 0
/** Seconds since 1970; -1 where there is none. */
let epoch: i64 = 0

/**
 * Reads the time at `at` by the `count` pieces of a pattern, two bytes each: the letter of a conversion and the bytes that it
 * takes, or 0 and a byte that stands for itself. Returns the address after it, or 0.
 */
export function patternEnd(pieces: i32, count: i32, at: i32): i32 {
  year = 1970
  month = day = 1
  dayOfYear = ms = fraction = zone = 0
  epoch = -1
  for (let piece = pieces; piece < pieces + (count << 1); piece += 2) {
    const letter = load<u8>(piece)
    const argument = load<u8>(piece, 1)
    if (letter === 0) {
      if (load<u8>(at++) !== argument) return 0
      continue
    }
    // Most pieces are two digits.
    if (argument === 2) {
      const tens: u32 = <u32>load<u8>(at) - ZERO
      const ones: u32 = <u32>load<u8>(at, 1) - ZERO
      const isPadded = letter === 0x65 /* e */ && load<u8>(at) === SPACE
      if ((tens > 9 && !isPadded) || ones > 9 || !takeTwo(letter, isPadded ? ones : tens * 10 + ones)) return 0
    } else if (!takeText(letter, at) && !takeNumber(letter, at, argument)) return 0
    at += argument
  }
  if (epoch >= 0) patternTime = <f64>epoch * 1000 + <f64>fraction
  else {
    if (dayOfYear === 0 && day > daysInMonth(year, month)) return 0
    const days = daysFromCivil(year, dayOfYear === 0 ? month : 1, dayOfYear === 0 ? day : dayOfYear)
    patternTime = <f64>days * DAY_MS + <f64>(ms + fraction - zone)
  }
  return at
}

/** Takes a conversion that is no number: a name or a zone. */
function takeText(letter: u8, at: i32): bool {
  if (letter === 0x62 /* b */) {
    month = monthAt(at)
    return month > 0
  }
  if (letter === 0x61 /* a */) return isWeekday(load<u32>(at) & 0xffffff)
  if (letter !== 0x7a /* z */) return false
  const hours = digits(at + 1, 2)
  const minutes = digits(at + 3, 2)
  const sign = load<u8>(at)
  if ((sign !== PLUS && sign !== MINUS) || hours > 18 || minutes > 59) return false
  zone = <i32>(hours * 60 + minutes) * (sign === MINUS ? -MINUTE_MS : MINUTE_MS)
  return true
}

function takeNumber(letter: u8, at: i32, count: i32): bool {
  // The seconds since 1970, ten digits.
  if (letter === 0x73 /* s */) {
    const high = digits(at, 5)
    const low = digits(at + 5, 5)
    epoch = <i64>high * 100_000 + <i64>low
    return high < 100_000 && low < 100_000
  }
  const value = digits(at, count)
  if (value === u32.MAX_VALUE) return false
  switch (letter) {
    case 0x59: // Y
      year = value
      return true
    case 0x6a: // j
      dayOfYear = value
      // The year may follow: JavaScript knows how many days it has.
      return value - 1 < 365
    case 0x33: // 3
      fraction = value
      return true
    case 0x36: // 6
      fraction = value / 1000
      return true
    default:
      return false
  }
}

/** Takes a number of two digits. */
function takeTwo(letter: u8, value: u32): bool {
  switch (letter) {
    case 0x79: // y
      year = value < 69 ? 2000 + value : 1900 + value
      return true
    case 0x6d: // m
      month = value
      return value - 1 < 12
    case 0x64: // d
    case 0x65: // e
      day = value
      return value - 1 < 31
    case 0x48: // H
      ms += value * 60 * MINUTE_MS
      return value <= 23
    case 0x4d: // M
      ms += value * MINUTE_MS
      return value <= 59
    case 0x53: // S
      ms += value * 1000
      return value <= 59
    default:
      return false
  }
}

/** Whether three letters, as a little-endian word, are a day of the week. */
function isWeekday(word: u32): bool {
  return (
    word === 0x6e7553 || // Sun
    word === 0x6e6f4d ||
    word === 0x657554 ||
    word === 0x646557 ||
    word === 0x756854 ||
    word === 0x697246 ||
    word === 0x746153
  )
}
