/** Binds the frame of a window of rows, ROWS or RANGE BETWEEN … AND …, and refuses what a stream cannot have. */
import { isInteger, isNumeric, isTimestamp, type Type, typeName } from '../../../record/type.ts'
import type { RowFrame } from '../../plan/plan.ts'
import type { BoundSyntax, OverSyntax, SyntaxOf } from '../../syntax/ast.ts'
import { bindExpression } from '../expression.ts'
import { quote } from '../name.ts'
import { emptyScope, refuse, type Scope, type Statement } from '../statement.ts'

const BY_TIME = 'OVER (PARTITION BY … ORDER BY'

/** The frame over rows in an order of these types. Without one it is all rows up to the current one, with its peers. */
export function bindFrame(
  { frame, orderBy, range }: OverSyntax,
  order: readonly Type[],
  statement: Statement,
): RowFrame {
  if (frame === undefined) return { unit: 'range', from: -Infinity, to: orderBy.length === 0 ? Infinity : 0 }
  if (orderBy.length === 0) {
    refuse(
      statement,
      range,
      `${frame.unit} counts rows in an order, and OVER has no ORDER BY`,
      `write ${BY_TIME} ts ${frame.unit} …)`,
    )
  }
  const unit = frame.unit === 'ROWS' ? 'rows' : 'range'
  const isValue = ({ offset }: BoundSyntax) => unit === 'range' && offset !== undefined
  const [type, another] = order
  if ([frame.from, frame.to].some(isValue) && (another !== undefined || type === undefined || !hasDistance(type))) {
    const message = 'RANGE with a distance wants ORDER BY one time or number'
    refuse(statement, frame.range, message, 'ROWS counts rows in any order: ROWS BETWEEN 10 PRECEDING AND CURRENT ROW')
  }
  const [from, to] = [frame.from, frame.to].map((bound) => bindBound(bound, unit, type, statement)) as [number, number]
  if (from === Infinity || to === -Infinity || from > to) {
    refuse(
      statement,
      frame.range,
      'the frame ends before it begins',
      `${frame.unit} BETWEEN … PRECEDING AND CURRENT ROW`,
    )
  }
  return { unit, from, to }
}

const hasDistance = (type: Type): boolean => isTimestamp(type) || (isNumeric(type) && type.kind !== 'DECIMAL')

/** The distance from the current row: below 0 before it, in rows, ms, or the unit of the number. */
function bindBound(
  { side, offset, range }: BoundSyntax,
  unit: RowFrame['unit'],
  type: Type | undefined,
  statement: Statement,
): number {
  if (side === 'CURRENT') return 0
  const sign = side === 'PRECEDING' ? -1 : 1
  if (offset === undefined) return sign * Infinity
  const bound = bindExpression(offset, emptyScope(statement, 'a frame'))
  const isTime = unit === 'range' && type !== undefined && isTimestamp(type)
  const isWhole = isInteger(bound.type)
  const isRight = isTime ? bound.type.kind === 'INTERVAL_DAY' : isWhole
  if (bound.kind !== 'literal' || bound.value === null || !isRight) {
    const wanted = isTime ? "an interval, INTERVAL '1' HOUR" : 'a whole number, 10'
    const found = bound.kind === 'literal' ? `, not ${typeName(bound.type)}` : ''
    refuse(statement, range, `the distance of ${unit === 'rows' ? 'ROWS' : 'RANGE'} must be ${wanted}${found}`)
  }
  const distance = Number(bound.value)
  if (distance < 0)
    refuse(statement, range, 'the distance of a frame cannot be below 0', 'PRECEDING and FOLLOWING say the direction')
  return sign * distance + 0
}

/** What to write in place of a window that a stream cannot have. */
function timeHint({ relations }: Scope): string {
  const time = relations.flatMap(({ fields }) => fields).find(({ rowtime }) => rowtime === true)
  if (time === undefined) return 'give the topic a watermark'
  return `write ${BY_TIME} ${quote(time.name)} RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW)`
}

/** Refuses a window whose order is another one than that of the event time. */
export function refuseOtherOrder({ orderBy, range }: OverSyntax, rows: Scope): never {
  const message = 'in a stream, the order of OVER must be defined on a time attribute: the event time'
  return refuse(rows.statement, orderBy[0]?.range ?? range, message, timeHint(rows))
}

/** Refuses a window that Flink refuses over a stream, in its words: its rows would be known at no time. */
export function refuseInStreaming(over: OverSyntax, call: SyntaxOf<'call'>, rows: Scope): void {
  const { statement } = rows
  const [item, another] = over.orderBy
  if (item === undefined || another !== undefined) {
    refuse(
      statement,
      another?.range ?? call.range,
      'in a stream, OVER can only be ordered by a single time column',
      timeHint(rows),
    )
  }
  if (item.descending) {
    refuse(
      statement,
      item.range,
      'in a stream, OVER can only be ordered in ascending mode: later rows are not known yet',
      timeHint(rows),
    )
  }
  const { frame } = over
  if (frame !== undefined && (frame.to.side === 'FOLLOWING' || frame.from.side === 'FOLLOWING')) {
    refuse(
      statement,
      frame.range,
      'in a stream, a frame cannot reach to FOLLOWING rows',
      `${frame.unit} BETWEEN … PRECEDING AND CURRENT ROW`,
    )
  }
  if (frame?.from.side === 'PRECEDING' && frame.to.side !== 'CURRENT') {
    refuse(
      statement,
      frame.to.range,
      'in a stream, a frame ends at CURRENT ROW',
      `${frame.unit} BETWEEN … PRECEDING AND CURRENT ROW`,
    )
  }
}
