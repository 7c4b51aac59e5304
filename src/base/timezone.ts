/**
 * Time zones: the offset of an instant, and the instant of a wall clock. `Intl` knows the rules but is slow to ask, so
 * the offsets of a year are found once, by bisection, and kept; a lookup near the last one is two comparisons.
 *
 * Wall clocks are read as in Java: a time that the clock shows twice is the first of the two; a time that it skips is
 * moved on by the length of the gap.
 */
import { civilFromDays, DAY_MS, daysFromCivil } from './calendar.ts'
import { Failure } from './failure.ts'
import type { Duration, EventTime } from './quantity.ts'

/** A year is probed in steps. Two changes within one step that cancel out would be missed; none are known since 1950. */
const PROBE_MS = 4 * DAY_MS
/** Before and after these, the offset is the one at the edge. */
const EARLIEST = daysFromCivil(1800, 1, 1) * DAY_MS
const LATEST = daysFromCivil(2200, 1, 1) * DAY_MS

/** The offsets of a year: from `starts[i]` on the offset is `offsets[i]`, in ms. */
type YearOffsets = { readonly starts: number[]; readonly offsets: number[]; readonly end: EventTime }

/** The clock of one time zone; `ask` is a slow way to get the offset of an instant. */
export class ZoneRules {
  readonly name: string
  readonly #ask: (instant: EventTime) => Duration
  readonly #years = new Map<number, YearOffsets>()
  /** The last answer: every instant in [from, until) has this offset. */
  #from: EventTime = 0
  #until: EventTime = 0
  #offset: Duration = 0

  constructor(name: string, ask: (instant: EventTime) => Duration) {
    this.name = name
    this.#ask = ask
  }

  /** How far the zone's wall clock is ahead of UTC. */
  offsetAt(instant: EventTime): Duration {
    if (instant >= this.#from && instant < this.#until) return this.#offset
    return this.#find(instant)
  }

  /** The instant at which the zone's clock shows `wall`: ms since 1970-01-01 on that clock. */
  toInstant(wall: number): EventTime {
    const guess = wall - this.#offset
    if (guess >= this.#from + DAY_MS && guess < this.#until - DAY_MS) return guess
    const before = this.offsetAt(wall - DAY_MS)
    const after = this.offsetAt(wall + DAY_MS)
    if (before === after || this.offsetAt(wall - before) === before) return wall - before
    return this.offsetAt(wall - after) === after ? wall - after : wall - before
  }

  toWall(instant: EventTime): number {
    return instant + this.offsetAt(instant)
  }

  #find(instant: EventTime): Duration {
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

  #edge(from: EventTime, until: EventTime, at: EventTime): Duration {
    this.#from = from
    this.#until = until
    this.#offset = this.#ask(at)
    return this.#offset
  }

  #probe(year: number): YearOffsets {
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
  #changeBetween(low: EventTime, high: EventTime, offset: Duration): EventTime {
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

/** The rules of a zone by IANA name or offset ('Europe/Berlin', 'UTC', '+02:00', 'GMT+8'); undefined if there is none. */
export function findZone(name: string): ZoneRules | undefined {
  const known = zones.get(name)
  if (known !== undefined) return known
  const ask = fixedOffset(name) ?? namedOffset(name)
  if (ask === undefined) return undefined
  const rules = new ZoneRules(name, ask)
  zones.set(name, rules)
  return rules
}

/** The rules of a zone. Throws a Failure if there is no such zone. */
export function zoneRules(name: string): ZoneRules {
  const rules = findZone(name)
  if (rules !== undefined) return rules
  throw new Failure('usage', `there is no time zone '${name}'`, {
    hint: "Write an IANA name as 'Europe/Berlin', or an offset as '+02:00'.",
  })
}

function fixedOffset(name: string): ((instant: EventTime) => Duration) | undefined {
  if (name === 'UTC' || name === 'GMT' || name === 'Z') return () => 0
  const match = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(name)
  if (match === null) return undefined
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0)
  if (minutes > 18 * 60 || Number(match[3] ?? 0) > 59) return undefined
  const offset = (match[1] === '-' ? -minutes : minutes) * 60_000
  return () => offset
}

function namedOffset(name: string): ((instant: EventTime) => Duration) | undefined {
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
    return undefined // Intl throws if it does not know the zone.
  }
  return (instant) => {
    // Rounded down to a whole second: no offset has a fraction.
    const second = Math.floor(instant / 1000) * 1000
    const field: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(second)) field[type] = Number(value)
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second: seconds = 0 } = field
    return daysFromCivil(year, month, day) * DAY_MS + (hour * 3600 + minute * 60 + seconds) * 1000 - second
  }
}
