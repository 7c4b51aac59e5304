/** Reads what stands for itself: numbers, strings, TRUE, NULL, DATE '…', INTERVAL '…' DAY. The binder gives them types. */
import type { ExpressionSyntax, IntervalUnit, Span } from './ast.ts'
import type { Cursor } from './cursor.ts'

const units: ReadonlyMap<string, IntervalUnit> = new Map<string, IntervalUnit>(
  (['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'] as const).flatMap((unit) => [
    [unit, unit],
    [`${unit}S`, unit],
  ]),
)

/** Which units may follow TO, by the unit before it. */
const finerUnits: Partial<Record<IntervalUnit, readonly IntervalUnit[]>> = {
  YEAR: ['MONTH'],
  DAY: ['HOUR', 'MINUTE', 'SECOND'],
  HOUR: ['MINUTE', 'SECOND'],
  MINUTE: ['SECOND'],
}

/** The literal that begins here, if one does. */
export function literalAt(cursor: Cursor): ExpressionSyntax | undefined {
  const { kind, key, text, span } = cursor.peek()
  if (kind === 'number') {
    cursor.take()
    return { kind: 'number', text, span }
  }
  if (kind === 'string') return stringAt(cursor)
  switch (key) {
    case 'NULL':
      cursor.take()
      return { kind: 'null', span }
    case 'TRUE':
    case 'FALSE':
      cursor.take()
      return { kind: 'boolean', value: key === 'TRUE', span }
    case 'UNKNOWN': // The NULL of type BOOLEAN.
      cursor.take()
      return {
        kind: 'cast',
        operand: { kind: 'null', span },
        type: { name: 'BOOLEAN', parameters: [], span },
        try: false,
        span,
      }
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      return datetimeAt(cursor, key)
    case 'INTERVAL':
      return intervalAt(cursor)
    default:
      return undefined
  }
}

/** 'a', and 'a' 'b' where a line ends between them: that is one string. */
function stringAt(cursor: Cursor): ExpressionSyntax {
  const first = cursor.take()
  let value = first.text
  let end = first.span.end
  while (cursor.peek().kind === 'string') {
    const next = cursor.peek()
    if (!/[\r\n]/.test(cursor.sql.slice(end, next.span.start))) {
      throw cursor.problem(
        next.span,
        'a second string on the same line',
        'join strings with ||, or put a comma between them',
      )
    }
    cursor.take()
    value += next.text
    end = next.span.end
  }
  return { kind: 'string', value, span: { start: first.span.start, end } }
}

function datetimeAt(cursor: Cursor, type: 'DATE' | 'TIME' | 'TIMESTAMP'): ExpressionSyntax | undefined {
  if (cursor.peek(1).kind === 'string') {
    const { start } = cursor.take().span
    const { text } = cursor.take()
    return { kind: 'datetime', type, text, span: cursor.since(start) }
  }
  if (type === 'TIMESTAMP' && cursor.peek(1).key === 'WITH') {
    throw cursor.unsupported(
      cursor.peek().span,
      'a TIMESTAMP literal with a zone is',
      "write CAST('…' AS TIMESTAMP_LTZ(3))",
    )
  }
  return undefined
}

function intervalAt(cursor: Cursor): ExpressionSyntax | undefined {
  const { start } = cursor.peek().span
  const after = cursor.peek(1)
  const signed = after.key === '-' || after.key === '+'
  const value = cursor.peek(signed ? 2 : 1)
  if (value.kind !== 'string' && value.kind !== 'number') {
    if (value.key !== '(' && value.kind !== 'word' && value.kind !== 'quoted') return undefined
    if (value.kind === 'word' && !units.has(cursor.peek(signed ? 3 : 2).key)) return undefined
    const unit = value.kind === 'word' ? cursor.peek(signed ? 3 : 2).key : 'DAY'
    throw cursor.unsupported(value.span, 'an INTERVAL of something computed is', `write value * INTERVAL '1' ${unit}`)
  }
  cursor.take()
  if (signed) cursor.take()
  cursor.take()
  const from = unitAt(cursor, value.span)
  const precision = precisionAt(cursor)
  const to = cursor.accept('TO') ? unitAt(cursor, value.span) : undefined
  if (to !== undefined && finerUnits[from]?.includes(to) !== true) {
    throw cursor.problem(cursor.since(start), `there is no interval of ${from} TO ${to}`)
  }
  if (cursor.sees('('))
    throw cursor.unsupported(cursor.peek().span, 'a precision of fractions of a second is', 'leave it out')
  const span = cursor.since(start)
  return { kind: 'interval', text: value.text, negative: after.key === '-', from, to, precision, span }
}

function unitAt(cursor: Cursor, value: Span): IntervalUnit {
  const token = cursor.peek()
  const unit = units.get(token.key)
  if (unit !== undefined) {
    cursor.take()
    return unit
  }
  if (token.key === 'MILLISECOND' || token.key === 'MILLISECONDS') {
    const written = Number(cursor.sql.slice(value.start, value.end).replaceAll("'", ''))
    const seconds = Number.isFinite(written) ? String(written / 1000) : '0.001'
    throw cursor.problem(
      token.span,
      'MILLISECOND is no unit of an interval in Flink SQL',
      `write INTERVAL '${seconds}' SECOND`,
    )
  }
  throw cursor.unexpected('a unit: YEAR, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND')
}

/** (4) after a unit: how many digits it may have. */
function precisionAt(cursor: Cursor): number | undefined {
  if (!cursor.accept('(')) return undefined
  const digits = cursor.peek()
  if (digits.kind !== 'number' || !/^[0-9]{1,2}$/.test(digits.text)) throw cursor.unexpected('a number of digits')
  cursor.take()
  if (cursor.sees(','))
    throw cursor.unsupported(cursor.peek().span, 'a precision of fractions of a second is', 'leave it out')
  cursor.expect(')')
  return Number(digits.text)
}
