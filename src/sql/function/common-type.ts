/**
 * The type that values of two types share: branches of CASE, rows of VALUES, sides of UNION, operands of `+`; and the
 * DECIMAL types that arithmetic gives, by the rules of Flink and Calcite.
 */
import type { RowField, Type } from '../../record/type.ts'
import {
  arrayOf,
  DOUBLE,
  decimal,
  integerBits,
  isAnyTimestamp,
  isApproximate,
  isMultiset,
  isNumeric,
  isZoned,
  mapOf,
  NULL,
  rowOf,
  sameType,
  secondDigits,
  timestamp,
} from '../../record/type.ts'

export type DecimalType = Type & { kind: 'DECIMAL' }

/** An exact number as a DECIMAL wide enough for all of its values; undefined for other types. */
export function asDecimal(type: Type): DecimalType | undefined {
  switch (type.kind) {
    case 'TINYINT':
      return decimal(3, 0) as DecimalType
    case 'SMALLINT':
      return decimal(5, 0) as DecimalType
    case 'INT':
      return decimal(10, 0) as DecimalType
    case 'BIGINT':
      return decimal(19, 0) as DecimalType
    case 'DECIMAL':
      return type
    default:
      return undefined
  }
}

/** The type that both types go into; undefined where there is none. NULL goes into every type. */
export function commonType(a: Type, b: Type): Type | undefined {
  if (isAnyTimestamp(a) && isAnyTimestamp(b) && isZoned(a) === isZoned(b))
    return timestamp(Math.max(secondDigits(a), secondDigits(b)), isZoned(a))
  if (sameType(a, b) || b.kind === 'NULL') return a
  if (a.kind === 'NULL') return b
  return isNumeric(a) && isNumeric(b) ? commonNumber(a, b) : commonNested(a, b)
}

/** Of two types that contain others. A ROW keeps the names of the first. */
function commonNested(a: Type, b: Type): Type | undefined {
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') {
    const element = commonType(a.element, b.element)
    return element && arrayOf(element)
  }
  if (isMultiset(a) || isMultiset(b)) return sameType(a, b) ? a : undefined
  if (a.kind === 'MAP' && b.kind === 'MAP') {
    const [key, value] = [commonType(a.key, b.key), commonType(a.value, b.value)]
    return key && value && mapOf(key, value)
  }
  if (a.kind !== 'ROW' || b.kind !== 'ROW' || a.fields.length !== b.fields.length) return undefined
  const fields: RowField[] = []
  for (const [index, { name, type }] of a.fields.entries()) {
    const common = commonType(type, b.fields[index]?.type ?? NULL)
    if (common === undefined) return undefined
    fields.push({ name, type: common })
  }
  return rowOf(fields)
}

/**
 * The narrowest type that holds the numbers of both; a DECIMAL of more than 38 digits loses those before the point. As in
 * Calcite, of FLOAT and DOUBLE it is the first.
 */
export function commonNumber(a: Type, b: Type): Type {
  if (isApproximate(a) || isApproximate(b)) {
    if (a.kind === 'DECIMAL' || b.kind === 'DECIMAL') return DOUBLE
    return isApproximate(a) ? a : b
  }
  if (a.kind !== 'DECIMAL' && b.kind !== 'DECIMAL') return integerBits(a) >= integerBits(b) ? a : b
  const x = asDecimal(a)
  const y = asDecimal(b)
  if (x === undefined || y === undefined) return DOUBLE
  const scale = Math.max(x.scale, y.scale)
  return decimal(Math.min(38, Math.max(x.precision - x.scale, y.precision - y.scale) + scale), scale)
}

/**
 * Whether there are FLOATs beside DOUBLEs or DECIMALs. Of functions that give one of their arguments, such as COALESCE, Calcite
 * and Flink have different rules for these.
 */
export function haveMixedFloats(types: readonly Type[]): boolean {
  const kinds = new Set(types.map(({ kind }) => kind))
  return kinds.has('FLOAT') && (kinds.has('DOUBLE') || kinds.has('DECIMAL'))
}

/** The same of any number of types; undefined for none. */
export function commonTypeOf(types: readonly Type[]): Type | undefined {
  const [first, ...rest] = types
  return rest.reduce<Type | undefined>((common, type) => common && commonType(common, type), first)
}

const MAX_PRECISION = 38
/** When a result has more than 38 digits, at most this many digits after the point are protected from being cut. */
const KEPT_SCALE = 6

/** The type cut to 38 digits: digits after the point go first, down to 6 of them. */
function fitted(precision: number, scale: number): DecimalType {
  if (precision <= MAX_PRECISION) return decimal(precision, scale) as DecimalType
  const whole = precision - scale
  return decimal(MAX_PRECISION, Math.max(MAX_PRECISION - whole, Math.min(scale, KEPT_SCALE))) as DecimalType
}

/** The type of `a sign b`. */
export function decimalResult(sign: '+' | '-' | '*' | '/' | '%', a: DecimalType, b: DecimalType): DecimalType {
  const scale = Math.max(a.scale, b.scale)
  switch (sign) {
    case '+':
    case '-':
      return fitted(Math.max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale)
    case '*':
      return fitted(a.precision + b.precision + 1, a.scale + b.scale)
    case '/': {
      const quotientScale = Math.max(KEPT_SCALE, a.scale + b.precision + 1)
      return fitted(a.precision - a.scale + b.scale + quotientScale, quotientScale)
    }
    case '%':
      return fitted(Math.min(a.precision - a.scale, b.precision - b.scale) + scale, scale)
  }
}
