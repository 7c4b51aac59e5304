/**
 * Times of access logs, `[10/Oct/2000:13:55:36 -0700]`, as ms since 1970. AssemblyScript.
 *
 * Successive lines mostly have the same hour and zone, so these bytes are compared with those of the line before, and the
 * calendar is used only where they differ. The text is checked in full either way: digits, ranges, and the length of the
 * month (30/Feb is no time).
 */
import { COLON, MINUS, PLUS, SLASH, ZERO } from '../bytes.ts'
import { daysFromCivil, daysInMonth, digits } from '../calendar.ts'

const MINUTE_MS: i32 = 60_000
const HOUR_MS: i32 = 3_600_000
const DAY_MS: f64 = 86_400_000
/** No time: adding to it changes nothing. */
export const NO_TIME: f64 = -Infinity

// The last time: "[dd/Mon/", "yyyy:HH:" and "±zzzz]", and the instant at which that hour began.
let lastDay: u64 = 0
let lastHour: u64 = 0
let lastZone: u64 = 0
let hourBase: f64 = NO_TIME

/** The time whose `[` is at `at`; NO_TIME if the 28 bytes are no time. */
export function timeAt(at: i32): f64 {
  const day = load<u64>(at)
  const hour = load<u64>(at, 8)
  const minute = load<u32>(at, 16)
  const second = load<u64>(at, 20)
  const zone = second >> 16
  if (day !== lastDay || hour !== lastHour || zone !== lastZone) {
    lastDay = day
    lastHour = hour
    lastZone = zone
    hourBase = readHour(at)
  }
  const minuteTens: u32 = (minute & 0xff) - ZERO
  const minuteOnes: u32 = ((minute >> 8) & 0xff) - ZERO
  const secondTens: u32 = (minute >> 24) - ZERO
  const secondOnes: u32 = (<u32>second & 0xff) - ZERO
  // Unsigned: a byte below '0' becomes greater than 9.
  if (minuteTens > 5 || minuteOnes > 9 || secondTens > 5 || secondOnes > 9) return NO_TIME
  // The colon after the minutes, the space after the seconds.
  if ((minute & 0xff0000) !== 0x3a0000 || (second & 0xff00) !== 0x2000) return NO_TIME
  return hourBase + <f64>((minuteTens * 600 + minuteOnes * 60 + secondTens * 10 + secondOnes) * 1000)
}

/** The instant at which the hour of `[10/Oct/2000:13:` and the zone begins; NO_TIME if they are invalid. */
function readHour(at: i32): f64 {
  const day = digits(at + 1, 2)
  const month = monthAt(at + 4)
  const year = digits(at + 8, 4)
  const hour = digits(at + 13, 2)
  const sign = load<u8>(at, 22)
  const zoneHour = digits(at + 23, 2)
  const zoneMinute = digits(at + 25, 2)
  if (
    load<u8>(at, 3) !== SLASH ||
    load<u8>(at, 7) !== SLASH ||
    load<u8>(at, 12) !== COLON ||
    load<u8>(at, 15) !== COLON
  )
    return NO_TIME
  if (month === 0 || hour > 23 || zoneHour > 18 || zoneMinute > 59 || (sign !== PLUS && sign !== MINUS)) return NO_TIME
  if (year > 9999 || day < 1 || day > daysInMonth(year, month)) return NO_TIME
  const offset = <i32>(zoneHour * 60 + zoneMinute) * (sign === MINUS ? -MINUTE_MS : MINUTE_MS)
  return <f64>daysFromCivil(year, month, day) * DAY_MS + <f64>(<i32>hour * HOUR_MS - offset)
}

/** 1 to 12; 0 if the three letters at `at` are no month. */
export function monthAt(at: i32): u32 {
  const word = load<u32>(at) & 0xffffff
  if (word === 0x6e614a) return 1 // "Jan" as a little-endian word
  if (word === 0x626546) return 2
  if (word === 0x72614d) return 3
  if (word === 0x727041) return 4
  if (word === 0x79614d) return 5
  if (word === 0x6e754a) return 6
  if (word === 0x6c754a) return 7
  if (word === 0x677541) return 8
  if (word === 0x706553) return 9
  if (word === 0x74634f) return 10
  if (word === 0x766f4e) return 11
  return word === 0x636544 ? 12 : 0
}
