/** Times written by a pattern of java.time.format.DateTimeFormatter, in English. */
import { DAYS, MONTHS, type PatternPart, readPattern } from './java-pattern.ts'
import { dayOfYear, newWallClock, readWallClock, sundayWeek, type WallClock, weekday } from './wall-clock.ts'

type WriteField = (clock: WallClock) => string

export type TimeFormat = (wall: number) => string

/** What writes times by the pattern, or why there is none. */
export function timeFormat(pattern: string): TimeFormat | { readonly refused: string } {
  const parts = readPattern(pattern, true)
  if (parts === undefined) return { refused: `the pattern '${pattern}' is not one of Java` }
  const writers: WriteField[] = []
  const refused = collectWriters(parts, writers)
  if (refused !== undefined) return { refused }
  const clock = newWallClock()
  // Rows near each other in a log are often of one second: what was written last is kept.
  const step = pattern.includes('S') ? 1 : 1000
  let last = Number.NaN
  let text = ''
  return (wall) => {
    const moment = Math.floor(wall / step)
    if (moment === last) return text
    last = moment
    readWallClock(wall, clock)
    text = ''
    for (const write of writers) text += write(clock)
    return text
  }
}

function collectWriters(parts: readonly PatternPart[], writers: WriteField[]): string | undefined {
  for (const part of parts) {
    if (part.kind === 'optional') {
      const refused = collectWriters(part.parts, writers)
      if (refused !== undefined) return refused
      continue
    }
    if (part.kind === 'text') {
      writers.push(() => part.text)
      continue
    }
    const write = fieldWriter(part.letter, part.count)
    if (write === undefined) return `the pattern's '${part.letter.repeat(part.count)}' is not supported`
    writers.push(write)
  }
  return undefined
}

const padded = (value: number, width: number): string => String(value).padStart(width, '0')

function fieldWriter(letter: string, count: number): WriteField | undefined {
  const number = numberField(letter)
  if (number !== undefined) {
    if (count > number.most) return undefined
    return (clock) => padded(number.of(clock), count)
  }
  switch (letter) {
    case 'y':
    case 'u':
      return (clock) => yearText(clock.year, count)
    case 'Y':
      return (clock) => yearText(sundayWeek(clock.days).year, count)
    case 'M':
    case 'L':
      return nameField(
        (clock) => MONTHS[clock.month - 1] as string,
        (clock) => clock.month,
        count,
      )
    case 'E':
      return count > 5
        ? undefined
        : nameField(
            (clock) => DAYS[weekday(clock.days)] as string,
            () => 0,
            Math.max(3, count),
          )
    case 'Q':
    case 'q':
      return count > 2 ? undefined : (clock) => padded(Math.floor((clock.month - 1) / 3) + 1, count)
    case 'a':
      return count > 1 ? undefined : (clock) => (clock.time < 43_200_000 ? 'AM' : 'PM')
    case 'S':
      return count > 9
        ? undefined
        : (clock) =>
            padded(clock.time % 1000, 3)
              .padEnd(9, '0')
              .slice(0, count)
    default:
      return undefined
  }
}

/** Fields that are written as numbers, filled up to the letters' count, of which there may be so many. */
function numberField(letter: string): { readonly most: number; of(clock: WallClock): number } | undefined {
  const hour = (clock: WallClock) => Math.floor(clock.time / 3_600_000)
  switch (letter) {
    case 'd':
      return { most: 2, of: (clock) => clock.day }
    case 'D':
      return { most: 3, of: dayOfYear }
    case 'w':
      return { most: 2, of: (clock) => sundayWeek(clock.days).week }
    case 'H':
      return { most: 2, of: hour }
    case 'k':
      return { most: 2, of: (clock) => hour(clock) || 24 }
    case 'K':
      return { most: 2, of: (clock) => hour(clock) % 12 }
    case 'h':
      return { most: 2, of: (clock) => hour(clock) % 12 || 12 }
    case 'm':
      return { most: 2, of: (clock) => Math.floor(clock.time / 60_000) % 60 }
    case 's':
      return { most: 2, of: (clock) => Math.floor(clock.time / 1000) % 60 }
    default:
      return undefined
  }
}

function nameField(name: WriteField, number: (clock: WallClock) => number, count: number): WriteField | undefined {
  if (count <= 2) return (clock) => padded(number(clock), count)
  if (count === 3) return (clock) => name(clock).slice(0, 3)
  if (count === 4) return name
  return count === 5 ? (clock) => name(clock).slice(0, 1) : undefined
}

/** Two letters are the last two digits; from four on, a year with more digits has a sign. */
function yearText(year: number, count: number): string {
  if (count === 2) return padded(((year % 100) + 100) % 100, 2)
  const text = padded(Math.abs(year), count)
  if (year < 0) return `-${text}`
  return count >= 4 && text.length > count ? `+${text}` : text
}
