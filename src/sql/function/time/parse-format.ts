/**
 * Reads times by a pattern of java.time.format.DateTimeFormatter, as Flink's TO_TIMESTAMP does: strict in the text
 * (`dd` is two digits, names are English with their capitals), smart in the values (31 February is the month's last
 * day). Fields missing from the pattern are those of 1970-01-01 00:00; an offset from UTC is read and ignored.
 */
import { DAY_MS, daysFromCivil, daysInMonth } from '../../../base/calendar.ts'
import { TypeProblem } from '../function.ts'
import { DAYS, MONTHS, type PatternPart, readPattern } from './java-pattern.ts'
import { weekday } from './wall-clock.ts'

type FieldName =
  | 'year'
  | 'month'
  | 'day'
  | 'dayOfYear'
  | 'weekday'
  | 'hour'
  | 'halfHour'
  | 'half'
  | 'minute'
  | 'second'
  | 'nanosecond'
type Fields = Map<FieldName, number>

/** Reads a field at `at` and returns where it ends, or -1 if the text does not fit. */
type Read = (text: string, at: number, fields: Fields) => number

/** In ms since 1970 of the wall clock; undefined for a text that does not fit. */
export type TimeParser = (text: string) => number | undefined

/**
 * What reads by the pattern; undefined if Java refuses the pattern, so that every text is NULL. Throws a TypeProblem for
 * a field that is not supported.
 */
export function timeParser(pattern: string): TimeParser | undefined {
  const parts = readPattern(pattern, true)
  if (parts === undefined) return undefined
  const unknown = unknownField(parts)
  if (unknown !== undefined) {
    if ('bBCfiIJjoPRtTUp'.includes(unknown.slice(0, 1))) return undefined
    throw new TypeProblem(`reading '${unknown}' is not supported`)
  }
  const readers = readersOf(parts)
  if (readers === undefined) return undefined
  return (text) => {
    const fields: Fields = new Map()
    return readAll(readers, text, 0, fields) === text.length ? resolve(fields) : undefined
  }
}

const SUPPORTED = 'yuMLdDHhKkmsSaEZXx'

function unknownField(parts: readonly PatternPart[]): string | undefined {
  for (const part of parts) {
    if (part.kind === 'optional') {
      const unknown = unknownField(part.parts)
      if (unknown !== undefined) return unknown
    } else if (part.kind === 'field' && !SUPPORTED.includes(part.letter)) return part.letter.repeat(part.count)
  }
  return undefined
}

function readAll(readers: readonly Read[], text: string, start: number, fields: Fields): number {
  let at = start
  for (const read of readers) {
    at = read(text, at, fields)
    if (at < 0) return -1
  }
  return at
}

function readersOf(parts: readonly PatternPart[]): readonly Read[] | undefined {
  const readers: Read[] = []
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'text') {
      readers.push((text, at) => (text.startsWith(part.text, at) ? at + part.text.length : -1))
    } else if (part.kind === 'optional') {
      const inner = readersOf(part.parts)
      if (inner === undefined) return undefined
      readers.push((text, at, fields) => readOptional(inner, text, at, fields))
    } else {
      const read = fieldReader(part.letter, part.count, widthBehind(parts, index))
      if (read === undefined) return undefined
      readers.push(read)
    }
  }
  return readers
}

function readOptional(readers: readonly Read[], text: string, at: number, fields: Fields): number {
  const attempt: Fields = new Map(fields)
  const end = readAll(readers, text, at, attempt)
  if (end < 0) return at
  for (const [name, value] of attempt) fields.set(name, value)
  return end
}

/** The number of digits that fields of fixed width directly after a field need. */
function widthBehind(parts: readonly PatternPart[], index: number): number {
  let width = 0
  for (const part of parts.slice(index + 1)) {
    if (part.kind !== 'field') break
    if (part.letter !== 'S' && (part.count !== 2 || !'MdHhKkms'.includes(part.letter))) break
    width += part.count
  }
  return width
}

const NUMBERS: Readonly<Record<string, FieldName>> = {
  d: 'day',
  D: 'dayOfYear',
  H: 'hour',
  k: 'hour',
  h: 'halfHour',
  K: 'halfHour',
  m: 'minute',
  s: 'second',
}

function fieldReader(letter: string, count: number, behind: number): Read | undefined {
  switch (letter) {
    case 'y':
    case 'u':
      return yearReader(letter, count, behind)
    case 'M':
    case 'L':
      if (count <= 2) return numberReader('month', count, behind)
      return count <= 4 ? nameReader('month', MONTHS, count) : undefined
    case 'E':
      return count <= 4 ? nameReader('weekday', DAYS, Math.max(3, count)) : undefined
    case 'a':
      return count === 1 ? halfReader : undefined
    case 'S':
      return count <= 9 ? fractionReader(count) : undefined
    case 'Z':
    case 'X':
    case 'x':
      return offsetReader(letter, count)
  }
  const name = NUMBERS[letter]
  if (name === undefined || count > (letter === 'D' ? 3 : 2)) return undefined
  const read = numberReader(name, count, behind)
  // k counts the hours of the day from 1 to 24, h those of half a day from 1 to 12; the last one means 0.
  const last = letter === 'k' ? 24 : letter === 'h' ? 12 : undefined
  return last === undefined ? read : (text, at, fields) => wrapped(read(text, at, fields), fields, name, last)
}

function wrapped(end: number, fields: Fields, name: FieldName, last: number): number {
  const value = fields.get(name)
  if (end >= 0 && (value === 0 || (value ?? 0) > last)) return -1
  if (end >= 0 && value === last) fields.set(name, 0)
  return end
}

