/**
 * Quantities as people write them: `10s`, `64MiB`, `10/s`. They are read once, at the edge, into milliseconds, bytes and
 * events a second. `parse…` throws a Failure that shows what is allowed, `read…` gives undefined. Options of a pipeline
 * file: `unit-options.ts`.
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

export const DURATION_ALLOWED = 'a number and one of ms, s, m, h, d, as in 250ms, 10s, 5m, 1h or 1d'
export const BYTES_ALLOWED = 'a number and one of B, KB, MB, GB, TB, KiB, MiB, GiB, TiB, as in 64MiB or 10KB'
export const RATE_ALLOWED = 'a number per s, m or h, as in 10/s or 600/m, or max'

/** Milliseconds. Throws a Failure that shows what is allowed. */
export function parseDuration(text: string): Duration {
  return need(readDuration(text), text, 'a duration', DURATION_ALLOWED)
}

/** Bytes. Throws a Failure that shows what is allowed. */
export function parseByteSize(text: string): number {
  return need(readByteSize(text), text, 'a size', BYTES_ALLOWED)
}

/** Events a second; `max` is Infinity. Throws a Failure that shows what is allowed. */
export function parseRate(text: string): number {
  return need(readRate(text), text, 'a rate', RATE_ALLOWED)
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

/** `12.0 MiB`, for progress. */
export const mebibyteText = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

const QUANTITY = /^(\d+(?:\.\d+)?)([a-zA-Z]+)$/

/** Milliseconds of `10s`. */
export function readDuration(text: string): Duration | undefined {
  return readQuantity(text, DURATION_UNITS)
}

/** Bytes of `64MiB`. */
export function readByteSize(text: string): number | undefined {
  return readQuantity(text, BYTE_UNITS)
}

/** Events a second of `10/s`; Infinity of `max`. */
export function readRate(text: string): number | undefined {
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

function need(value: number | undefined, text: string, what: string, allowed: string): number {
  if (value === undefined) throw new Failure('usage', `'${text}' is not ${what}: expected ${allowed}`)
  return value
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
