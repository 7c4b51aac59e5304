/** Every scalar function and operator, by its name in upper case or its sign. A new one is a line here. */
import { divide, minus, mod, negative, plus, positive, remainder, times } from './arithmetic.ts'
import { equal, greater, greaterOrEqual, isDistinct, isNotDistinct, less, lessOrEqual, notEqual } from './comparison.ts'
import type { ScalarFunction } from './function.ts'
import { isFalse, isNotFalse, isNotNull, isNotTrue, isNotUnknown, isNull, isTrue, isUnknown, not } from './logic.ts'

const functions: readonly ScalarFunction[] = [
  plus,
  minus,
  times,
  divide,
  remainder,
  negative,
  positive,
  equal,
  notEqual,
  less,
  lessOrEqual,
  greater,
  greaterOrEqual,
  isDistinct,
  isNotDistinct,
  not,
  isNull,
  isNotNull,
  isTrue,
  isNotTrue,
  isFalse,
  isNotFalse,
  isUnknown,
  isNotUnknown,
  mod,
]

export const scalarFunctions: ReadonlyMap<string, ScalarFunction> = new Map(
  functions.map((scalar) => [scalar.name, scalar]),
)
