/**
 * The times of syslog: ISO 8601 (RFC 5424, and what rsyslog writes into files), and `Nov 29 08:00:01` (RFC 3164), which names
 * neither year nor zone.
 *
 * The year is the one that the option names, or else the last one in which the time is at most a day after the arrival of the
 * record. The arrival is kept with the record, so it gives the same year whenever the record is read. A wall clock is read in the zone
 * that the option names, UTC by default.
 */
import { type Civil, civilFromDays, DAY_MS, daysFromCivil, daysInMonth, MONTH_NAMES } from '../../base/calendar.ts'
import type { ZoneRules } from '../../base/timezone.ts'
import { findByte } from '../scan/find-byte.ts'
import { IsoScan } from '../scan/iso.ts'

const BLANK = 32
const DOT = 46
const ZERO = 48
const COLON = 58
const UPPER_T = 84

/** The three letters of each month, as one number. */
const MONTHS = MONTH_NAMES.map((name) => lettersAt(Buffer.from(name), 0))
/** How far a year without a 29 February may be from one with it. */
const MOST_YEARS = 8
/** Of what is taken for a year behind the clock. */
const FIRST_YEAR = 1970
/** How far after its arrival a time may be. */
const AHEAD_MS = DAY_MS

/** Reads times; after `read`, `end` is where the time ends, and `why` says what is wrong where it is none. */
export class SyslogTime {
  readonly #zone: ZoneRules
  readonly #year: number | undefined
  readonly #iso = new IsoScan()
  readonly #civil: Civil = { year: 0, month: 0, day: 0 }
  end = 0
  why = ''

  constructor(zone: ZoneRules, year: number | undefined) {
    this.#zone = zone
    this.#year = year
  }

  /** The instant at `from`, ms since 1970; NaN where there is none. `arrival`: of the record, for a time without a year; NaN if it is not known. */
  read(bytes: Uint8Array, from: number, end: number, arrival: () => number): number {
    this.why = 'expected a time, as Nov 29 08:00:01 or 2026-11-29T08:00:01Z'
    const isIso = ((bytes[from] as number) - ZERO) >>> 0 <= 9 && bytes[from + 10] === UPPER_T
    return isIso ? this.iso(bytes, from, end) : this.#bsd(bytes, from, end, arrival)
  }

  /** The instant in ISO 8601 at `from`, up to a blank. */
  iso(bytes: Uint8Array, from: number, end: number): number {
    this.why = 'expected a time, as 2026-11-29T08:00:01.5Z'
    this.end = findByte(bytes, BLANK, from, end)
    const time = this.#iso.timestamp(bytes, from, this.end)
    if (bytes[from + 10] !== UPPER_T) return Number.NaN
    return this.#iso.hasZone ? time : this.#zone.toInstant(time)
  }

  /** `Nov 29 08:00:01`, perhaps with a year behind the day or the seconds, or a fraction. */
  #bsd(bytes: Uint8Array, from: number, end: number, arrival: () => number): number {
    const month = end - from < 15 || bytes[from + 3] !== BLANK ? 0 : MONTHS.indexOf(lettersAt(bytes, from)) + 1
    if (month === 0) return Number.NaN
    let at = from + 4
    if (bytes[at] === BLANK) at++
    const day = this.#number(bytes, at, end)
    at = this.end
    if (day < 1 || day > 31 || bytes[at] !== BLANK) return Number.NaN
    let year = this.#year
    const next = this.#number(bytes, at + 1, end)
    if (this.end === at + 5 && bytes[this.end] === BLANK) {
      year = next
      at = this.end
    }
    const time = this.#clock(bytes, at + 1, end)
    if (Number.isNaN(time)) return Number.NaN
    year = this.#yearBehind(bytes, end) ?? year
    if (year !== undefined) {
      if (day > daysInMonth(year, month)) return Number.NaN
      return this.#zone.toInstant(daysFromCivil(year, month, day) * DAY_MS + time)
    }
    return this.#lastBefore(arrival(), { month, day, time })
  }

  /** The year behind the clock, which then ends the time; undefined where there is none. No host is four digits. */
  #yearBehind(bytes: Uint8Array, end: number): number | undefined {
    const clockEnd = this.end
    const year = bytes[clockEnd] === BLANK ? this.#number(bytes, clockEnd + 1, end) : Number.NaN
    if (this.end === clockEnd + 5 && this.end < end && bytes[this.end] === BLANK && year >= FIRST_YEAR) return year
    this.end = clockEnd
    return undefined
  }

  /** The time in the last year in which it is at most a day after the arrival. */
  #lastBefore(arrival: number, { month, day, time }: { month: number; day: number; time: number }): number {
    if (Number.isNaN(arrival)) {
      this.why =
        'the time names no year, and it is not known when the line arrived: say it, as in syslog: { year: 2026 }'
      return Number.NaN
    }
    const limit = arrival + AHEAD_MS
    const last = civilFromDays(Math.floor(this.#zone.toWall(limit) / DAY_MS), this.#civil).year
    for (let year = last; year > last - MOST_YEARS; year--) {
      if (day > daysInMonth(year, month)) continue
      const instant = this.#zone.toInstant(daysFromCivil(year, month, day) * DAY_MS + time)
      if (instant <= limit) return instant
    }
    return Number.NaN
  }

  /** `08:00:01`, with a fraction or not, in ms of the day. */
  #clock(bytes: Uint8Array, from: number, end: number): number {
    if (end - from < 8 || bytes[from + 2] !== COLON || bytes[from + 5] !== COLON) return Number.NaN
    const hours = this.#number(bytes, from, from + 2)
    const minutes = this.#number(bytes, from + 3, from + 5)
    const seconds = this.#number(bytes, from + 6, from + 8)
    if (this.end !== from + 8 || !(hours <= 23 && minutes <= 59 && seconds <= 59)) return Number.NaN
    let milliseconds = 0
    if (bytes[this.end] === DOT && this.end < end) {
      const start = this.end + 1
      this.#number(bytes, start, end)
      if (this.end === start) return Number.NaN
      milliseconds =
        this.#number(bytes, start, Math.min(this.end, start + 3)) * 10 ** Math.max(0, 3 - (this.end - start))
      while (this.end < end && ((bytes[this.end] as number) - ZERO) >>> 0 <= 9) this.end++
    }
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds
  }

  /** The number of at most nine digits at `from`, which ends at `end`; NaN where there is none. */
  #number(bytes: Uint8Array, from: number, end: number): number {
    let value = 0
    let at = from
    for (; at < end && at < from + 9; at++) {
      const digit = (bytes[at] as number) - ZERO
      if (digit >>> 0 > 9) break
      value = value * 10 + digit
    }
    this.end = at
    return at === from ? Number.NaN : value
  }
}

function lettersAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
}
