/**
 * Time zones: the offset of an instant, and the instant of a wall clock. `Intl` knows the rules but is slow to ask, so
 * the offsets of a year are found once, by asking and halving, and kept; a lookup near the last one is two comparisons.
 *
 * Wall clocks are read as Java reads them: a time that the clock shows twice is the first of the two; a time that it
 * skips is moved on by the length of the gap.
 */
import { civilFromDays, DAY_MS, daysFromCivil } from './calendar.ts'
import { Failure } from './failure.ts'

/** How far apart a year is probed: closer pairs of changes that cancel each other out would be missed; none are known since 1950. */
const PROBE_MS = 4 * DAY_MS
/** Farther out no zone's history is asked; the offset there is the one at this edge. */
const EARLIEST = daysFromCivil(1800, 1, 1) * DAY_MS
const LATEST = daysFromCivil(2200, 1, 1) * DAY_MS

export class ZoneRules {
  readonly name: string
  readonly #ask: (instant: number) => number
  /** For a year, the instants at which its offsets begin, and the offsets. */
  readonly #years = new Map<number, { readonly starts: number[]; readonly offsets: number[]; readonly end: number }>()
  /** The stretch of the last answer: every instant in [from, until) has this offset. */
  #from = 0
  #until = 0
  #offset = 0

  constructor(name: string, ask: (instant: number) => number) {
    this.name = name
    this.#ask = ask
  }

  /** Milliseconds that the zone's wall clock is ahead of UTC. */
  offsetAt(instant: number): number {
    if (instant >= this.#from && instant < this.#until) return this.#offset
    return this.#find(instant)
  }

  /** The instant at which the zone's clock shows this time. */
  toInstant(wall: number): number {
    const guess = wall - this.#offset
    if (guess >= this.#from + DAY_MS && guess < this.#until - DAY_MS) return guess
    const before = this.offsetAt(wall - DAY_MS)
    const after = this.offsetAt(wall + DAY_MS)
    if (before === after || this.offsetAt(wall - before) === before) return wall - before
    return this.offsetAt(wall - after) === after ? wall - after : wall - before
  }

  toWall(instant: number): number {
    return instant + this.offsetAt(instant)
  }

  #find(instant: number): number {
    if (!(instant >= EARLIEST)) return this.#edge(-Infinity, EARLIEST, EARLIEST)
    if (instant >= LATEST) return this.#edge(LATEST, Infinity, LATEST)
    const { year } = civilFromDays(Math.floor(instant / DAY_MS), { year: 0, month: 0, day: 0 })
    const known = this.#years.get(year) ?? this.#probe(year)
    let index = known.starts.length - 1
    while (index > 0 && instant < (known.starts[index] as number)) index--
    this.#from = known.starts[index] as number
    this.#until = known.starts[index + 1] ?? known.end
    this.#offset = known.offsets[index] as number
    return this.#offset
  }

  #edge(from: number, until: number, at: number): number {
    this.#from = from
    this.#until = until
    this.#offset = this.#ask(at)
    return this.#offset
  }

  #probe(year: number): { readonly starts: number[]; readonly offsets: number[]; readonly end: number } {
    const begin = daysFromCivil(year, 1, 1) * DAY_MS
    const end = daysFromCivil(year + 1, 1, 1) * DAY_MS
    const found = { starts: [begin], offsets: [this.#ask(begin)], end }
    for (let at = begin; at < end - 1; at += PROBE_MS) {
      const next = Math.min(at + PROBE_MS, end - 1)
      const offset = this.#ask(next)
      if (offset === found.offsets.at(-1)) continue
      found.starts.push(this.#changeBetween(at, next, offset))
      found.offsets.push(offset)
    }
    this.#years.set(year, found)
    return found
  }

  /** The first instant in (low, high] that has the offset of `high`. */
  #changeBetween(low: number, high: number, offset: number): number {
    let before = low
    let after = high
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (this.#ask(middle) === offset) after = middle
      else before = middle
    }
    return after
  }
}

const zones = new Map<string, ZoneRules>()

/** The rules of a zone by its IANA name or offset ('Europe/Berlin', 'UTC', '+02:00', 'GMT+8'); undefined: no such zone. */
export function findZone(name: string): ZoneRules | undefined {
  const known = zones.get(name)
  if (known !== undefined) return known
  const ask = fixedOffset(name) ?? namedOffset(name)
  if (ask === undefined) return undefined
  const rules = new ZoneRules(name, ask)
  zones.set(name, rules)
  return rules
}

export function zoneRules(name: string): ZoneRules {
  const rules = findZone(name)
  if (rules !== undefined) return rules
  throw new Failure('usage', `there is no time zone '${name}'`, {
    hint: "Write an IANA name as 'Europe/Berlin', or an offset as '+02:00'.",
  })
}

export const offsetAt = (zone: string, instant: number): number => zoneRules(zone).offsetAt(instant)

export const wallToInstant = (zone: string, wall: number): number => zoneRules(zone).toInstant(wall)

function fixedOffset(name: string): ((instant: number) => number) | undefined {
  if (name === 'UTC' || name === 'GMT' || name === 'Z') return () => 0
  const match = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(name)
  if (match === null) return undefined
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0)
  if (minutes > 18 * 60 || Number(match[3] ?? 0) > 59) return undefined
  const offset = (match[1] === '-' ? -minutes : minutes) * 60_000
  return () => offset
}

function namedOffset(name: string): ((instant: number) => number) | undefined {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    return undefined // Intl's way to say that it does not know the zone.
  }
  return (instant) => {
    // Whole seconds toward the past: no offset has a fraction.
    const second = Math.floor(instant / 1000) * 1000
    const field: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(second)) field[type] = Number(value)
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second: seconds = 0 } = field
    return daysFromCivil(year, month, day) * DAY_MS + (hour * 3600 + minute * 60 + seconds) * 1000 - second
  }
}
