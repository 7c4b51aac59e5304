/**
 * =, <>, <, <=, >, >= and IS [NOT] DISTINCT FROM. Both sides are cast to one type, as in Flink: numbers to the wider
 * one, a TIMESTAMP beside a TIMESTAMP_LTZ to an instant, a text to the type beside it if that is a time or (except for
 * = and <>) a number, with room for a BIGINT. A BOOLEAN beside a text is refused, as Flink's answer is never TRUE
 * there.
 */

import type { BooleanColumn, Column } from '../../../record/column.ts'
import { msOfNanos, nanosAfterMs } from '../../../record/nanos.ts'
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  isAnyTimestamp,
  isApproximate,
  isNested,
  isNumeric,
  isTimestamp,
  isZoned,
  secondDigits,
  type Type,
  timestamp,
  typeName,
} from '../../../record/type.ts'
import type { BoundCall, Compute, Expression } from '../../expression/expression.ts'
import { castAll } from '../cast/cast.ts'
import { nestedEquality } from '../collection/equal.ts'
import { asDecimal, commonNumber, commonType } from '../common-type.ts'
import { type Call, type ScalarFunction, type Session, TypeProblem } from '../function.ts'
import { booleanOutput } from '../output.ts'
import { literalText, toBytes } from '../text/bytes.ts'
import { adviceFor } from './comparison-advice.ts'
import {
  bytesComparison,
  decimalComparison,
  equalsLiteral,
  negated,
  numberComparison,
  stringComparison,
  swapped,
} from './comparison-loops.ts'

type Operator = '=' | '<>' | '<' | '<=' | '>' | '>='

const comparison = (name: Operator, summary: string): ScalarFunction => ({
  name,
  summary,
  usage: `a ${name} b`,
  bind: ({ arguments: [left, right], session }) =>
    bindComparison(name, left as Expression, right as Expression, session),
})

function bindComparison(name: Operator, left: Expression, right: Expression, session: Session): BoundCall {
  const sides = comparable(left, right, { ordered: name !== '=' && name !== '<>', session })
  return { type: BOOLEAN, arguments: sides, open: () => openComparison(name, sides) }
}

function openComparison(name: Operator, sides: readonly [Expression, Expression]): Compute {
  switch (name) {
    case '=':
    case '<>':
      return equality(sides, name === '=')
    case '<':
    case '<=':
      return comparisonOf(name, sides[0].type, sides[1].type)
    case '>':
      return swapped(comparisonOf('<', sides[1].type, sides[0].type))
    case '>=':
      return swapped(comparisonOf('<=', sides[1].type, sides[0].type))
  }
}

function equality([left, right]: readonly [Expression, Expression], wanted: boolean): Compute {
  const rightText = literalText(right)
  if (rightText !== undefined) return equalsLiteral(toBytes(rightText), wanted ? 1 : 0)
  const leftText = literalText(left)
  if (leftText !== undefined) return swapped(equalsLiteral(toBytes(leftText), wanted ? 1 : 0))
  const compare = comparisonOf('=', left.type, right.type)
  return wanted ? compare : negated(compare)
}

function comparisonOf(test: '=' | '<' | '<=', left: Type, right: Type): Compute {
  if (left.kind === 'DECIMAL' && right.kind === 'DECIMAL') return decimalComparison(test, left.scale, right.scale)
  if (isNested(left)) return nestedEquality()
  if (left.kind === 'FINE_TIMESTAMP') return decimalComparison(test, 0, 0)
  if (left.kind === 'BYTES') return bytesComparison(test)
  return left.kind === 'STRING' ? stringComparison(test) : numberComparison(test)
}

type ComparableOptions = { readonly ordered: boolean; readonly session: Session }

/** Both sides in one type (DECIMALs keep their scales). Throws a TypeProblem where they cannot be compared. */
export function comparable(
  left: Expression,
  right: Expression,
  { ordered, session }: ComparableOptions,
): readonly [Expression, Expression] {
  const [a, b] = [inMilliseconds(left, right.type), inMilliseconds(right, left.type)]
  const target = targetTypes(a.type, b.type, ordered)
  if (target === undefined) {
    const message = `${typeName(left.type)} and ${typeName(right.type)} cannot be compared`
    throw new TypeProblem(message, adviceFor(left, right))
  }
  return castAll([a, b], target, session) as [Expression, Expression]
}

