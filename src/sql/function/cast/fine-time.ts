/**
 * Casts to and from timestamps of 4 to 9 digits of a second, which are nanoseconds in memory. The clock is changed by their
 * milliseconds, and the nanoseconds after these stay. Digits that the type does not have are cut off.
 */
import { DAY_MS } from '../../../base/calendar.ts'
import { type ZoneRules, zoneRules } from '../../../base/timezone.ts'
import type { DecimalColumn, DoubleColumn, IntColumn } from '../../../record/column.ts'
import { cutNanos, msOfNanos, nanosAfterMs, nanosOf, nanosOfFraction, nanosText } from '../../../record/nanos.ts'
import { isZoned, type Type } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import type { Session } from '../function.ts'
import { anyNull, decimalOutput, doubleOutput, fail, intOutput } from '../output.ts'
import { textRows } from '../rows.ts'
import { parseTimestamp } from './parse-time.ts'
import { BEFORE_1970, type Change, changeOf, millisecondCut } from './time.ts'

export type FineType = Extract<Type, { kind: 'FINE_TIMESTAMP' }>

/** What opens the cast, one of whose types is such a timestamp; undefined where there is none. */
export function openFineCast(from: Type, to: Type, session: Session): (() => Compute) | undefined {
  const zone = zoneRules(session.timezone)
  if (from.kind !== 'FINE_TIMESTAMP') return to.kind === 'FINE_TIMESTAMP' ? openToFine(from, to, zone) : undefined
  switch (to.kind) {
    case 'FINE_TIMESTAMP': {
      const clock = clockOf(from, to, zone)
      return () => fineRows((nanos) => cutNanos(nanosOf(clock(msOfNanos(nanos)), nanosAfterMs(nanos)), to.digits))
    }
    case 'STRING': {
      const clock = clockOf(from, WALL, zone)
      const write = (nanos: bigint) =>
        nanosText(nanosOf(clock(msOfNanos(nanos)), nanosAfterMs(nanos)), from.digits, ' ').replace(/^\+/, '')
      return () => textRows(([nanos]) => write(nanos as bigint))
    }
    default:
      return openToCoarse(from, to, zone)
  }
}

const WALL: Type = { kind: 'TIMESTAMP' }
const INSTANT: Type = { kind: 'TIMESTAMP_LTZ' }

/** How milliseconds of the one clock become those of the other. */
function clockOf(from: Type, to: Type, zone: ZoneRules): Change {
  if (isZoned(from) === isZoned(to)) return (ms) => ms
  return isZoned(to) ? (wall) => zone.toInstant(wall) : (instant) => zone.toWall(instant)
}

/** To a type of milliseconds, days, or a time of day. */
function openToCoarse(from: FineType, to: Type, zone: ZoneRules): (() => Compute) | undefined {
  const own = from.zoned ? INSTANT : WALL
  const change = own.kind === to.kind ? (ms: number) => ms : changeOf(own, to, zone)
  if (change === undefined) return undefined
  const cut = millisecondCut(to) ?? ((ms: number) => ms)
  const isDay = to.kind === 'DATE' || to.kind === 'TIME'
  return () => {
    const output = isDay ? intOutput() : doubleOutput()
    return (columns, count) => {
      const { values } = columns[0] as DecimalColumn
      const out = output(count)
      for (let row = 0; row < count; row++) {
        if (anyNull(columns, row)) continue
        const value = cut(change(msOfNanos(values[row] as bigint)))
        out.values[row] = value
        if (Number.isNaN(value)) fail(out, row, BEFORE_1970)
      }
      return out
    }
  }
}

function openToFine(from: Type, to: FineType, zone: ZoneRules): (() => Compute) | undefined {
  if (from.kind === 'STRING') return undefined // Read with the other texts.
  const isTime = from.kind === 'TIMESTAMP' || from.kind === 'TIMESTAMP_LTZ'
  if (!isTime && from.kind !== 'DATE') return undefined
  const clock = clockOf(from, to, zone)
  const scale = isTime ? 1 : DAY_MS
  return () => {
    const output = decimalOutput()
    return (columns, count) => {
      const { values } = columns[0] as DoubleColumn | IntColumn
      const out = output(count)
      for (let row = 0; row < count; row++) {
        if (!anyNull(columns, row)) out.values[row] = nanosOf(clock((values[row] as number) * scale))
      }
      return out
    }
  }
}

/** The loop over such timestamps that gives such timestamps. */
export function fineRows(change: (nanos: bigint) => bigint): Compute {
  const output = decimalOutput()
  return (columns, count) => {
    const { values } = columns[0] as DecimalColumn
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (!anyNull(columns, row)) out.values[row] = change(values[row] as bigint)
    }
    return out
  }
}

/** A text as CAST reads it, by the clock of the zone where the type has one; undefined for a text that is no time. */
export function parseFine(text: string, { digits, zoned }: FineType, zone: ZoneRules): bigint | undefined {
  const wall = parseTimestamp(text)
  if (wall === undefined) return undefined
  const ms = zoned ? zone.toInstant(wall) : wall
  return cutNanos(nanosOf(ms, nanosOfFraction(/\.(\d+)$/.exec(text)?.[1] ?? '')), digits)
}