function digitsAt(text: string, at: number, most: number): number {
  let end = at
  while (end < text.length && end - at < most && text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end++
  return end
}

/** A field may occur twice in a pattern, but only with the same value. */
function set(fields: Fields, name: FieldName, value: number, end: number): number {
  if (fields.has(name) && fields.get(name) !== value) return -1
  fields.set(name, value)
  return end
}

/**
 * One letter reads a number of any width, less the `behind` digits of fixed fields after it; n letters read n digits.
 */
function numberReader(name: FieldName, count: number, behind: number): Read {
  return (text, at, fields) => {
    const most = count > 1 ? count : 19 + behind
    let end = digitsAt(text, at, most)
    if (count === 1 && behind > 0) end = Math.max(at + 1, end - behind)
    if (end - at < count || end === at) return -1
    return set(fields, name, Number(text.slice(at, end)), end)
  }
}

function yearReader(letter: string, count: number, behind: number): Read {
  if (count === 2) {
    return (text, at, fields) => {
      const end = digitsAt(text, at, 2)
      return end - at < 2 ? -1 : set(fields, 'year', 2000 + Number(text.slice(at, end)), end)
    }
  }
  return (text, at, fields) => {
    const sign = text[at] === '-' || (text[at] === '+' && count >= 4) ? text[at] : ''
    const start = at + (sign === '' ? 0 : 1)
    let end = digitsAt(text, start, 19 + behind)
    if (behind > 0) end = Math.max(start + count, end - behind)
    const width = end - start
    if (width < count || end > text.length || digitsAt(text, start, width) !== end) return -1
    if (count >= 4 && (sign === '+' ? width <= count : sign === '' && width > count)) return -1
    const year = Number(text.slice(start, end)) * (sign === '-' ? -1 : 1)
    // 'y' counts within the era, from 1.
    if ((letter === 'y' && year < 1) || Math.abs(year) > 999_999) return -1
    return set(fields, 'year', year, end)
  }
}

function nameReader(field: FieldName, names: readonly string[], count: number): Read {
  const forms = names.map((name) => (count === 3 ? name.slice(0, 3) : name))
  return (text, at, fields) => {
    const found = forms.findIndex((form) => text.startsWith(form, at))
    if (found < 0) return -1
    return set(fields, field, field === 'month' ? found + 1 : found, at + (forms[found] as string).length)
  }
}

const halfReader: Read = (text, at, fields) => {
  const half = text.slice(at, at + 2)
  return half === 'AM' || half === 'PM' ? set(fields, 'half', half === 'PM' ? 1 : 0, at + 2) : -1
}

function fractionReader(count: number): Read {
  return (text, at, fields) => {
    const end = digitsAt(text, at, count)
    return end - at < count ? -1 : set(fields, 'nanosecond', Number(text.slice(at, end).padEnd(9, '0')), end)
  }
}

/**
 * Z, ZZ, ZZZ: -0700; XXX and ZZZZZ: -07:00 or Z; X: -07, -0730 or Z; XX: -0700 or Z; x, xx, xxx: the same without Z.
 */
function offsetReader(letter: string, count: number): Read | undefined {
  if (count > 5 || (letter === 'Z' && count === 4) || (letter !== 'Z' && count > 3)) return undefined
  const minutes =
    letter === 'Z' ? (count === 5 ? ':[0-5]\\d' : '[0-5]\\d') : ['(?:[0-5]\\d)?', '[0-5]\\d', ':[0-5]\\d'][count - 1]
  const zulu = letter === 'X' || (letter === 'Z' && count === 5) ? '|Z' : ''
  const offset = new RegExp(`(?:[+-](?:0\\d|1[0-8])${minutes}${zulu})`, 'y')
  return (text, at) => {
    offset.lastIndex = at
    return offset.test(text) ? offset.lastIndex : -1
  }
}

function resolve(fields: Fields): number | undefined {
  const days = resolveDays(fields)
  const time = resolveTime(fields)
  return days === undefined || time === undefined ? undefined : days * DAY_MS + time
}

function resolveDays(fields: Fields): number | undefined {
  const year = fields.get('year') ?? 1970
  const month = fields.get('month') ?? 1
  const day = fields.get('day') ?? 1
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  const whole = fields.has('year') && fields.has('month') && fields.has('day')
  const last = daysInMonth(year, month)
  if (day > last && !whole) return undefined
  let days = daysFromCivil(year, month, Math.min(day, last))
  const number = fields.get('dayOfYear')
  if (number !== undefined && fields.has('year') && !whole) {
    days = daysFromCivil(year, 1, 1) + number - 1
    if (number < 1 || days >= daysFromCivil(year + 1, 1, 1)) return undefined
  }
  const wanted = fields.get('weekday')
  return wanted !== undefined && whole && wanted !== weekday(days) ? undefined : days
}

function resolveTime(fields: Fields): number | undefined {
  const half = fields.get('half')
  const halfHour = fields.get('halfHour')
  if (halfHour !== undefined && halfHour > 11) return undefined
  const hour = fields.get('hour') ?? (half === undefined || halfHour === undefined ? 0 : half * 12 + halfHour)
  const minute = fields.get('minute') ?? 0
  const second = fields.get('second') ?? 0
  const millisecond = Math.floor((fields.get('nanosecond') ?? 0) / 1_000_000)
  const time = (hour * 3600 + minute * 60 + second) * 1000 + millisecond
  if (hour === 24 && time === DAY_MS) return time
  return hour > 23 || minute > 59 || second > 59 ? undefined : time
}