/** A constant of whole milliseconds beside a time that has no more: then its column stays as it is. */
function inMilliseconds(side: Expression, other: Type): Expression {
  if (side.kind !== 'literal' || side.type.kind !== 'FINE_TIMESTAMP' || !isTimestamp(other)) return side
  if (typeof side.value !== 'bigint' || nanosAfterMs(side.value) !== 0) return side
  return { kind: 'literal', value: msOfNanos(side.value), type: timestamp(3, side.type.zoned) }
}

/** Whether values of the types can be equal. */
export const canCompare = (a: Type, b: Type): boolean => targetTypes(a, b, false) !== undefined

function targetTypes(a: Type, b: Type, ordered: boolean): readonly [Type, Type] | undefined {
  if (a.kind === 'NULL' || b.kind === 'NULL') {
    const type = a.kind !== 'NULL' ? a : b.kind !== 'NULL' ? b : BOOLEAN
    return [type, type]
  }
  if (a.kind !== 'DOUBLE' && b.kind !== 'DOUBLE' && (a.kind === 'DECIMAL' || b.kind === 'DECIMAL')) {
    const x = asDecimal(a)
    const y = asDecimal(b)
    if (x !== undefined && y !== undefined) return [x, y]
  }
  const type = sharedType(a, b, ordered) ?? sharedType(b, a, ordered)
  return type && [type, type]
}

const isTime = (type: Type): boolean => type.kind === 'DATE' || type.kind === 'TIME' || isAnyTimestamp(type)

function sharedType(a: Type, b: Type, ordered: boolean): Type | undefined {
  if (isNested(a)) return ordered ? undefined : commonType(a, b)
  if (isAnyTimestamp(a) && isAnyTimestamp(b))
    return timestamp(Math.max(secondDigits(a), secondDigits(b)), isZoned(a) || isZoned(b))
  if (a.kind === b.kind) return a
  if (isApproximate(a) && isApproximate(b)) return DOUBLE
  if (isNumeric(a) && isNumeric(b)) return commonNumber(a, b)
  if (isTime(a) && b.kind === 'STRING') return a
  if (isNumeric(a) && b.kind === 'STRING') return ordered ? commonNumber(a, BIGINT) : undefined
  return undefined
}

const distinct = (name: string, whenDistinct: 0 | 1, summary: string): ScalarFunction => ({
  name,
  summary,
  usage: `a ${name} b`,
  bind({ arguments: [left, right], session }: Call) {
    const sides = comparable(left as Expression, right as Expression, { ordered: false, session })
    return { type: BOOLEAN, nulls: 'own', arguments: sides, open: () => openDistinct(sides, whenDistinct) }
  },
})

function openDistinct(sides: readonly [Expression, Expression], whenDistinct: 0 | 1): Compute {
  const compare = equality(sides, whenDistinct === 0)
  const output = booleanOutput()
  return (columns, count) => {
    const [a, b] = columns as [Column, Column]
    const compared = compare(columns, count) as BooleanColumn
    if (a.nulls === undefined && b.nulls === undefined) return compared
    const out = output(count)
    for (let row = 0; row < count; row++) {
      const nulls = (a.nulls?.[row] ?? 0) + (b.nulls?.[row] ?? 0)
      if (nulls === 0) out.values[row] = compared.values[row] as number
      else out.values[row] = nulls === 1 ? whenDistinct : 1 - whenDistinct
    }
    return out
  }
}

export const comparisonFunctions: readonly ScalarFunction[] = [
  comparison('=', 'Whether two values are equal.'),
  comparison('<>', 'Whether two values differ.'),
  comparison('<', 'Whether one value comes before another; strings by their bytes.'),
  comparison('<=', 'Whether one value does not come after another.'),
  comparison('>', 'Whether one value comes after another.'),
  comparison('>=', 'Whether one value does not come before another.'),
  distinct('IS DISTINCT FROM', 1, 'Whether two values differ, where NULL is a value equal to itself.'),
  distinct('IS NOT DISTINCT FROM', 0, 'Whether two values are equal, where NULL is a value equal to itself.'),
]
