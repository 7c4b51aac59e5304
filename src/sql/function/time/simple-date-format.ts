/**
 * java.text.SimpleDateFormat, which Flink still uses for FROM_UNIXTIME, UNIX_TIMESTAMP, CONVERT_TZ and TO_DATE with a
 * pattern. It reads leniently: text after the pattern is ignored, a number may have any width and a sign unless another
 * number follows directly, and a value out of range carries over (month 0 is the December before).
 */
import { DAY_MS, daysFromCivil } from '../../../base/calendar.ts'
import type { Duration } from '../../../base/quantity.ts'
import type { ZoneRules } from '../../../base/timezone.ts'
import { TypeProblem } from '../function.ts'
import { DAYS, MONTHS, type PatternPart, readPattern } from './java-pattern.ts'
import { NUMBER_FIELDS, newWallClock, readWallClock, type WallClock, weekday, zeroPadded } from './wall-clock.ts'

/** The Gregorian reform, before which that class changes calendars: earlier times are neither written nor read here. */
const REFORM = daysFromCivil(1582, 10, 15) * DAY_MS

export type SimpleDateFormat = {
  /** undefined for a time before 1582. `later`: years that are added to the one that is written. */
  format(instant: number, zone: ZoneRules, later?: number): string | undefined
  /** The instant; undefined for a text that does not fit. */
  parse(text: string, zone: ZoneRules): number | undefined
}

/** The format of yyyy-MM-dd HH:mm:ss. */
export const plainFormat = (): SimpleDateFormat => simpleDateFormat('yyyy-MM-dd HH:mm:ss')

/** The format of the pattern. Throws a TypeProblem for a pattern that is not supported. */
export function simpleDateFormat(pattern: string): SimpleDateFormat {
  const parts = readPattern(pattern, false)
  if (parts === undefined) throw new TypeProblem(`the pattern '${pattern}' is not one of Java`)
  for (const part of parts) {
    if (part.kind === 'field' && !'yMdHhKkmsSEaDuZ'.includes(part.letter)) {
      throw new TypeProblem(`the pattern's '${part.letter.repeat(part.count)}' is not supported`)
    }
  }
  const clock = newWallClock()
  return {
    format(instant, zone, later = 0) {
      const wall = zone.toWall(instant)
      if (wall < REFORM) return undefined
      readWallClock(wall, clock)
      return parts
        .map((part) => {
          if (part.kind !== 'field') return literalOf(part)
          return part.letter === 'y' ? yearText(clock.year + later, part.count) : fieldText(part, clock, wall - instant)
        })
        .join('')
    },
    parse: (text, zone) => parseParts(parts, text, zone),
  }
}

const literalOf = (part: PatternPart): string => (part.kind === 'text' ? part.text : '')

const yearText = (year: number, count: number): string =>
  count === 2 ? zeroPadded(year % 100, 2) : zeroPadded(year, count)

function fieldText({ letter, count }: PatternPart & { kind: 'field' }, clock: WallClock, offset: Duration): string {
  const number = NUMBER_FIELDS[letter]
  if (number !== undefined) return zeroPadded(number(clock), count)
  switch (letter) {
    case 'M': {
      const name = MONTHS[clock.month - 1] as string
      return count >= 4 ? name : count === 3 ? name.slice(0, 3) : zeroPadded(clock.month, count)
    }
    case 'S':
      return zeroPadded(clock.time % 1000, count)
    case 'u':
      return zeroPadded(weekday(clock.days) + 1, count)
    case 'E': {
      const name = DAYS[weekday(clock.days)] as string
      return count >= 4 ? name : name.slice(0, 3)
    }
    case 'a':
      return clock.time < DAY_MS / 2 ? 'AM' : 'PM'
    default: {
      const minutes = Math.abs(Math.trunc(offset / 60_000))
      return `${offset < 0 ? '-' : '+'}${zeroPadded(Math.floor(minutes / 60), 2)}${zeroPadded(minutes % 60, 2)}`
    }
  }
}

type Parsed = Map<string, number>

/** The letters that are read; reading a day's name or its number in the year is not supported. */
const READ = 'yMdHhKkmsSaZ'

