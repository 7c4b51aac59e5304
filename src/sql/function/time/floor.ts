/**
 * CEIL and FLOOR of numbers, and of times to a unit. A time goes to the unit's border by the session's wall clock;
 * weeks begin on Sunday. As in Flink, a TIMESTAMP before 1970 has its day rounded toward 1970 for WEEK and longer
 * units, and CEIL to such a unit looks at the day alone.
 */
import { type Civil, civilFromDays, DAY_MS, daysFromCivil } from '../../../base/calendar.ts'
import { type ZoneRules, zoneRules } from '../../../base/timezone.ts'
import type { DoubleColumn, IntColumn } from '../../../record/column.ts'
import { msOfNanos, nanosOf } from '../../../record/nanos.ts'
import { isAnyTimestamp, isZoned, type Type, typeName } from '../../../record/type.ts'
import type { BoundCall, Compute } from '../../expression/expression.ts'
import { fineRows } from '../cast/fine-time.ts'
import { fitArguments } from '../define.ts'
import { type Call, type ScalarFunction, TypeProblem } from '../function.ts'
import { bindWhole, ceilNumber, floorNumber } from '../number/rounding.ts'
import { doubleOutput, intOutput } from '../output.ts'
import { UNIT_MS, weekday } from './wall-clock.ts'

const floorFunction = (name: string, up: boolean): ScalarFunction => ({
  name,
  summary: `The ${up ? 'least integer not below a number, or the next' : 'greatest integer not above a number, or the last'} border of a unit of time.`,
  usage: `${name}(number) or ${name}(time TO unit)`,
  bind: (call) => bindFloor(call, up),
})

export const floorFunctions: readonly ScalarFunction[] = [
  floorFunction('CEIL', true),
  floorFunction('CEILING', true),
  floorFunction('FLOOR', false),
]

function bindFloor({ arguments: operands, keywords, session }: Call, up: boolean): BoundCall {
  const [operand] = fitArguments(operands, ['any'], session)
  const [unit] = keywords
  if (unit === undefined) return bindWhole(operand, up ? ceilNumber : floorNumber)
  const { type } = operand
  const ofDays = DAY_UNITS[unit.toUpperCase()]
  const length = UNIT_MS[unit.toUpperCase()]
  if (type.kind === 'DATE') {
    const border = ofDays ?? (length === DAY_MS ? (days: number) => days : undefined)
    if (border !== undefined) return { type, arguments: [operand], open: () => dates((days) => border(days, up)) }
  } else if (isAnyTimestamp(type)) {
    const border = ofDays !== undefined ? dayBorder(ofDays, up) : length && clockBorder(length, up)
    const zone = isZoned(type) ? zoneRules(session.timezone) : undefined
    if (border) return { type, arguments: [operand], open: () => bordersOf(type, border, zone) }
  }
  throw new TypeProblem(`${typeName(type)} has no border of ${unit}`)
}

type DayBorder = (days: number, up: boolean) => number

const civil: Civil = { year: 0, month: 0, day: 0 }

const DAY_UNITS: Readonly<Record<string, DayBorder>> = {
  WEEK(days, up) {
    const sinceSunday = (weekday(days) + 1) % 7
    return days - sinceSunday + (up && sinceSunday > 0 ? 7 : 0)
  },
  MONTH(days, up) {
    const { year, month, day } = civilFromDays(days, civil)
    return monthStart(year, month + (up && day > 1 ? 1 : 0))
  },
  QUARTER(days, up) {
    const { year, month, day } = civilFromDays(days, civil)
    const first = month - ((month - 1) % 3)
    return monthStart(year, first + (up && (month > first || day > 1) ? 3 : 0))
  },
  YEAR(days, up) {
    const { year, month, day } = civilFromDays(days, civil)
    return monthStart(year + (up && (month > 1 || day > 1) ? 1 : 0), 1)
  },
}

const monthStart = (year: number, month: number): number =>
  month > 12 ? daysFromCivil(year + 1, month - 12, 1) : daysFromCivil(year, month, 1)

const dayBorder = (border: DayBorder, up: boolean) => (wall: number) => border(Math.trunc(wall / DAY_MS), up) * DAY_MS

const clockBorder = (length: number, up: boolean) => (wall: number) =>
  (up ? Math.ceil(wall / length) : Math.floor(wall / length)) * length

function dates(border: (days: number) => number): Compute {
  const output = intOutput()
  return ([date], count) => {
    const { values } = date as IntColumn
    const out = output(count)
    for (let row = 0; row < count; row++) out.values[row] = border(values[row] as number)
    return out
  }
}

/** As in Flink, what is finer than a millisecond is cut off first. */
function bordersOf(type: Type, border: (wall: number) => number, zone: ZoneRules | undefined): Compute {
  if (type.kind !== 'FINE_TIMESTAMP') return times(border, zone)
  return fineRows((nanos) => nanosOf(borderAt(msOfNanos(nanos), border, zone)))
}

function borderAt(at: number, border: (wall: number) => number, zone: ZoneRules | undefined): number {
  const offset = zone === undefined ? 0 : zone.offsetAt(at)
  return border(at + offset) - offset + 0
}

/** The border is found on the wall clock, and leads back to an instant by the zone's offset at the time itself. */
function times(border: (wall: number) => number, zone: ZoneRules | undefined): Compute {
  const output = doubleOutput()
  return ([time], count) => {
    const { values } = time as DoubleColumn
    const out = output(count)
    for (let row = 0; row < count; row++) {
      out.values[row] = borderAt(values[row] as number, border, zone)
    }
    return out
  }
}
