/** The time at which the statement runs: one instant for all of its rows. */
import { DAY_MS } from '../../../base/calendar.ts'
import { zoneRules } from '../../../base/timezone.ts'
import { BIGINT, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ, type Type } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { type ScalarFunction, type Session, TypeProblem } from '../function.ts'
import { bigintOutput, doubleOutput, intOutput } from '../output.ts'

type Wall = { readonly instant: number; readonly wall: number }

const now = (name: string, type: Type, summary: string, of: (time: Wall) => number): ScalarFunction => ({
  name,
  summary,
  usage: name === 'NOW' ? 'NOW()' : name,
  bind({ arguments: operands, session }) {
    if (operands.length > 0) throw new TypeProblem('it takes no arguments')
    return { type, arguments: [], open: () => constant(type, of(timeOf(session))) }
  },
})

function timeOf({ now: instant, timezone }: Session): Wall {
  return { instant, wall: zoneRules(timezone).toWall(instant) }
}

function constant(type: Type, value: number): Compute {
  const ints = type.kind === 'DATE' || type.kind === 'TIME'
  const output = ints ? intOutput() : type.kind === 'BIGINT' ? bigintOutput() : doubleOutput()
  return (_columns, count) => {
    const out = output(count)
    out.values.fill(value, 0, count)
    return out
  }
}

export const nowFunctions: readonly ScalarFunction[] = [
  now('CURRENT_TIMESTAMP', TIMESTAMP_LTZ, 'The instant at which the statement runs.', ({ instant }) => instant),
  now('NOW', TIMESTAMP_LTZ, 'The instant at which the statement runs.', ({ instant }) => instant),
  now('LOCALTIMESTAMP', TIMESTAMP, "The session's wall clock when the statement runs.", ({ wall }) => wall),
  now('CURRENT_DATE', DATE, "The session's day when the statement runs.", ({ wall }) => Math.floor(wall / DAY_MS)),
  now('CURRENT_TIME', TIME, "The session's time of day when the statement runs.", timeOfDay),
  now('LOCALTIME', TIME, "The session's time of day when the statement runs.", timeOfDay),
]

/** Names of the functions that read the clock, in upper case. */
export const CLOCK_FUNCTIONS: ReadonlySet<string> = new Set(nowFunctions.map(({ name }) => name))

function timeOfDay({ wall }: Wall): number {
  const time = wall - Math.floor(wall / DAY_MS) * DAY_MS
  return time - (time % 1000)
}

/** UNIX_TIMESTAMP(): seconds since 1970. */
export const unixNow = (session: Session): { type: Type; arguments: []; open: () => Compute } => ({
  type: BIGINT,
  arguments: [],
  open: () => constant(BIGINT, Math.floor(session.now / 1000)),
})
