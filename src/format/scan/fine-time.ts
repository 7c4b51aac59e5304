/** Timestamps of more than three digits of a second, of texts and of numbers since 1970: in nanoseconds. */
import { cutNanos, nanosOf, nanosOfFraction } from '../../record/nanos.ts'
import type { Type } from '../../record/type.ts'
import type { EpochUnit } from '../declared-columns.ts'
import { epochTime } from './epoch.ts'
import type { IsoScan } from './iso.ts'
import { latin1, type NumberScan } from './number.ts'

type Range = { readonly bytes: Uint8Array; readonly from: number; readonly end: number }
type Reading = {
  readonly type: Extract<Type, { kind: 'FINE_TIMESTAMP' }>
  readonly unit: EpochUnit | undefined
  readonly iso: IsoScan
  readonly scan: NumberScan
}

const NANOS: { readonly [unit in EpochUnit]: bigint } = { s: 1_000_000_000n, ms: 1_000_000n, us: 1000n, ns: 1n }
const BILLION = 1_000_000_000n
/** Digits of a number that counts seconds, of which nine are behind the point. */
const MOST_DIGITS = 38

/** The nanoseconds since 1970 that a text says, without those below the type's digits; undefined where it is no time. */
export function fineTime({ bytes, from, end }: Range, { type, unit, iso, scan }: Reading): bigint | undefined {
  const ms = iso.timestamp(bytes, from, end)
  if (!Number.isNaN(ms)) {
    if (iso.hasZone !== type.zoned) return undefined
    const fraction = /:\d\d[.,](\d+)/.exec(latin1(bytes, from, end))?.[1] ?? ''
    return cutNanos(nanosOf(ms, nanosOfFraction(fraction)), type.digits)
  }
  if (!type.zoned || !scan.read(bytes, from, end) || Number.isNaN(epochTime(scan, bytes, unit))) return undefined
  const number = scan.toDecimal(bytes, MOST_DIGITS, 9)
  if (number === undefined) return undefined
  const nanos = number * NANOS[unit ?? 'ms']
  // Towards the past, as everywhere.
  const whole = nanos / BILLION - (nanos % BILLION < 0n ? 1n : 0n)
  return cutNanos(whole, type.digits)
}
