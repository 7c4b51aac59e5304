/**
 * Times that Apache writes by a pattern of strftime, `%{%Y-%m-%d %H:%M:%S}t`, with `msec_frac` and `usec_frac` as parts of a
 * second. Only patterns of a fixed length that say a day and a minute are times; all others are texts.
 */
import { DAY_MS, daysFromCivil, daysInMonth, MONTH_NAMES } from '../../base/calendar.ts'
import { hasBytesAt } from '../scan/word.ts'

const ZERO = 48
const SPACE = 32
const PLUS = 43
const MINUS = 45
const MINUTE_MS = 60_000
const WEEKDAYS = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ')

/** What one conversion is short for. */
const SHORT: Readonly<Record<string, string>> = { T: '%H:%M:%S', F: '%Y-%m-%d', D: '%m/%d/%y', R: '%H:%M', h: '%b' }
/** The bytes of a conversion. `3` and `6` are fractions of a second. */
const LENGTHS: Readonly<Record<string, number>> = {
  Y: 4,
  y: 2,
  m: 2,
  d: 2,
  e: 2,
  j: 3,
  b: 3,
  a: 3,
  H: 2,
  M: 2,
  S: 2,
  z: 5,
  s: 10,
  3: 3,
  6: 6,
}
const TEXTS: Readonly<Record<string, string>> = { '%': '%', n: '\n', t: '\t' }

type Piece = { readonly letter: string; readonly text: string; readonly length: number }

export type TimePattern = {
  /** With short conversions written out. */
  readonly written: string
  readonly pieces: readonly Piece[]
  /** In bytes. */
  readonly length: number
  /** Whether it has a zone or counts from 1970: then it is an instant, else a time of the wall clock. */
  readonly isInstant: boolean
  /** Whether it has a fraction of a second. */
  readonly isExact: boolean
}

/** Reads a pattern, in which `%3` and `%6` are fractions of a second; undefined where it gives no time of a fixed length. */
export function timePattern(text: string): TimePattern | undefined {
  const written = text.replaceAll(/%(.)/gs, (both, letter: string) => SHORT[letter] ?? both)
  const pieces: Piece[] = []
  for (const [part, letter] of written.matchAll(/%(.)|[^%]+|%$/gs)) {
    if (letter === undefined) pieces.push({ letter: '', text: part, length: Buffer.byteLength(part) })
    else if (TEXTS[letter] !== undefined) pieces.push({ letter: '', text: TEXTS[letter] as string, length: 1 })
    else if (LENGTHS[letter] === undefined) return undefined
    else pieces.push({ letter, text: '', length: LENGTHS[letter] as number })
  }
  const letters = pieces.map(({ letter }) => letter).filter((letter) => letter !== '')
  if (new Set(letters).size < letters.length) return undefined
  const has = (wanted: string) => letters.some((letter) => wanted.includes(letter))
  const isDay = has('Yy') && (has('j') || (has('mb') && has('de')))
  if (!has('s') && !(isDay && has('H') && has('M'))) return undefined
  return {
    written,
    pieces,
    length: pieces.reduce((sum, { length }) => sum + length, 0),
    isInstant: has('zs'),
    isExact: has('36'),
  }
}

/** That of `%t`, without its brackets, and of nginx's `$time_local`. */
export const CLF_PATTERN: TimePattern = timePattern('%d/%b/%Y:%H:%M:%S %z') as TimePattern

/** Reads times of one pattern. */
export class PatternScan {
  readonly #pattern: TimePattern
  readonly #texts: readonly Uint8Array[]
  #year = 1970
  #month = 1
  #day = 1
  #dayOfYear = 0
  /** Of the day, without a fraction. */
  #ms = 0
  #fraction = 0
  #offset = 0
  #epoch = Number.NaN

  constructor(pattern: TimePattern) {
    this.#pattern = pattern
    this.#texts = pattern.pieces.map(({ text }) => Buffer.from(text))
  }

