/** Forms that look like calls and evaluate only the arguments that they need: COALESCE, IFNULL, NULLIF, IF and TYPEOF. */
import { counted } from '../../base/units.ts'
import { sameType, type Type, typeName } from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import { foldCase, foldCoalesce, literal } from '../expression/fold.ts'
import { commonTypeOf, haveMixedFloats } from '../function/common-type.ts'
import { nullType } from '../function/define.ts'
import type { ExpressionSyntax, TextRange } from '../syntax/ast.ts'
import { bindOperator, castExpression, expectBoolean, refuseBareNull } from './call.ts'
import { refuse, type Scope } from './statement.ts'
import { bindTypeOf } from './type-of.ts'

/** `written` are the operands as they are written. */
type Form = (
  operands: readonly Expression[],
  range: TextRange,
  scope: Scope,
  written: readonly ExpressionSyntax[],
) => Expression

/** Forms that look like calls and evaluate only the arguments that they need. */
export const FORMS: ReadonlyMap<string, Form> = new Map([
  ['COALESCE', bindCoalesce],
  ['IFNULL', withArguments('IFNULL', 2, bindCoalesce)],
  ['NULLIF', withArguments('NULLIF', 2, bindNullIf)],
  ['IF', withArguments('IF', 3, bindIf)],
  ['TYPEOF', withArguments('TYPEOF', 1, bindType)],
])

function withArguments(name: string, count: number, form: Form): Form {
  return (operands, range, scope, written) => {
    if (operands.length === count) return form(operands, range, scope, written)
    return refuse(scope.statement, range, `${name} wants ${counted(count, 'argument')} and has ${operands.length}`)
  }
}

function bindCoalesce(operands: readonly Expression[], range: TextRange, scope: Scope): Expression {
  if (operands.length === 0) refuse(scope.statement, range, 'COALESCE wants at least one argument')
  refuseMixedFloats(operands, 'the arguments of COALESCE', range, scope)
  const type = typeInCommon(operands, 'the arguments of COALESCE', range, scope)
  return foldCoalesce(
    operands.map((operand) => castExpression(operand, { type }, range, scope)),
    type,
  )
}

function bindType(
  [operand]: readonly Expression[],
  range: TextRange,
  scope: Scope,
  [written]: readonly ExpressionSyntax[],
): Expression {
  return bindTypeOf(operand as Expression, written as ExpressionSyntax, range, scope)
}

function bindNullIf(operands: readonly Expression[], range: TextRange, scope: Scope): Expression {
  const [value] = operands as readonly [Expression, Expression]
  const when = bindOperator('=', operands, range, scope)
  return foldCase([{ when, then: literal(null, value.type) }], value, value.type)
}

function bindIf(operands: readonly Expression[], range: TextRange, scope: Scope): Expression {
  const [when, then, otherwise] = operands as readonly [Expression, Expression, Expression]
  expectBoolean(when, 'the first argument of IF', range, scope)
  for (const [branch, other] of [
    [then, otherwise],
    [otherwise, then],
  ] as const) {
    if (branch.type.kind === 'NULL')
      refuseBareNull('a branch of IF', nullType(other.type), scope.statement.constants.get(branch) ?? range, scope)
  }
  refuseMixedFloats([then, otherwise], 'the branches', range, scope)
  const chosen = bindBranches([{ when, then }], otherwise, range, scope)
  const isFine = chosen.type.kind === 'FINE_TIMESTAMP'
  if (isFine && then.type.kind !== 'NULL' && !sameType(then.type, otherwise.type)) {
    const types = `${typeName(then.type)} and ${typeName(otherwise.type)}`
    refuse(scope.statement, range, `the branches of IF are ${types}`, 'CAST them to one type')
  }
  // As in Flink, the text of a TIMESTAMP has as many digits as the first of the two, whichever is chosen.
  return then.type.kind === 'TIMESTAMP' ? { ...chosen, type: then.type } : chosen
}

/** CASE or IF, with its branches cast to their common type. */
export function bindBranches(
  branches: readonly { readonly when: Expression; readonly then: Expression }[],
  otherwise: Expression,
  range: TextRange,
  scope: Scope,
): Expression {
  const type = typeInCommon([...branches.map(({ then }) => then), otherwise], 'the branches', range, scope)
  return foldCase(
    branches.map(({ when, then }) => ({ when, then: castExpression(then, { type }, range, scope) })),
    castExpression(otherwise, { type }, range, scope),
    type,
  )
}

function typeInCommon(expressions: readonly Expression[], what: string, range: TextRange, { statement }: Scope): Type {
  const types = expressions.map(({ type }) => type)
  const type = commonTypeOf(types)
  const names = [...new Set(types.filter(({ kind }) => kind !== 'NULL').map(typeName))]
  if (type === undefined) {
    refuse(statement, range, `${what} have no common type: ${names.join(', ')}`, 'CAST them to one type')
  }
  if (type.kind === 'NULL')
    refuse(statement, range, `${what} are all NULL`, 'write CAST(NULL AS INT), or the type you mean')
  return type
}

function refuseMixedFloats(
  operands: readonly Expression[],
  what: string,
  range: TextRange,
  { statement }: Scope,
): void {
  if (!haveMixedFloats(operands.map(({ type }) => type))) return
  refuse(statement, range, `${what} are FLOAT beside DOUBLE or DECIMAL`, 'CAST them to one type')
}
