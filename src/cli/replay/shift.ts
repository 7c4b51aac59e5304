/**
 * `--shift-to-now`: moves the times of an access log so that the first line with a time is at the present.
 *
 * A time of the formats common and combined has 28 bytes, before and after: `[01/Jul/1995:00:00:01 -0400]`. So it is changed in
 * place, and the rest of a line stays as it is. Every time is moved by the same number of seconds and keeps its own offset
 * from UTC: the distances between lines stay as they are, also across a change to summer time.
 */
import { MONTH_NAMES } from '../../base/calendar.ts'
import type { Clock } from '../../base/clock.ts'
import { counted } from '../../base/units.ts'

export type Shift = {
  /** Changes the times in these whole lines. */
  apply(lines: Buffer): void
  /** What was done, for the message at the end. */
  describe(): string
}

const TIME_BYTES = 28
const TIME = /^\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-][01]\d[0-5]\d)\]$/
const BRACKET = 91
const NEWLINE = 10
const MINUTE_MS = 60_000

/** Begins with no shift: the first time that is met decides it. */
export function openShift(clock: Pick<Clock, 'now'>): Shift {
  let shiftMs: number | undefined
  let first = { before: '', after: '' }
  let untimed = 0

  const move = (lines: Buffer, from: number, end: number): boolean => {
    for (
      let at = lines.indexOf(BRACKET, from);
      at !== -1 && at + TIME_BYTES <= end;
      at = lines.indexOf(BRACKET, at + 1)
    ) {
      const before = lines.toString('latin1', at, at + TIME_BYTES)
      const time = parseTime(before)
      if (time === undefined) continue
      const isFirst = shiftMs === undefined
      shiftMs ??= Math.floor(clock.now() / 1000) * 1000 - time.at
      const after = timeText({ at: time.at + shiftMs, zone: time.zone })
      if (after === undefined) return false
      if (isFirst) first = { before, after }
      lines.write(after, at, 'latin1')
      return true
    }
    return false
  }
  return {
    apply(lines) {
      for (let from = 0; from < lines.length; ) {
        const newline = lines.indexOf(NEWLINE, from)
        const end = newline === -1 ? lines.length : newline
        if (!move(lines, from, end)) untimed++
        from = end + 1
      }
    },
    describe() {
      if (shiftMs === undefined) return 'no line has a time of the format common or combined: all are sent unchanged'
      const rest = untimed === 0 ? '' : `; ${counted(untimed, 'line')} without a time sent unchanged`
      return `times moved from ${first.before} to ${first.after}${rest}`
    },
  }
}

type Time = {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Its offset from UTC, as written: `-0400`. */
  readonly zone: string
}

/** undefined where it is no time: a 31st of June, or an hour 24, would become another one. */
function parseTime(text: string): Time | undefined {
  const [whole, day, month, year, hour, minute, second, zone] = TIME.exec(text) ?? []
  if (whole === undefined || zone === undefined) return undefined
  const numbers = [day, hour, minute, second].map(Number) as [number, number, number, number]
  const [date, ...clock] = numbers
  const at = Date.UTC(Number(year), MONTH_NAMES.indexOf(month as string), date, ...clock) - offsetMs(zone)
  return timeText({ at, zone }) === text ? { at, zone } : undefined
}

/** undefined for a year that does not have four digits. */
function timeText({ at, zone }: Time): string | undefined {
  const local = new Date(at + offsetMs(zone)).toISOString()
  const [, year, month, day, time] = /^(\d{4})-(\d\d)-(\d\d)T(.{8})/.exec(local) ?? []
  return year === undefined ? undefined : `[${day}/${MONTH_NAMES[Number(month) - 1]}/${year}:${time} ${zone}]`
}

function offsetMs(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))
  return (zone.startsWith('-') ? -minutes : minutes) * MINUTE_MS
}
