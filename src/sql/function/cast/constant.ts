/**
 * Constants that are cast where a statement is bound: `ts > '2026-03-01 10:00:00'`. One that cannot be read is refused
 * there, before anything is read. A time may also be written as results show it.
 */

import { zoneRules } from '../../../base/timezone.ts'
import type { Value } from '../../../record/column.ts'
import { cutNanos, nanosOf, nanosOfFraction } from '../../../record/nanos.ts'
import { isAnyTimestamp, isZoned, secondDigits, type Type, typeName } from '../../../record/type.ts'
import type { Expression, ExpressionOf } from '../../expression/expression.ts'
import { type Session, TypeProblem } from '../function.ts'
import { parsePrintedInstant, parsePrintedTimestamp } from './parse-time.ts'

/** The time that the text of a constant says in the form in which results show it, which Flink does not read. */
export function printedTime(text: Value, type: Type, session: Session): Expression | undefined {
  if (typeof text !== 'string' || !isAnyTimestamp(type)) return undefined
  const time = !isZoned(type) ? parsePrintedTimestamp(text) : parsePrintedInstant(text, zoneRules(session.timezone))
  if (typeof time !== 'number') return undefined
  const unit = 10 ** (3 - Math.min(3, secondDigits(type)))
  if (type.kind !== 'FINE_TIMESTAMP') return { kind: 'literal', value: Math.floor(time / unit) * unit, type }
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? ''
  return { kind: 'literal', value: cutNanos(nanosOf(time, nanosOfFraction(fraction)), type.digits), type }
}

/** How a constant of the type is written. */
const FORMS: Partial<Record<Type['kind'], string>> = {
  TINYINT: 'write a whole number',
  SMALLINT: 'write a whole number',
  INT: 'write a whole number',
  BIGINT: 'write a whole number',
  FLOAT: 'write a number',
  DOUBLE: 'write a number',
  DECIMAL: 'write a number',
  BOOLEAN: 'write TRUE or FALSE',
  DATE: "write it as '2026-03-01'",
  TIME: "write it as '10:00:00'",
  TIMESTAMP: "write it as '2026-03-01 10:00:00'",
  FINE_TIMESTAMP: "write it as '2026-03-01 10:00:00.000000'",
  TIMESTAMP_LTZ: "write it as '2026-03-01 10:00:00', or with a zone as '2026-03-01T10:00:00Z'",
}

/** The refusal of a constant that cannot be cast to the type, with what to write; `reason` is that of a row. */
export function unreadable(constant: ExpressionOf<'literal'>, type: Type, reason: string): TypeProblem {
  const { value } = constant
  if (typeof value !== 'string') return new TypeProblem(reason, undefined, constant)
  if (isAnyTimestamp(type) && !isZoned(type) && typeof parsePrintedTimestamp(value) === 'object') {
    const message = `'${value}' is an instant, and a ${typeName(type)} has no zone`
    return new TypeProblem(message, `write '${value.trim().replace(/(?:Z|[+-]\d{2}:?\d{2})$/, '')}'`, constant)
  }
  const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value
  return new TypeProblem(`'${shown}' cannot be read as ${typeName(type)}`, FORMS[type.kind], constant)
}
