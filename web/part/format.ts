/** Numbers, sizes and times as people read them. A number that is not known is `–`. */

export const UNKNOWN = '–'

/** A count in full: `1,234,567`. */
export const formatCount = (count: number | null | undefined): string =>
  count === null || count === undefined || Number.isNaN(count) ? UNKNOWN : count.toLocaleString('en-US')

const LARGE = ['', 'k', 'M', 'G', 'T', 'P']

/** A count in little room: `950`, `1.2k`, `13M`. */
export function formatShort(count: number | null | undefined): string {
  if (count === null || count === undefined || Number.isNaN(count)) return UNKNOWN
  return scaled(count, LARGE, 1000)
}

/** A rate: `12.5/s`; below one, with as many digits as it takes to differ from nothing. */
export function formatRate(rate: number | null | undefined): string {
  if (rate === null || rate === undefined || Number.isNaN(rate)) return UNKNOWN
  if (rate > 0 && rate < 0.05) return '<0.1/s'
  return `${formatShort(rate)}/s`
}

/** A size in binary units: `1.5 MiB`. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || Number.isNaN(bytes)) return UNKNOWN
  return scaled(bytes, [' B', ' KiB', ' MiB', ' GiB', ' TiB', ' PiB'], 1024)
}

function scaled(value: number, units: readonly string[], step: number): string {
  let index = 0
  let rest = value
  // What would be shown as 1,000 of a unit is one of the next.
  while (Math.abs(rest) >= step - 0.5 && index < units.length - 1) {
    rest /= step
    index++
  }
  const digits = Math.abs(rest) >= 99.95 || Number.isInteger(rest) ? 0 : 1
  return `${rest.toFixed(digits)}${units[index]}`
}

const STEPS: readonly (readonly [string, number])[] = [
  ['y', 31_557_600_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
]

/** A duration with its two largest units: `2 h 5 min`, `1.4 s`, `35 ms`. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return UNKNOWN
  if (ms < 0) return `−${formatDuration(-ms)}`
  if (ms < 999.5) return `${ms < 10 && !Number.isInteger(ms) ? ms.toFixed(1) : Math.round(ms)} ms`
  if (ms < 9950) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`
  const rounded = Math.round(ms / 1000) * 1000
  const first = STEPS.findIndex(([, size]) => rounded >= size)
  const parts = STEPS.slice(first, first + 2).map(([unit, size], index) => {
    const above = STEPS[first + index - 1]
    const rest = index === 0 || above === undefined ? rounded : rounded % above[1]
    return [Math.floor(rest / size), unit] as const
  })
  return parts
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}

let zone: string | undefined

/** The zone in which times are shown, which is that of the pipeline; without one, that of the browser. */
export function showTimesIn(timezone: string | undefined): void {
  if (zone === timezone) return
  zone = timezone
  clocks.clear()
}

const clocks = new Map<string, Intl.DateTimeFormat>()
function clockOf(form: 'day' | 'time' | 'millis'): Intl.DateTimeFormat {
  const known = clocks.get(form)
  if (known !== undefined) return known
  const options: Intl.DateTimeFormatOptions =
    form === 'day'
      ? { year: 'numeric', month: '2-digit', day: '2-digit' }
      : {
          hour: '2-digit',
          minute: '2-digit',
          second: '2-digit',
          hourCycle: 'h23',
          ...(form === 'millis' ? { fractionalSecondDigits: 3 } : {}),
        }
  // The Swedish way to write days is that of ISO 8601.
  const made = new Intl.DateTimeFormat('sv-SE', { ...options, ...(zone === undefined ? {} : { timeZone: zone }) })
  clocks.set(form, made)
  return made
}

/** A time of day: `14:05:59`, with its day where `withDay`: `2026-12-01 14:05:59`. */
export function formatTime(
  time: string | number | null | undefined,
  { withDay = false, withMillis = false }: { readonly withDay?: boolean; readonly withMillis?: boolean } = {},
): string {
  if (time === null || time === undefined) return UNKNOWN
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return UNKNOWN
  const text = clockOf(withMillis ? 'millis' : 'time')
    .format(date)
    .replace(',', '.')
  return withDay ? `${clockOf('day').format(date)} ${text}` : text
}

/** A text of the server with its times of ISO 8601 as times of day, and with their day where it is another one than that of `now`. */
export function withReadableTimes(text: string, now: string): string {
  const today = clockOf('day').format(new Date(now))
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (time) =>
    formatTime(time, { withDay: clockOf('day').format(new Date(time)) !== today }),
  )
}

/** How long ago a time is, seen from another: `5 s ago`. */
export function formatAgo(time: string | null | undefined, now: string | number): string {
  if (time === null || time === undefined) return UNKNOWN
  const ms = new Date(now).getTime() - new Date(time).getTime()
  if (Number.isNaN(ms)) return UNKNOWN
  return ms < 1000 ? 'just now' : `${formatDuration(ms)} ago`
}

/** `1 record`, `2 records`. */
export const plural = (count: number, word: string, many: string = `${word}s`): string =>
  `${formatCount(count)} ${count === 1 ? word : many}`
