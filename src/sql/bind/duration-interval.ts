/** A length of time as SQL writes it. */
import type { Duration } from '../../base/quantity.ts'

const UNITS = [
  ['DAY', 86_400_000],
  ['HOUR', 3_600_000],
  ['MINUTE', 60_000],
  ['SECOND', 1000],
] as const

/** `INTERVAL '5' MINUTE`; more than two digits need a precision: `INTERVAL '450' SECOND(3)`. */
export function intervalOfDuration(time: Duration): string {
  const [unit, factor] = UNITS.find(([, factor]) => time % factor === 0) ?? ['SECOND', 1000]
  const digits = String(Math.floor(time / factor))
  const fraction = time % factor === 0 ? '' : `.${String(time % 1000).padStart(3, '0')}`
  return `INTERVAL '${digits}${fraction}' ${unit}${digits.length > 2 ? `(${digits.length})` : ''}`
}
