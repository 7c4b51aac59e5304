/**
 * Quantities as people write them: `10s`, `64MiB`, `10/s`. They are read once, at the edge, into milliseconds, bytes and
 * events a second. Options of a pipeline file: `unit-options.ts`.
 */
import { Failure } from './failure.ts'
import type { Duration } from './quantity.ts'

const DURATION_UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

const BYTE_UNITS: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['TB', 1e12],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
  ['TiB', 2 ** 40],
])

const RATE_UNITS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
])

/** A kind of quantity; `read` gives undefined for a text that is none. */
export type QuantityKind = {
  readonly what: string
  /** The spellings that are allowed, for messages. */
  readonly allowed: string
  /** The unit that an unknown one most likely stands for: `days` is `d`. */
  unitMeant(unit: string): string | undefined
  /** The units that there are, for messages. */
  readonly units: string
  read(text: string): number | undefined
}

/** In milliseconds. */
export const DURATION: QuantityKind = {
  what: 'a duration',
  allowed: 'a number and one of ms, s, m, h, d, as in 250ms, 10s, 5m, 1h or 1d',
  unitMeant: timeUnit,
  units: 'ms, s, m, h, d',
  read: (text) => readQuantity(text, DURATION_UNITS),
}
/** In bytes. */
export const BYTE_SIZE: QuantityKind = {
  what: 'a size',
  allowed: 'a number and one of B, KB, MB, GB, TB, KiB, MiB, GiB, TiB, as in 64MiB or 10KB',
  unitMeant: byteUnit,
  units: 'B, KB, MB, GB, TB, KiB, MiB, GiB, TiB',
  read: (text) => readQuantity(text, BYTE_UNITS),
}
/** In events a second; `max` is Infinity. */
export const RATE: QuantityKind = {
  what: 'a rate',
  allowed: 'a number per s, m or h, as in 10/s or 600/m, or max',
  unitMeant: rateUnit,
  units: '/s, /m, /h',
  read: readRate,
}

/** The quantity of a text. Throws a Failure 'usage' that shows the allowed spellings. */
export function parseQuantity(text: string, kind: QuantityKind): number {
  const value = kind.read(text)
  if (value === undefined) throw new Failure('usage', notQuantity(text, kind))
  return value
}

/** What is wrong with a value that is no quantity of a kind, and what to write instead. */
export function notQuantity(value: string | number, { what, allowed, units, read, unitMeant }: QuantityKind): string {
  const shown = typeof value === 'number' ? String(value) : `'${value}'`
  const [, amount, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*(.*?)\s*$/.exec(String(value)) ?? []
  if (amount === undefined) return `${shown} is not ${what}: expected ${allowed}`
  if (unit === '') return `${shown} is not ${what}: it needs a unit, one of ${units}`
  const meant = `${amount}${unitMeant(unit) ?? unit}`
  return `${shown} is not ${what}: ${read(meant) === undefined ? `expected ${allowed}` : `write ${meant}`}`
}

/** `days` and `Day` are d, `sec` is s, `minutes` is m. */
function timeUnit(word: string): string | undefined {
  const unit = word.toLowerCase().replace(/\.$/, '')
  if (/^(ms|msecs?|millis|milliseconds?)$/.test(unit)) return 'ms'
  return /^(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)$/.test(unit) ? unit.charAt(0) : undefined
}

/** `gb` is GB, `mib` and `M` are MiB, `bytes` is B. */
function byteUnit(word: string): string | undefined {
  const [, prefix, rest] = /^([kmgt]?)(i?b?|bytes?)$/.exec(word.toLowerCase()) ?? []
  if (prefix === undefined || rest === undefined) return undefined
  if (prefix === '') return rest.startsWith('i') ? undefined : 'B'
  if (rest.startsWith('bytes') || rest === 'byte') return undefined
  const letter = prefix.toUpperCase()
  return rest === 'b' ? `${letter}B` : `${letter}iB`
}

/** `per second` and `/sec` are /s. */
function rateUnit(word: string): string | undefined {
  const [, unit] = /^(?:\/|per)\s*([a-z]+)$/i.exec(word) ?? []
  const time = unit === undefined ? undefined : timeUnit(unit)
  return time === 's' || time === 'm' || time === 'h' ? `/${time}` : undefined
}

/** The shortest spelling that is exact: 90_000 is `90s`, 3_600_000 is `1h`. */
export function durationText(time: Duration): string {
  return exactText(time, DURATION_UNITS, 'ms')
}

/** The shortest spelling that is exact: 1_048_576 is `1MiB`, 10_000 is `10KB`, 1_000_001 is `1000001B`. */
export function byteText(bytes: number): string {
  return exactText(bytes, BYTE_UNITS, 'B')
}

/** Four digits, for messages: 268_500_000 is `256.1 MiB`. */
export function roundBytes(bytes: number): string {
  const [unit, factor] = ([...BYTE_UNITS].filter(([unit, factor]) => /^.iB$/.test(unit) && factor <= bytes).at(-1) ?? [
    'B',
    1,
  ]) as [string, number]
  return `${Number((bytes / factor).toPrecision(4))} ${unit}`
}

/** `412 ms`, `12 s`, `5 min`, `2 h 5 min`, `3 d 4 h`: what a person wants to know of a time. */
export function roundSpan(time: Duration): string {
  const seconds = Math.floor(time / 1000)
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)]
  const and = (rest: number, unit: string) => (rest === 0 ? '' : ` ${rest} ${unit}`)
  if (time < 1000) return `${Math.round(time)} ms`
  if (minutes === 0) return `${seconds} s`
  if (hours === 0) return `${minutes} min`
  if (days === 0) return `${hours} h${and(minutes % 60, 'min')}`
  return `${days} d${and(hours % 24, 'h')}`
}

/** `1 line`, `28,021 lines`. */
export const countText = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`

/** `1 row`, `1234 rows`, without separators: for lines that programs read, too. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`

/** `12.0 MiB`, for progress. */
export const mebibyteText = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

const QUANTITY = /^(\d+(?:\.\d+)?)([a-zA-Z]+)$/

function readRate(text: string): number | undefined {
  if (text === 'max') return Number.POSITIVE_INFINITY
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\/([smh])$/.exec(text) ?? []
  if (amount === undefined || unit === undefined) return undefined
  const perSecond = Number(amount) / (RATE_UNITS.get(unit) ?? 1)
  return perSecond > 0 ? perSecond : undefined
}

/** A fraction is allowed if it gives a whole number of the smallest unit: 1.5s is, 1.5ms is not. */
function readQuantity(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const [, amount, unit] = QUANTITY.exec(text) ?? []
  if (amount === undefined || unit === undefined) return undefined
  const factor = units.get(unit)
  if (factor === undefined) return undefined
  const value = Number((Number(amount) * factor).toPrecision(15))
  return Number.isSafeInteger(value) ? value : undefined
}

/** In the unit that divides the quantity and leaves the smallest number. */
function exactText(quantity: number, units: ReadonlyMap<string, number>, smallest: string): string {
  let best = `${quantity}${smallest}`
  let least = quantity
  for (const [unit, factor] of units) {
    if (quantity > 0 && quantity % factor === 0 && quantity / factor < least) {
      best = `${quantity / factor}${unit}`
      least = quantity / factor
    }
  }
  return best
}
