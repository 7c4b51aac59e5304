/**
 * Whether a time tells apart the rows that a column does: where each value of the column has a time of its own. That is so for
 * the column itself, and for a number of units after a fixed moment:
 *
 *   TIMESTAMPADD(YEAR, year - 1970, TIMESTAMP '1970-01-01 00:00:00')
 */
import type { Field } from '../../record/type.ts'
import type { Expression } from '../../sql/expression/expression.ts'

export type OwnTime = {
  /** The column of the row that it tells the values of. */
  readonly column: number
  /** `always`: each is a whole second; `maybe`: a window's end nearly always is. */
  readonly wholeSeconds: 'always' | 'maybe' | 'unknown'
}

/** What the time tells apart; undefined: two values of a column may have one time, as far as is known. */
export function ownTimeOf(time: Expression, fields: readonly Field[]): OwnTime | undefined {
  const column = columnTold(time)
  if (column === undefined) return undefined
  if (time.type.kind === 'BIGINT' || isOfSeconds(time)) return { column, wholeSeconds: 'always' }
  return { column, wholeSeconds: isWindow(time, fields) ? 'maybe' : 'unknown' }
}

/** The only column that the expression reads, where each value of it gives another value of the expression. */
function columnTold(expression: Expression): number | undefined {
  if (expression.kind === 'column') return TOLD.includes(expression.type.kind) ? expression.column : undefined
  if (expression.kind !== 'call') return undefined
  const { name, call } = expression
  const [first, second] = call.arguments
  if (name === 'TIMESTAMPADD') {
    return first?.kind === 'literal' && second !== undefined ? columnTold(second) : undefined
  }
  if ((name !== '+' && name !== '-') || first === undefined || second === undefined) return undefined
  const [other, constant] = second.kind === 'literal' ? [first, second] : [second, first]
  // A month more is no month more for each day. Of other types the sum may be rounded.
  const isExact = expression.type.kind === other.type.kind && EXACT.includes(constant.type.kind)
  return constant.kind === 'literal' && isExact ? columnTold(other) : undefined
}

const TOLD = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'TIMESTAMP', 'TIMESTAMP_LTZ']
const EXACT = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'INTERVAL_DAY']

/** A number of units after a whole second. */
function isOfSeconds(time: Expression): boolean {
  if (time.kind !== 'call' || time.name !== 'TIMESTAMPADD') return false
  const [first] = time.call.arguments
  return UNITS.has(time.keywords?.[0] ?? '') && first?.kind === 'literal' && Number(first.value) % 1000 === 0
}

const UNITS: ReadonlySet<string> = new Set(['SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'])

const isWindow = (time: Expression, fields: readonly Field[]): boolean =>
  time.kind === 'column' && fields[time.column]?.window !== undefined
