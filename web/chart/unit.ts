/** What numbers of a column are of, by its name: bytes, times, shares; and how they are written in a chart. */
import { formatBytes, formatCount, formatDuration, formatShort } from '../part/format.ts'
import { type ChartColumn, isWhole } from './columns.ts'

export type Unit = 'count' | 'bytes' | 'ms' | 's' | 'percent' | 'number'

const BYTES = /(^|_)(bytes?|octets|size|sent|traffic)$|^(body_)?bytes_|_bytes_/i
const MS = /(_ms|_millis(econds)?|Ms)$|^(ms|millis)$/
const SECONDS = /(_s|_secs?|_seconds)$|^(seconds|secs)$/i
const PERCENT = /(percent|_pct)$|^pct_/i
/** Numbers of which a sum says nothing. */
const NOT_ADDED =
  /(^|_)(avg|average|mean|median|min|max|least|largest|smallest|p\d\d+|percentile|rate|ratio|share|z|zscore|stddev)(_|$)/i

export function unitOf({ name, type }: Pick<ChartColumn, 'name' | 'type'>): Unit {
  if (BYTES.test(name)) return 'bytes'
  if (MS.test(name) || type.startsWith('INTERVAL DAY')) return 'ms'
  if (SECONDS.test(name)) return 's'
  if (PERCENT.test(name)) return 'percent'
  return isWhole(type) ? 'count' : 'number'
}

/** Whether two columns can share an axis. */
export function sameUnit(one: ChartColumn, other: ChartColumn): boolean {
  const units = [unitOf(one), unitOf(other)]
  return units[0] === units[1] && isAdded(one) === isAdded(other)
}

/** Whether the sum of such numbers over names or windows means something, as that of counts does. */
export const isAdded = ({ name, type }: Pick<ChartColumn, 'name' | 'type'>): boolean => {
  const unit = unitOf({ name, type })
  return !NOT_ADDED.test(name) && unit !== 'percent' && (isWhole(type) || unit === 'bytes')
}

/** A value in little room, as on an axis: `1.2k`, `3 MiB`, `1.5 s`. */
export function formatBrief(value: number, unit: Unit): string {
  switch (unit) {
    case 'bytes':
      return formatBytes(value)
    case 'ms':
      return formatDuration(value)
    case 's':
      return formatDuration(value * 1000)
    case 'percent':
      return `${plain(value)} %`
    case 'count':
      return formatShort(value)
    case 'number':
      return Math.abs(value) >= 1000 ? formatShort(value) : plain(value)
  }
}

/** A value with what people read off a chart: counts in full. */
export function formatFull(value: number | undefined, unit: Unit): string {
  if (value === undefined) return '–'
  return unit === 'count' ? formatCount(value) : formatBrief(value, unit)
}

/** With four digits at most that count. */
const plain = (value: number): string =>
  Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(4)))