  /** The time at `at`, ms since 1970; NaN if the bytes, as many as the pattern has, are none. */
  read(bytes: Uint8Array, at: number): number {
    const { pieces } = this.#pattern
    this.#year = 1970
    this.#month = this.#day = 1
    this.#dayOfYear = this.#ms = this.#fraction = this.#offset = 0
    this.#epoch = Number.NaN
    let from = at
    for (let i = 0; i < pieces.length; i++) {
      const { letter, length } = pieces[i] as Piece
      if (!(letter === '' ? hasBytesAt(bytes, from, this.#texts[i] as Uint8Array) : this.#take(letter, bytes, from))) {
        return Number.NaN
      }
      from += length
    }
    if (!Number.isNaN(this.#epoch)) return this.#epoch * 1000 + this.#fraction
    // Once all is read, as the year may stand behind the day.
    if (this.#dayOfYear === 366 && daysInMonth(this.#year, 2) === 28) return Number.NaN
    if (this.#dayOfYear === 0 && this.#day > daysInMonth(this.#year, this.#month)) return Number.NaN
    const days = daysFromCivil(this.#year, this.#dayOfYear === 0 ? this.#month : 1, this.#dayOfYear || this.#day)
    return days * DAY_MS + this.#ms + this.#fraction - this.#offset
  }

  /** Takes the value of a conversion; false if the bytes at `at` are none. */
  #take(letter: string, bytes: Uint8Array, at: number): boolean {
    if (letter === 'b' || letter === 'a') {
      const name = String.fromCharCode(bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number)
      if (letter === 'b') this.#month = MONTH_NAMES.indexOf(name) + 1
      return letter === 'b' ? this.#month > 0 : WEEKDAYS.includes(name)
    }
    if (letter === 'z') return this.#takeZone(bytes, at)
    const isPadded = letter === 'e' && bytes[at] === SPACE
    const value = isPadded ? digits(bytes, at + 1, 1) : digits(bytes, at, LENGTHS[letter] as number)
    if (value < 0) return false
    return this.#set(letter, value)
  }

  #set(letter: string, value: number): boolean {
    switch (letter) {
      case 'Y':
        this.#year = value
        return true
      case 'y':
        // As strptime reads it: 69 is 1969.
        this.#year = value < 69 ? 2000 + value : 1900 + value
        return true
      case 'm':
        this.#month = value
        return value >= 1 && value <= 12
      case 'd':
      case 'e':
        this.#day = value
        return value >= 1 && value <= 31
      case 'j':
        this.#dayOfYear = value
        return value >= 1 && value <= 366
      case 'H':
        this.#ms += value * 60 * MINUTE_MS
        return value <= 23
      case 'M':
        this.#ms += value * MINUTE_MS
        return value <= 59
      case 'S':
        this.#ms += value * 1000
        return value <= 59
      case '3':
        this.#fraction = value
        return true
      case '6':
        this.#fraction = Math.floor(value / 1000)
        return true
      default:
        this.#epoch = value
        return true
    }
  }

  #takeZone(bytes: Uint8Array, at: number): boolean {
    const hours = digits(bytes, at + 1, 2)
    const minutes = digits(bytes, at + 3, 2)
    const sign = bytes[at]
    this.#offset = (hours * 60 + minutes) * (sign === MINUS ? -MINUTE_MS : MINUTE_MS)
    return (sign === PLUS || sign === MINUS) && hours >= 0 && hours <= 18 && minutes >= 0 && minutes <= 59
  }
}

/** The number of `count` digits; -1 if one is no digit. */
function digits(bytes: Uint8Array, from: number, count: number): number {
  let value = 0
  for (let at = from; at < from + count; at++) {
    const digit = (bytes[at] as number) - ZERO
    if (digit >>> 0 > 9) return -1
    value = value * 10 + digit
  }
  return value
}
