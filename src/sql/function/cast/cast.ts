/**
 * CAST and TRY_CAST, and the casts that functions put around their arguments. Flink decides which type casts to which
 * and with what result: a text that does not read as the type fails its row (NULL for TRY_CAST), a number with too many
 * digits for a DECIMAL is NULL, integers wrap round, a DOUBLE is cut toward zero and kept within the integer's range.
 */
import type { Column } from '../../../record/column.ts'
import { withNulls } from '../../../record/nulls.ts'
import {
  isByteRange,
  isNested,
  isNumeric,
  isTimestamp,
  sameType,
  secondDigits,
  type Type,
  typeName,
} from '../../../record/type.ts'
import type { BoundCall, Compute, Expression } from '../../expression/expression.ts'
import { ConstantFailure, foldCall } from '../../expression/fold.ts'
import { type Session, TypeProblem } from '../function.ts'
import { printedTime, unreadable } from './constant.ts'
import { openFineCast } from './fine-time.ts'
import { openNestedCast } from './nested.ts'
import { openNumberCast } from './number.ts'
import { openTextCast } from './text.ts'
import { openCut, openTimeCast } from './time.ts'

/** `try`: NULL instead of a failed row. */
export type CastOptions = { readonly try: boolean; readonly session: Session }

/**
 * The expression as a value of the type: itself, a literal computed now, or a call of CAST. Throws a TypeProblem where
 * there is no such cast.
 */
export function castTo(expression: Expression, type: Type, options: CastOptions): Expression {
  const isCut =
    isTimestamp(type) && sameType(expression.type, type) && secondDigits(type) < secondDigits(expression.type)
  if (!isCut && sameType(expression.type, type)) return retyped(expression, type)
  if (expression.type.kind === 'NULL') return { kind: 'literal', value: null, type }
  const open = isCut ? openCut(type) : openCast(expression.type, type, options.session)
  if (typeof open === 'string') {
    throw new TypeProblem(`${typeName(expression.type)} does not cast to ${typeName(type)}`, open)
  }
  const call: BoundCall = { type, arguments: [expression], open: options.try ? () => tried(open()) : open }
  try {
    return foldCall({ kind: 'call', name: options.try ? 'TRY_CAST' : 'CAST', call, type })
  } catch (error) {
    if (!(error instanceof ConstantFailure) || expression.kind !== 'literal') throw error
    const printed = printedTime(expression.value, type, options.session)
    if (printed !== undefined) return printed
    throw unreadable(expression, type, error.message)
  }
}

/** The expression as a timestamp of as many digits as the type has; any other unchanged. */
function retyped(expression: Expression, type: Type): Expression {
  const { type: from } = expression
  if (!isTimestamp(from) || secondDigits(from) === secondDigits(type)) return expression
  return { ...expression, type }
}

/** Casts each expression to the type at its place; the last type also stands for all expressions after it. */
export const castAll = (expressions: readonly Expression[], types: readonly Type[], session: Session): Expression[] =>
  expressions.map((expression, index) =>
    castTo(expression, types[Math.min(index, types.length - 1)] as Type, { try: false, session }),
  )

/** What opens the loop, or a hint what to write instead. */
function openCast(from: Type, to: Type, session: Session): (() => Compute) | string {
  if (isNested(from)) return openNestedCast(from, to, session, openCast) ?? 'There is no such cast.'
  if (from.kind === 'BYTES' || to.kind === 'BYTES') {
    return isByteRange(from) && isByteRange(to) ? sameBytes : 'Only texts cast to BYTES, and BYTES to texts.'
  }
  const number = isNumeric(from) || from.kind === 'BOOLEAN'
  if (from.kind === 'FINE_TIMESTAMP' || (to.kind === 'FINE_TIMESTAMP' && from.kind !== 'STRING' && !number)) {
    return openFineCast(from, to, session) ?? 'There is no such cast.'
  }
  if (number && (isNumeric(to) || to.kind === 'BOOLEAN')) return () => openNumberCast(from, to)
  if (from.kind === 'STRING') {
    const json = 'Of JSON, JSON_QUERY(… RETURNING ARRAY<STRING>) gives an array.'
    return openTextCast(to, session) ?? (to.kind === 'ARRAY' ? json : 'There is no such cast.')
  }
  if (number && to.kind !== 'STRING')
    return 'For a number of seconds or milliseconds use TO_TIMESTAMP_LTZ(number, 0 or 3).'
  if (number || to.kind !== 'BOOLEAN') {
    const open = openTimeCast(from, to, session)
    if (open !== undefined) return open
  }
  return isNumeric(to) ? 'For seconds since 1970 use EXTRACT(EPOCH FROM …).' : 'There is no such cast.'
}

/** A text has the bytes of its UTF-8 in memory. */
const sameBytes = (): Compute => (columns) => columns[0] as Column

/** The loop with NULL where it fails. */
function tried(loop: Compute): Compute {
  return (columns, count) => {
    const result = loop(columns, count)
    if (result.failures === undefined) return result
    const nulls = new Uint8Array(count)
    if (result.nulls !== undefined) nulls.set(result.nulls.subarray(0, count))
    for (const row of result.failures.keys()) nulls[row] = 1
    return withNulls(result, nulls, undefined)
  }
}
