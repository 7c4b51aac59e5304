/** The DECIMAL types that arithmetic gives, by the rules of Flink and Calcite. */
import { decimal } from '../../../record/type.ts'
import type { DecimalType } from '../common-type.ts'

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
