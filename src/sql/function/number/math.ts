/** Functions of DOUBLEs, and constants. Integers and DECIMALs are cast to DOUBLE. */
import { DOUBLE } from '../../../record/type.ts'
import { define } from '../define.ts'
import type { ScalarFunction } from '../function.ts'
import { constantColumn, eachNumber, eachPair } from '../loops.ts'
import { doubleOutput } from '../output.ts'

const unary = (name: string, summary: string, compute: (x: number) => number): ScalarFunction =>
  define({
    name,
    summary,
    usage: `${name}(number)`,
    takes: ['double'],
    gives: DOUBLE,
    open: () => eachNumber(doubleOutput(), compute),
  })

const constant = (name: string, summary: string, value: number): ScalarFunction =>
  define({ name, summary, usage: `${name}()`, takes: [], gives: DOUBLE, open: () => constantColumn(DOUBLE, value) })

const binary = (
  name: string,
  usage: string,
  summary: string,
  compute: (a: number, b: number) => number,
): ScalarFunction =>
  define({
    name,
    summary,
    usage,
    takes: ['double', 'double'],
    gives: DOUBLE,
    open: () => eachPair(doubleOutput(), compute),
  })

const DEGREE = 0.017453292519943295
const RADIAN = 57.29577951308232

export const mathFunctions: readonly ScalarFunction[] = [
  unary('SQRT', 'The square root; NaN below 0.', Math.sqrt),
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
  binary('POWER', 'POWER(base, exponent)', 'A number to the power of another.', (a, b) => a ** b),
  binary('ATAN2', 'ATAN2(y, x)', 'The angle of a point.', Math.atan2),
  constant('PI', 'The ratio of a circle to its diameter.', Math.PI),
  constant('E', "Euler's number.", Math.E),
  define({
    name: 'LOG',
    summary: 'The natural logarithm, or that to a base.',
    usage: 'LOG([base, ]number)',
    takes: ['double', 'double'],
    optional: 1,
    gives: DOUBLE,
    open: (operands) =>
      operands.length === 1
        ? eachNumber(doubleOutput(), Math.log)
        : eachPair(doubleOutput(), (base, x) => Math.log(x) / Math.log(base)),
  }),
]
