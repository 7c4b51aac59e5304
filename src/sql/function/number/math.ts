/** Functions of DOUBLEs, and constants. Integers and DECIMALs are cast to DOUBLE. */
import type { DoubleColumn } from '../../../record/column.ts'
import { DOUBLE } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { define } from '../define.ts'
import type { ScalarFunction } from '../function.ts'
import { doubleOutput } from '../output.ts'

function doubles(compute: (a: number, b: number) => number): Compute {
  const output = doubleOutput()
  return ([a, b], count) => {
    const out = output(count)
    const first = (a as DoubleColumn | undefined)?.values
    const second = ((b ?? a) as DoubleColumn | undefined)?.values
    for (let row = 0; row < count; row++) {
      out.values[row] = compute(first?.[row] ?? Number.NaN, second?.[row] ?? Number.NaN)
    }
    return out
  }
}

const unary = (name: string, summary: string, compute: (x: number) => number): ScalarFunction =>
  define({ summary, usage: `${name}(number)`, takes: ['double'], gives: DOUBLE, open: () => doubles(compute) })

const constant = (name: string, summary: string, value: number): ScalarFunction =>
  define({ summary, usage: `${name}()`, takes: [], gives: DOUBLE, open: () => doubles(() => value) })

const binary = (usage: string, summary: string, compute: (a: number, b: number) => number): ScalarFunction =>
  define({ summary, usage, takes: ['double', 'double'], gives: DOUBLE, open: () => doubles(compute) })

/** Flink computes pow(x, 0.5), which is Infinity for -Infinity and 0 for -0. */
const squareRoot = (x: number): number => (x === -Infinity ? Infinity : Math.sqrt(x) + 0)

const DEGREE = 0.017453292519943295
const RADIAN = 57.29577951308232

export const mathFunctions: readonly ScalarFunction[] = [
  unary('SQRT', 'The square root; NaN below 0.', squareRoot),
  unary('EXP', 'e to the power of a number.', Math.exp),
  unary('LN', 'The natural logarithm.', Math.log),
  unary('LOG10', 'The logarithm to base 10.', Math.log10),
  unary('LOG2', 'The logarithm to base 2.', (x) => Math.log(x) / Math.log(2)),
  unary('SIN', 'The sine.', Math.sin),
  unary('COS', 'The cosine.', Math.cos),
  unary('TAN', 'The tangent.', Math.tan),
  unary('COT', 'The cotangent.', (x) => 1 / Math.tan(x)),
  unary('ASIN', 'The arc sine.', Math.asin),
  unary('ACOS', 'The arc cosine.', Math.acos),
  unary('ATAN', 'The arc tangent.', Math.atan),
  unary('SINH', 'The hyperbolic sine.', Math.sinh),
  unary('COSH', 'The hyperbolic cosine.', Math.cosh),
  unary('TANH', 'The hyperbolic tangent.', Math.tanh),
  unary('DEGREES', 'Radians as degrees.', (x) => x * RADIAN),
  unary('RADIANS', 'Degrees as radians.', (x) => x * DEGREE),
  binary('POWER(base, exponent)', 'A number to the power of another.', (a, b) => a ** b),
  binary('ATAN2(y, x)', 'The angle of a point.', Math.atan2),
  constant('PI', 'The ratio of a circle to its diameter.', Math.PI),
  constant('E', "Euler's number.", Math.E),
  define({
    summary: 'The natural logarithm, or that to a base.',
    usage: 'LOG([base, ]number)',
    takes: ['double', 'double?'],
    gives: DOUBLE,
    open: (operands) => doubles(operands.length === 1 ? Math.log : (base, x) => Math.log(x) / Math.log(base)),
  }),
]
