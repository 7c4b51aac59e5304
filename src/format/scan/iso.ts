/**
 * Dates and times of ISO 8601: `2024-02-29`, `12:34[:56[.789]]`, and both with `T` or a blank between them, perhaps followed
 * by `Z` or an offset. Digits of the fraction beyond milliseconds are cut off. Years have four digits. A comma may stand for the
 * point of the fraction, as ISO 8601 allows, and log4j and Python write. A blank may precede the offset, and `UTC` be one, as
 * Ruby, Go and PostgreSQL write.
 *
 * Ranges and the lengths of months are checked. What is no date or time is read as NaN.
 */
import { DAY_MS, daysFromCivil, daysInMonth } from '../../base/calendar.ts'

const PLUS = 43
const COMMA = 44
const MINUS = 45
const DOT = 46
const ZERO = 48
const COLON = 58
const BLANK = 32
const UPPER_C = 67
const UPPER_T = 84
const UPPER_U = 85
const LOWER_T = 116
const UPPER_Z = 90
const LOWER_Z = 122

/** Reads dates and times; each method reads all of the bytes [from, end). */
export class IsoScan {
  /** Whether the last timestamp had `Z` or an offset. */
  hasZone = false
  /** The end of the last time of day. */
  #at = 0
  // The last date, as yyyymmdd: successive rows mostly have the same one.
  #date = -1
  #days = Number.NaN

  /** Days since 1970-01-01. */
  date(bytes: Uint8Array, from: number, end: number): number {
    return end - from === 10 ? this.#readDate(bytes, from) : Number.NaN
  }

  /** Milliseconds of the day. */
  time(bytes: Uint8Array, from: number, end: number): number {
    const time = this.#readTime(bytes, from, end)
    return this.#at === end ? time : Number.NaN
  }

  /** Milliseconds since 1970: of the wall clock, or of the instant where `hasZone`. */
  timestamp(bytes: Uint8Array, from: number, end: number): number {
    this.hasZone = false
    if (end - from < 16) return Number.NaN
    const between = bytes[from + 10]
    if (between !== UPPER_T && between !== BLANK && between !== LOWER_T) return Number.NaN
    const wall = this.#readDate(bytes, from) * DAY_MS + this.#readTime(bytes, from + 11, end)
    return this.#at === end ? wall : wall - this.#readOffset(bytes, this.#at, end)
  }

  #readDate(bytes: Uint8Array, at: number): number {
    const year = digits2(bytes, at) * 100 + digits2(bytes, at + 2)
    const month = digits2(bytes, at + 5)
    const day = digits2(bytes, at + 8)
    if (bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS) return Number.NaN
    const date = year * 10_000 + month * 100 + day
    if (date === this.#date) return this.#days
    if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return Number.NaN
    this.#date = date
    this.#days = daysFromCivil(year, month, day)
    return this.#days
  }

  #readTime(bytes: Uint8Array, from: number, end: number): number {
    this.#at = from
    if (end - from < 5 || bytes[from + 2] !== COLON) return Number.NaN
    const hours = digits2(bytes, from)
    const minutes = digits2(bytes, from + 3)
    let seconds = 0
    let milliseconds = 0
    let at = from + 5
    if (at + 3 <= end && bytes[at] === COLON) {
      seconds = digits2(bytes, at + 1)
      at += 3
      if (at + 1 < end && (bytes[at] === DOT || bytes[at] === COMMA)) {
        at++
        let scale = 100
        for (; at < end; at++) {
          const digit = (bytes[at] as number) - ZERO
          if (digit >>> 0 > 9) break
          milliseconds += digit * scale
          scale = scale === 100 ? 10 : scale === 10 ? 1 : 0
        }
        if (scale === 100) return Number.NaN
      }
    }
    this.#at = at
    if (!(hours <= 23 && minutes <= 59 && seconds <= 59)) return Number.NaN
    return hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + milliseconds
  }

  /** `Z`, `UTC`, `+05:30`, `+0530`, `+05`, perhaps behind a blank, in ms. */
  #readOffset(bytes: Uint8Array, from: number, end: number): number {
    this.hasZone = true
    const at = bytes[from] === BLANK ? from + 1 : from
    if (end - at === 3 && isUtc(bytes, at)) return 0
    const sign = bytes[at]
    const length = end - at
    if (length === 1 && (sign === UPPER_Z || sign === LOWER_Z)) return 0
    if (sign !== PLUS && sign !== MINUS) return Number.NaN
    const hours = length >= 3 ? digits2(bytes, at + 1) : Number.NaN
    let minutes = 0
    if (length === 6 && bytes[at + 3] === COLON) minutes = digits2(bytes, at + 4)
    else if (length === 5) minutes = digits2(bytes, at + 3)
    else if (length !== 3) return Number.NaN
    if (!(hours <= 18 && minutes <= 59)) return Number.NaN
    return (hours * 60 + minutes) * (sign === MINUS ? -60_000 : 60_000)
  }
}

const isUtc = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === UPPER_U && bytes[at + 1] === UPPER_T && bytes[at + 2] === UPPER_C

function digits2(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - ZERO
  const ones = (bytes[at + 1] as number) - ZERO
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? Number.NaN : tens * 10 + ones
}
