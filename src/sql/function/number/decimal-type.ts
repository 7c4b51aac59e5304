/** The types that arithmetic gives, by the rules of Flink and Calcite. */
import { decimal } from '../../../record/type.ts'
import type { DecimalType } from '../common-type.ts'

const MAX_PRECISION = 38
/** Digits after the point that are kept, if there are so many, when a result has more than 38 digits. */
const KEPT_SCALE = 6

/** Cut to 38 digits: the digits before the point stay, those after it are given up down to 6. */
function fitted(precision: number, scale: number): DecimalType {
  if (precision <= MAX_PRECISION) return decimal(precision, scale) as DecimalType
  const whole = precision - scale
  return decimal(MAX_PRECISION, Math.max(MAX_PRECISION - whole, Math.min(scale, KEPT_SCALE))) as DecimalType
}

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
