/**
 * Casts among times, and from any type to STRING. The session's zone turns a TIMESTAMP into an instant and back. The
 * DATE of a TIMESTAMP is found by rounding toward 1970, as in Flink.
 */
import { DAY_MS, dateText, timestampText, timeText } from '../../../base/calendar.ts'
import { type ZoneRules, zoneRules } from '../../../base/timezone.ts'
import type { Column } from '../../../record/column.ts'
import { valueAt } from '../../../record/column.ts'
import { decimalText } from '../../../record/decimal.ts'
import { isTimestamp, secondDigits, type Type } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import type { Session } from '../function.ts'
import { anyNull, doubleOutput, fail, intOutput } from '../output.ts'
import { TextOutput } from '../text/output.ts'
import { doubleText, floatText } from './double-text.ts'

/** What opens the cast; undefined where there is none. */
export function openTimeCast(from: Type, to: Type, session: Session): (() => Compute) | undefined {
  if (to.kind === 'STRING') {
    const write = writer(from, session)
    return write && (() => toText(write))
  }
  const zone = zoneRules(session.timezone)
  const change = changeOf(from, to, zone)
  if (change === undefined) return undefined
  const days = to.kind === 'DATE' || to.kind === 'TIME'
  const cut = millisecondCut(to)
  const whole: Change = cut === undefined ? change : (value) => cut(change(value))
  return () => mapping(days ? intOutput() : doubleOutput(), whole)
}

export type Change = (value: number) => number

/** How a value of milliseconds, or days, becomes one of the other type; undefined where it is not cast. */
export function changeOf(from: Type, to: Type, zone: ZoneRules): Change | undefined {
  const local = from.kind === 'TIMESTAMP_LTZ'
  switch (to.kind) {
    case 'TIMESTAMP_LTZ':
      if (from.kind === 'DATE') return (days) => zone.toInstant(days * DAY_MS)
      return from.kind === 'TIMESTAMP' ? (wall) => zone.toInstant(wall) : undefined
    case 'TIMESTAMP':
      if (from.kind === 'DATE') return (days) => days * DAY_MS
      return local ? (instant) => zone.toWall(instant) : undefined
    case 'DATE':
      if (local) return (instant) => Math.floor(zone.toWall(instant) / DAY_MS)
      return from.kind === 'TIMESTAMP' ? (wall) => Math.trunc(wall / DAY_MS) : undefined
    case 'TIME':
      if (local) return (instant) => timeOfDay(zone.toWall(instant))
      return from.kind === 'TIMESTAMP' ? timeSince1970 : undefined
    default:
      return undefined
  }
}

/** Cuts milliseconds to the digits of a type that has fewer than three; as in Flink, towards 1970. Undefined: there is nothing to cut. */
export function millisecondCut(type: Type): Change | undefined {
  const digits = isTimestamp(type) ? secondDigits(type) : 3
  if (digits === 3) return undefined
  const unit = 10 ** (3 - digits)
  return (ms) => Math.trunc(ms / unit) * unit + 0
}

/** What cuts a timestamp of milliseconds to fewer digits. */
export function openCut(type: Type): () => Compute {
  const cut = millisecondCut(type) ?? ((ms: number) => ms)
  return () => mapping(doubleOutput(), cut)
}

/** Why a TIMESTAMP has no TIME. */
export const BEFORE_1970 = 'CAST to TIME: the timestamp is before 1970'

/** Before 1970 Flink computes a time of day below 0 and fails; here that is NaN. */
const timeSince1970 = (wall: number): number => (wall < 0 && wall % DAY_MS !== 0 ? Number.NaN : timeOfDay(wall))

/** A TIME has whole seconds. */
const timeOfDay = (wall: number): number => Math.floor((wall - Math.floor(wall / DAY_MS) * DAY_MS) / 1000) * 1000

function mapping(output: ReturnType<typeof intOutput> | ReturnType<typeof doubleOutput>, change: Change): Compute {
  return (columns, count) => {
    const { values } = columns[0] as Column & { kind: 'int' | 'double' }
    const out = output(count)
    for (let row = 0; row < count; row++) {
      const value = change(values[row] as number)
      out.values[row] = value
      if (Number.isNaN(value)) fail(out, row, BEFORE_1970)
    }
    return out
  }
}

/** 2024-02-29 12:34:56.789; unlike in ISO 8601, a year of five digits has no sign. */
const sqlText = (wall: number): string => timestampText(wall, ' ').replace(/^\+/, '')

/** Without digits there is no point either. */
function shortened(text: string, digits: number | undefined): string {
  const cut = digits === undefined ? 0 : digits === 0 ? 4 : 3 - digits
  return cut === 0 ? text : text.slice(0, -cut)
}

type Write = (value: never) => string

function writer(from: Type, session: Session): Write | undefined {
  switch (from.kind) {
    case 'BOOLEAN':
      return (value: boolean) => (value ? 'TRUE' : 'FALSE')
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return String
    case 'FLOAT':
      return floatText
    case 'DOUBLE':
      return doubleText
    case 'DECIMAL':
      return (value: bigint) => decimalText(value, from.scale)
    case 'DATE':
      return dateText
    case 'TIME':
      return timeText
    case 'TIMESTAMP':
      return (value: number) => shortened(sqlText(value), from.digits)
    case 'TIMESTAMP_LTZ': {
      const zone = zoneRules(session.timezone)
      return (value: number) => shortened(sqlText(zone.toWall(value)), from.digits)
    }
    default:
      return undefined
  }
}

function toText(write: Write): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    const column = columns[0] as Column
    output.begin(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      // Safe integers, the common case, are written without making a bigint of each.
      const plain = column.kind === 'bigint' && column.exact === undefined
      output.row(row, plain ? String(column.values[row]) : write(valueAt(column, row) as never))
    }
    return output.finish()
  }
}
