/**
 * Constants that are cast where a statement is bound: `ts > '2026-03-01 10:00:00'`. One that cannot be read is refused
 * there, before anything is read. A time may also be written as results show it.
 */
import { zoneRules } from '../../../base/timezone.ts'
import type { Value } from '../../../record/column.ts'
import { isTimestamp, type Type, typeName } from '../../../record/type.ts'
import type { Expression, ExpressionOf } from '../../expression/expression.ts'
import { type Session, TypeProblem } from '../function.ts'
import { parsePrintedInstant, parsePrintedTimestamp } from './parse-time.ts'

/** The time that the text of a constant says in the form in which results show it, which Flink does not read. */
export function printedTime(text: Value, type: Type, session: Session): Expression | undefined {
  if (typeof text !== 'string' || !isTimestamp(type)) return undefined
  const time =
    type.kind === 'TIMESTAMP' ? parsePrintedTimestamp(text) : parsePrintedInstant(text, zoneRules(session.timezone))
  return typeof time === 'number' ? { kind: 'literal', value: time, type } : undefined
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
  TIMESTAMP_LTZ: "write it as '2026-03-01 10:00:00', or with a zone as '2026-03-01T10:00:00Z'",
}

/** The refusal of a constant that cannot be cast to the type, with what to write; `reason` is that of a row. */
export function unreadable(constant: ExpressionOf<'literal'>, type: Type, reason: string): TypeProblem {
  const { value } = constant
  if (typeof value !== 'string') return new TypeProblem(reason, undefined, constant)
  if (type.kind === 'TIMESTAMP' && typeof parsePrintedTimestamp(value) === 'object') {
    const message = `'${value}' is an instant, and a ${typeName(type)} has no zone`
    return new TypeProblem(message, `write '${value.trim().replace(/(?:Z|[+-]\d{2}:?\d{2})$/, '')}'`, constant)
  }
  const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value
  return new TypeProblem(`'${shown}' cannot be read as ${typeName(type)}`, FORMS[type.kind], constant)
}
