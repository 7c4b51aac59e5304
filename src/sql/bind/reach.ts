/**
 * Parts of an expression that no row gets to: a branch of CASE behind a condition that is always TRUE, or an operand of
 * COALESCE behind a constant. As in Flink they are left out before constants are computed, so that one which fails there
 * is no mistake. Names and types count all the same.
 */
import type { Expression } from '../expression/expression.ts'
import { ConstantFailure, literal } from '../expression/fold.ts'
import { TypeProblem } from '../function/function.ts'
import type { Scope } from './statement.ts'

/** The scope of a part that rows get to only if `isReached`. */
export const reachedOnly = (isReached: boolean, scope: Scope): Scope =>
  isReached || scope.isDead === true ? scope : { ...scope, isDead: true }

/** What `bind` gives. Where no row gets, constants with which it fails are NULL, so that the type is still known. */
export function bindReached(
  bind: (operands: readonly Expression[]) => Expression,
  operands: readonly Expression[],
  { isDead = false }: Scope,
): Expression {
  try {
    return bind(operands)
  } catch (error) {
    if (!isDead || !(error instanceof ConstantFailure || error instanceof TypeProblem)) throw error
    return bind(operands.map(withoutValue))
  }
}

const withoutValue = (operand: Expression): Expression =>
  operand.kind === 'literal' ? literal(null, operand.type) : operand
