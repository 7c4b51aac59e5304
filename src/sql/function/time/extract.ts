/**
 * EXTRACT and the functions named after its units. A TIMESTAMP_LTZ is taken apart by the session's wall clock, also for
 * its seconds since 1970. Before 1970 the day and the parts of the day are rounded toward 1970, as in Flink: the YEAR
 * of 1969-12-31 23:59:59.999 is 1970, its MILLISECOND -1. A DATE is not affected.
 */
import { type Civil, civilFromDays, DAY_MS, daysFromCivil } from '../../../base/calendar.ts'
import { zoneRules } from '../../../base/timezone.ts'
import type { DecimalColumn, DoubleColumn, IntColumn } from '../../../record/column.ts'
import { msOfNanos, nanosAfterMs } from '../../../record/nanos.ts'
import { BIGINT, type Type, typeName } from '../../../record/type.ts'
import type { BoundCall, Compute, Expression } from '../../expression/expression.ts'
import { fitArguments } from '../define.ts'
import { type ScalarFunction, type Session, TypeProblem } from '../function.ts'
import { anyNull, bigintOutput } from '../output.ts'
import { isoWeek, weekday } from './wall-clock.ts'

const civil: Civil = { year: 0, month: 0, day: 0 }

const inYear = (of: (year: number) => number) => (days: number) => of(civilFromDays(days, civil).year)

/** Centuries and millennia count from the years 1 and -1, as they have no year 0. */
const counted = (years: number) => (year: number) =>
  Math.trunc((year > 0 ? year + years - 1 : year - years + 1) / years)

const OF_DAY: Readonly<Record<string, (days: number) => number>> = {
  MILLENNIUM: inYear(counted(1000)),
  CENTURY: inYear(counted(100)),
  DECADE: inYear((year) => Math.trunc(year / 10)),
  YEAR: inYear((year) => year),
  ISOYEAR: (days) => isoWeek(days).year,
  QUARTER: (days) => Math.floor((civilFromDays(days, civil).month - 1) / 3) + 1,
  MONTH: (days) => civilFromDays(days, civil).month,
  WEEK: (days) => isoWeek(days).week,
  DAY: (days) => civilFromDays(days, civil).day,
  DOY: (days) => days - daysFromCivil(civilFromDays(days, civil).year, 1, 1) + 1,
  DOW: (days) => ((weekday(days) + 1) % 7) + 1,
  ISODOW: (days) => weekday(days) + 1,
}

const part = (size: number, unit: number) => (wall: number) => Math.trunc((wall % size) / unit)

const OF_CLOCK: Readonly<Record<string, (wall: number) => number>> = {
  HOUR: part(DAY_MS, 3_600_000),
  MINUTE: part(3_600_000, 60_000),
  SECOND: part(60_000, 1000),
  MILLISECOND: part(1000, 1),
  MICROSECOND: (wall) => (wall % 1000) * 1000,
  NANOSECOND: (wall) => (wall % 1000) * 1_000_000,
  EPOCH: (wall) => Math.trunc(wall / 1000),
}

const OF_TIME = new Set(['HOUR', 'MINUTE', 'SECOND'])

const extract: ScalarFunction = {
  name: 'EXTRACT',
  summary: 'A part of a time as a number: YEAR, MONTH, DAY, HOUR, DOW (1 is Sunday), WEEK (of ISO), EPOCH …',
  usage: 'EXTRACT(unit FROM time)',
  bind: ({ arguments: operands, keywords, session }) => bindPart(keywords[0] ?? '', operands, session),
}

function bindPart(unit: string, operands: readonly Expression[], session: Session): BoundCall {
  const [time] = fitArguments(operands, ['any'], session)
  const open = loopOf(unit.toUpperCase(), time.type, session)
  if (open !== undefined) return { type: BIGINT, arguments: [time], open }
  if (OF_DAY[unit] === undefined && OF_CLOCK[unit] === undefined) throw new TypeProblem(`'${unit}' is no unit of time`)
  throw new TypeProblem(`${typeName(time.type)} has no ${unit} to take out`)
}

function loopOf(unit: string, type: Type, session: Session): (() => Compute) | undefined {
  const ofDay = OF_DAY[unit]
  const ofClock = OF_CLOCK[unit]
  switch (type.kind) {
    case 'DATE':
      return ofDay && (() => integers(ofDay))
    case 'TIME':
      return ofClock && OF_TIME.has(unit) ? () => integers(ofClock) : undefined
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const of = ofClock ?? (ofDay && ((wall: number) => ofDay(Math.trunc(wall / DAY_MS))))
      if (of === undefined) return undefined
      if (type.kind === 'TIMESTAMP') return () => integers(of)
      const zone = zoneRules(session.timezone)
      return () => integers((instant) => of(zone.toWall(instant)))
    }
    case 'FINE_TIMESTAMP': {
      const of = ofClock ?? (ofDay && ((wall: number) => ofDay(Math.trunc(wall / DAY_MS))))
      if (of === undefined) return undefined
      const after = AFTER_MS[unit]
      // As in Flink, an instant has no such parts.
      if (type.zoned && after !== undefined) return undefined
      const zone = type.zoned ? zoneRules(session.timezone) : undefined
      const wallOf = (ms: number) => (zone === undefined ? ms : zone.toWall(ms))
      return () => integersOfNanos((nanos) => of(wallOf(msOfNanos(nanos))) + (after?.(nanosAfterMs(nanos)) ?? 0))
    }
    default:
      return undefined
  }
}

/** What nanoseconds after the millisecond add. */
const AFTER_MS: Readonly<Record<string, (rest: number) => number>> = {
  MICROSECOND: (rest) => Math.trunc(rest / 1000),
  NANOSECOND: (rest) => rest,
}

function integersOfNanos(of: (nanos: bigint) => number): Compute {
  const output = bigintOutput()
  return (columns, count) => {
    const { values } = columns[0] as DecimalColumn
    const out = output(count)
    for (let row = 0; row < count; row++) out.values[row] = anyNull(columns, row) ? 0 : of(values[row] as bigint) + 0
    return out
  }
}

function integers(of: (value: number) => number): Compute {
  const output = bigintOutput()
  return ([time], count) => {
    const { values } = time as DoubleColumn | IntColumn
    const out = output(count)
    // A BIGINT has no -0.
    for (let row = 0; row < count; row++) out.values[row] = of(values[row] as number) + 0
    return out
  }
}

const partFunction = (name: string, unit: string, summary: string): ScalarFunction => ({
  name,
  summary,
  usage: `${name}(time)`,
  bind: ({ arguments: operands, session }) => bindPart(unit, operands, session),
})

export const extractFunctions: readonly ScalarFunction[] = [
  extract,
  partFunction('YEAR', 'YEAR', 'The year of a time.'),
  partFunction('QUARTER', 'QUARTER', 'The quarter of a time, 1 to 4.'),
  partFunction('MONTH', 'MONTH', 'The month of a time, 1 to 12.'),
  partFunction('WEEK', 'WEEK', 'The week of a time by ISO 8601, 1 to 53.'),
  partFunction('DAYOFYEAR', 'DOY', 'The day of the year, 1 to 366.'),
  partFunction('DAYOFMONTH', 'DAY', 'The day of the month, 1 to 31.'),
  partFunction('DAYOFWEEK', 'DOW', 'The day of the week, 1 for Sunday.'),
  partFunction('HOUR', 'HOUR', 'The hour of a time, 0 to 23.'),
  partFunction('MINUTE', 'MINUTE', 'The minute of a time, 0 to 59.'),
  partFunction('SECOND', 'SECOND', 'The second of a time, 0 to 59.'),
]