function parseParts(parts: readonly PatternPart[], text: string, zone: ZoneRules): number | undefined {
  const fields: Parsed = new Map()
  let at = 0
  for (const [index, part] of parts.entries()) {
    if (part.kind !== 'field') {
      if (!text.startsWith(literalOf(part), at)) return undefined
      at += literalOf(part).length
      continue
    }
    while (text[at] === ' ' || text[at] === '\t') at++
    const next = parts[index + 1]
    const abuts = next?.kind === 'field' && isNumeric(next)
    at = parseField(part, text, at, { abuts, fields })
    if (at < 0) return undefined
  }
  return instantOf(fields, zone)
}

const isNumeric = ({ letter, count }: PatternPart & { kind: 'field' }): boolean =>
  letter === 'M' ? count <= 2 : !'EaZ'.includes(letter)

type FieldContext = { readonly abuts: boolean; readonly fields: Parsed }

function parseField(
  part: PatternPart & { kind: 'field' },
  text: string,
  at: number,
  { abuts, fields }: FieldContext,
): number {
  const { letter, count } = part
  if (!READ.includes(letter) || (letter === 'y' && count === 2)) return -1
  const words = letter === 'M' && count > 2 ? MONTHS : letter === 'a' ? ['AM', 'PM'] : undefined
  if (words !== undefined) return parseWord(words, text, at, { letter, fields })
  const shape =
    letter === 'Z' ? /[+-](?:\d{4}|\d{1,2}:\d{2})/y : abuts ? new RegExp(`-?\\d{1,${count}}`, 'y') : /-?\d+/y
  shape.lastIndex = at
  let [found] = shape.exec(text) ?? []
  if (found === undefined) return -1
  if (abuts && letter !== 'Z') {
    // A number with another directly after it has as many characters as the pattern has letters, its sign included.
    if (at + count > text.length) return -1
    found = found.slice(0, count)
    if (found === '-') return -1
  }
  fields.set(letter, letter === 'Z' ? offsetMs(found) : Number(found))
  return at + found.length
}

function parseWord(
  words: readonly string[],
  text: string,
  at: number,
  { letter, fields }: { readonly letter: string; readonly fields: Parsed },
): number {
  const rest = text.slice(at).toLowerCase()
  const forms = words.flatMap((word, value) => [
    { form: word.toLowerCase(), value },
    { form: word.slice(0, 3).toLowerCase(), value },
  ])
  const best = forms.filter(({ form }) => rest.startsWith(form)).sort((a, b) => b.form.length - a.form.length)[0]
  if (best === undefined) return -1
  fields.set(letter, letter === 'M' ? best.value + 1 : best.value)
  return at + best.form.length
}

function offsetMs(text: string): number {
  const digits = text.slice(1).replace(':', '').padStart(4, '0')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))
  return (text.startsWith('-') ? -minutes : minutes) * 60_000
}

function instantOf(fields: Parsed, zone: ZoneRules): number | undefined {
  const month = (fields.get('M') ?? 1) - 1
  const year = (fields.get('y') ?? 1970) + Math.floor(month / 12)
  const days = daysFromCivil(year, month - Math.floor(month / 12) * 12 + 1, 1) + (fields.get('d') ?? 1) - 1
  const k = fields.get('k')
  const h = fields.get('h')
  const half = (h === 12 ? 0 : h) ?? fields.get('K')
  const hour = fields.get('H') ?? (k === 24 ? 0 : k) ?? (half === undefined ? 0 : half + 12 * (fields.get('a') ?? 0))
  const seconds = hour * 3600 + (fields.get('m') ?? 0) * 60 + (fields.get('s') ?? 0)
  const wall = days * DAY_MS + seconds * 1000 + (fields.get('S') ?? 0)
  if (wall < REFORM || Math.abs(wall) > 8e18) return undefined
  const offset = fields.get('Z')
  return offset === undefined ? laterInstant(wall, zone) : wall - offset
}

/** For a time that the clock shows twice, java.util.Calendar takes standard time, the second of the two. */
function laterInstant(wall: number, zone: ZoneRules): number {
  const instant = zone.toInstant(wall)
  const later = wall - zone.offsetAt(instant + DAY_MS)
  return later > instant && zone.toWall(later) === wall ? later : instant
}
