/**
 * Times in a chart: in the zone of the pipeline where they are instants. Wall clocks are kept as if they were UTC, and are shown as
 * they are.
 */

export type ChartClock = {
  /** The zone of the axis, as Intl names it. */
  readonly zone: string
  /** `2026-12-01 14:05`; seconds and milliseconds only where there are some. */
  full(time: number): string
  /** For ticks that are `step` milliseconds apart: the day where it is another one than that of `before`. */
  tick(time: number, step: number, before: number | undefined): string
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

const clocks = new Map<string, ChartClock>()

export function clockIn(zone: string): ChartClock {
  const known = clocks.get(zone)
  if (known !== undefined) return known
  const made = makeClock(zone)
  clocks.set(zone, made)
  return made
}

function makeClock(zone: string): ChartClock {
  // The Swedish way to write times is that of ISO 8601.
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  const partsOf = (time: number): readonly [string, string] => {
    const [day = '', clock = ''] = format.format(time).split(' ')
    return [day, clock]
  }
  return {
    zone,
    full(time) {
      const [day, clock] = partsOf(time)
      const ms = ((time % 1000) + 1000) % 1000
      if (ms !== 0) return `${day} ${clock}.${String(ms).padStart(3, '0')}`
      return `${day} ${clock.endsWith(':00') ? clock.slice(0, -3) : clock}`
    },
    tick(time, step, before) {
      const [day, clock] = partsOf(time)
      if (step >= 300 * DAY_MS) return day.slice(0, 4)
      if (step >= 27 * DAY_MS) return day.slice(0, 7)
      if (step >= DAY_MS)
        return before === undefined || !day.startsWith(partsOf(before)[0].slice(0, 4)) ? day : day.slice(5)
      const short = step >= MINUTE_MS ? clock.slice(0, 5) : clock
      const text = step < 1000 ? `${clock}.${String(((time % 1000) + 1000) % 1000).padStart(3, '0')}` : short
      return before === undefined || partsOf(before)[0] !== day ? `${text}\n${day}` : text
    },
  }
}
