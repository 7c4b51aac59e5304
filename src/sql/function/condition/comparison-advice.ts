/** What to write for a comparison of two types that cannot be compared, so that it means what was probably meant. */
import { isInteger, isNumeric, isTimestamp, type Type, typeName } from '../../../record/type.ts'
import type { Expression, ExpressionOf } from '../../expression/expression.ts'
import { printExpression } from '../../expression/print.ts'

/** The hint for `left = right`. */
export function adviceFor(left: Expression, right: Expression): string {
  const constant = insteadOf(right, left.type) ?? insteadOf(left, right.type)
  if (constant !== undefined) return `write ${constant}`
  for (const [from, to] of [
    [left, right],
    [right, left],
  ] as const) {
    if (from.kind === 'literal') continue
    const advice = conversion(from.type, to.type)
    if (advice !== undefined) return advice
  }
  return `the two have nothing in common: ${typeName(left.type)} and ${typeName(right.type)}`
}

/** "'5' instead of 5": the constant as one of the type; undefined for what is no constant, or has none of that type. */
export function insteadOf(constant: Expression, type: Type): string | undefined {
  if (constant.kind !== 'literal' || constant.value === null) return undefined
  const text = constantOf(constant, type)
  return text && `${text} instead of ${printExpression(constant, [])}`
}

/** A number from here on is milliseconds since 1970: as seconds it would be after the year 5000. */
const MILLISECONDS = 1e11

function constantOf({ value, type: own }: ExpressionOf<'literal'>, type: Type): string | undefined {
  const text = isInteger(own) ? String(value) : printExpression({ kind: 'literal', value, type: own }, [])
  if (type.kind === 'STRING') return isNumeric(own) || own.kind === 'BOOLEAN' ? `'${text}'` : undefined
  if (type.kind === 'BOOLEAN') {
    const word = String(value).trim().toUpperCase()
    if (/^(?:TRUE|T|YES|Y|ON|1)$/.test(word)) return 'TRUE'
    return /^(?:FALSE|F|NO|N|OFF|0)$/.test(word) ? 'FALSE' : 'TRUE or FALSE'
  }
  if (isNumeric(type)) {
    if (own.kind === 'BOOLEAN') return value === true ? '1' : '0'
    if (own.kind !== 'STRING') return undefined
    const number = String(value).trim()
    return /^[+-]?\d{1,18}(?:\.\d+)?$/.test(number) ? number.replace(/^\+/, '') : 'a number'
  }
  if (own.kind === 'DATE' && type.kind !== 'TIME') return text.replace(/^DATE '(.*)'$/, "TIMESTAMP '$1 00:00:00'")
  if (!isNumeric(own)) return undefined
  if (isTimestamp(type)) {
    const unit = Math.abs(Number(text)) >= MILLISECONDS ? 3 : 0
    return isInteger(own) ? `TO_TIMESTAMP_LTZ(${text}, ${unit})` : undefined
  }
  return type.kind === 'DATE' ? "DATE '2026-03-01'" : undefined
}

/** How a value of the type is brought to the other; undefined where only the other way makes sense. */
function conversion(from: Type, to: Type): string | undefined {
  const cast = `write CAST(… AS ${typeName(to)}) of the ${typeName(from)}`
  if (isNumeric(from) && to.kind === 'STRING') return cast
  if (from.kind === 'STRING' && to.kind === 'BOOLEAN') return cast.replace('CAST', 'TRY_CAST')
  if (from.kind === 'BOOLEAN' && isNumeric(to)) return 'write CAST(… AS INT) of the BOOLEAN'
  if (isNumeric(from) && isTimestamp(to)) {
    return 'write TO_TIMESTAMP_LTZ(…, 3) of milliseconds since 1970, or TO_TIMESTAMP_LTZ(…, 0) of seconds'
  }
  return from.kind === 'DATE' && isTimestamp(to) ? cast : undefined
}
