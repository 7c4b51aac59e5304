/** Writes times by a pattern of java.time.format.DateTimeFormatter, in English. */
import { TypeProblem } from '../function.ts'
import { DAYS, MONTHS, type PatternPart, readPattern } from './java-pattern.ts'
import {
  NUMBER_FIELDS,
  newWallClock,
  readWallClock,
  sundayWeek,
  type WallClock,
  weekday,
  zeroPadded,
} from './wall-clock.ts'

type WriteField = (clock: WallClock) => string

/** Of a wall clock, and of `nanos` nanoseconds after its millisecond. */
export type TimeFormat = (wall: number, nanos?: number) => string

/** What writes a wall clock by the pattern. Throws a TypeProblem for a pattern that is not supported. */
export function timeFormat(pattern: string): TimeFormat {
  const parts = readPattern(pattern, true)
  if (parts === undefined) throw new TypeProblem(`the pattern '${pattern}' is not one of Java`)
  const writers = writersOf(parts)
  const clock = newWallClock()
  // Neighbouring rows of a log are often of the same second, so the last text is kept.
  const step = pattern.includes('S') ? 1 : 1000
  let last = Number.NaN
  let text = ''
  let lastNanos = 0
  return (wall, nanos = 0) => {
    const moment = Math.floor(wall / step)
    if (moment === last && (step !== 1 || nanos === lastNanos)) return text
    last = moment
    lastNanos = nanos
    readWallClock(wall, clock)
    clock.nanos = nanos
    text = ''
    for (const write of writers) text += write(clock)
    return text
  }
}

function writersOf(parts: readonly PatternPart[]): WriteField[] {
  return parts.flatMap((part) => {
    if (part.kind === 'optional') return writersOf(part.parts)
    if (part.kind === 'text') return [() => part.text]
    const write = fieldWriter(part.letter, part.count)
    if (write !== undefined) return [write]
    throw new TypeProblem(`the pattern's '${part.letter.repeat(part.count)}' is not supported`)
  })
}

function fieldWriter(letter: string, count: number): WriteField | undefined {
  const of = letter === 'w' ? (clock: WallClock) => sundayWeek(clock.days).week : NUMBER_FIELDS[letter]
  if (of !== undefined) return count > (letter === 'D' ? 3 : 2) ? undefined : (clock) => zeroPadded(of(clock), count)
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
      return count > 2 ? undefined : (clock) => zeroPadded(Math.floor((clock.month - 1) / 3) + 1, count)
    case 'a':
      return count > 1 ? undefined : (clock) => (clock.time < 43_200_000 ? 'AM' : 'PM')
    case 'S':
      return count > 9
        ? undefined
        : (clock) => `${zeroPadded(clock.time % 1000, 3)}${zeroPadded(clock.nanos, 6)}`.slice(0, count)
    default:
      return undefined
  }
}

function nameField(name: WriteField, number: (clock: WallClock) => number, count: number): WriteField | undefined {
  if (count <= 2) return (clock) => zeroPadded(number(clock), count)
  if (count === 3) return (clock) => name(clock).slice(0, 3)
  if (count === 4) return name
  return count === 5 ? (clock) => name(clock).slice(0, 1) : undefined
}

/** Two letters give the last two digits; with four letters or more, a year of more digits has a sign. */
function yearText(year: number, count: number): string {
  if (count === 2) return zeroPadded(((year % 100) + 100) % 100, 2)
  const text = zeroPadded(Math.abs(year), count)
  if (year < 0) return `-${text}`
  return count >= 4 && text.length > count ? `+${text}` : text
}
