/**
 * Binds calls of functions and operators. A function itself says which types it takes and returns
 * (`function/function.ts`); this file finds it, puts a refusal into words, and binds the forms that look like functions
 * but evaluate only some of their arguments: COALESCE, IFNULL, NULLIF, IF.
 */
import { nearest } from '../../base/nearest.ts'
import { counted } from '../../base/units.ts'
import { typeNamed } from '../../record/named-type.ts'
import {
  BOOLEAN,
  INT,
  isAnyTimestamp,
  isNumeric,
  isTimestamp,
  sameType,
  shortTypeName,
  type Type,
  typeName,
} from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import { foldCall, foldCase, foldCoalesce, literal } from '../expression/fold.ts'
import { scalarFunctions } from '../function/all.ts'
import { castTo } from '../function/cast/cast.ts'
import { commonTypeOf, haveMixedFloats } from '../function/common-type.ts'
import { nullType } from '../function/define.ts'
import { FLINK_ONLY, RANKINGS } from '../function/known.ts'
import type { ExpressionSyntax, SyntaxOf, TextRange } from '../syntax/ast.ts'
import { otherFunctionHint } from '../syntax/other-dialects.ts'
import { AGGREGATES, GROUPING_FUNCTIONS, OTHER_AGGREGATES } from './aggregates.ts'
import { warnOfMovedDay } from './constant-warning.ts'
import { bindReached } from './reach.ts'
import { orRefuse, refuse, type Scope, writtenText } from './statement.ts'
import { bindTypeOf } from './type-of.ts'

type BoundOperands = {
  /** The function's name, or the operator's sign. */
  readonly name: string
  readonly operands: readonly Expression[]
  readonly keywords?: readonly string[]
  /** Whether it is written as an operator; a refusal says "compute" then, else "call". */
  readonly operator?: boolean
}

/** The call of a function whose operands are bound; a literal where it has the same value for every row. */
export function bindCall(call: BoundOperands, range: TextRange, scope: Scope): Expression {
  const { name, operands, keywords = [], operator = false } = call
  const { statement } = scope
  const fn = scalarFunctions.get(name) ?? statement.session.functions?.get(name)
  if (fn === undefined) return refuseUnknown(name, range, scope)
  const bind = (given: readonly Expression[]) => {
    const bound = fn.bind({ arguments: given, keywords, session: statement.session })
    if (bound.isChance && statement.mode === 'streaming') refuseChance(name, range, scope)
    const expression = { kind: 'call', name, call: bound, type: bound.type } as const
    return foldCall(keywords.length === 0 ? expression : { ...expression, keywords })
  }
  return orRefuse(
    () => bindReached(bind, operands, scope),
    statement,
    range,
    () => `cannot ${operator ? 'compute' : 'call'} ${writtenCall(name, operands)}`,
  )
}

/** In a stream, the rows that come again after a restart must be the same. */
function refuseChance(name: string, range: TextRange, { statement }: Scope): never {
  const hint =
    name === 'UUID'
      ? 'make one of columns that differ from row to row, such as MD5(…)'
      : `take the seed from a column: ${name}(id${name === 'RAND' ? '' : ', 10'})`
  refuse(
    statement,
    range,
    `${name} would give other numbers after a restart, so it is not supported in streaming mode`,
    hint,
  )
}

/** The same for an operator. */
export function bindOperator(
  name: string,
  operands: readonly Expression[],
  range: TextRange,
  scope: Scope,
): Expression {
  const isTime = operands.some(({ type }) => isTimestamp(type))
  if (isTime) for (const operand of operands) warnOfMovedDay(operand, scope.statement)
  return bindCall({ name, operands, operator: true }, range, scope)
}

/** Operators of one operand whose sign is also that of an operator of two. */
const SIGNS: Readonly<Record<string, string>> = { NEGATE: '-', PLUS: '+' }

/** The call with types for operands: "UPPER(INT)", "INT + STRING". */
function writtenCall(name: string, operands: readonly Expression[]): string {
  const types = operands.map((operand) => shortTypeName(operand.type))
  const sign = SIGNS[name]
  if (sign !== undefined) return `${sign} ${types[0]}`
  if (name === '[ ]') return `${types[0]}[${types[1]}]`
  if (name.endsWith('[ ]')) return name.replace(' ', types.join(', '))
  if (/^[A-Z]\w*$/.test(name) && name !== 'LIKE' && name !== 'IN' && name !== 'NOT')
    return `${name}(${types.join(', ')})`
  if (types.length === 2) return types.join(` ${name} `)
  return name.startsWith('IS') ? `${types[0]} ${name}` : `${name} ${types.join(', ')}`
}

/** Refuses a function that tailrace does not have, with the name that was probably meant. */
export function refuseUnknown(
  name: string,
  range: TextRange,
  { statement }: Scope,
  written: readonly ExpressionSyntax[] = [],
): never {
  if (GROUPING_FUNCTIONS.has(name)) {
    refuse(statement, range, `${name} is for SELECT, HAVING and ORDER BY of a query with GROUP BY`)
  }
  if (OTHER_AGGREGATES.has(name)) {
    const hint = `the aggregates are ${[...AGGREGATES.keys()].join(', ')}`
    refuse(statement, range, `aggregate ${name} is not supported yet`, hint)
  }
  if (RANKINGS.has(name)) {
    const inside = name === 'NTILE' ? '4' : name === 'LAG' || name === 'LEAD' ? 'x' : ''
    if (name === 'NTH_VALUE')
      refuse(statement, range, 'Flink SQL has no NTH_VALUE', 'number the rows with ROW_NUMBER()')
    refuse(statement, range, `${name} needs OVER`, `write ${name}(${inside}) OVER (PARTITION BY … ORDER BY …)`)
  }
  const texts = written.map((node) => writtenText(statement, node.range))
  const advice = otherFunctionHint(name, texts)
  if (advice !== undefined) refuse(statement, range, `there is no function ${name}`, advice)
  if (FLINK_ONLY.has(name)) refuse(statement, range, `${name} is not supported yet`)
  if (!/^\w+$/.test(name)) refuse(statement, range, `operator ${name} is not supported`)
  const names = [AGGREGATES, FORMS, scalarFunctions, statement.session.functions ?? new Map<string, never>()]
    .flatMap((each) => [...each.keys()])
    .filter((each) => /^\w+$/.test(each))
  const near = nearest(name, names)
  refuse(statement, range, `there is no function ${name}`, near === undefined ? undefined : `did you mean ${near}?`)
}

type CastTarget = { readonly type: Type; readonly try?: boolean }

/** The expression as a value of the type: unchanged where it has that type. `try`: NULL where a value cannot be cast. */
export function castExpression(
  expression: Expression,
  { type, try: attempt = false }: CastTarget,
  range: TextRange,
  scope: Scope,
): Expression {
  if (expression.kind === 'literal' && expression.value === null) return literal(null, type)
  const { statement } = scope
  return orRefuse(
    () =>
      bindReached(
        ([value = expression]) => castTo(value, type, { try: attempt, session: statement.session }),
        [expression],
        scope,
      ),
    statement,
    range,
    () => `cannot cast ${shortTypeName(expression.type)} to ${typeName(type)}`,
  )
}

/** CAST and TRY_CAST. CHAR(n) and VARCHAR(n) are texts cut to n characters; CHAR(n) is also padded with spaces. BINARY(n) and VARBINARY(n) are bytes cut so, and BINARY(n) padded with zeros. */
export function bindCast(node: SyntaxOf<'cast'>, operand: Expression, scope: Scope): Expression {
  const target = typeNamed(node.type)
  if ('refused' in target) return refuse(scope.statement, node.type.range, target.refused, target.hint)
  if (isAnyTimestamp(target.type)) warnOfMovedDay(operand, scope.statement)
  const value = castExpression(operand, { type: target.type, try: node.try }, node.range, scope)
  if (target.length === undefined) return value
  const ofText = target.padded === true ? 'CAST AS CHAR' : 'LEFT'
  const ofBytes = target.padded === true ? 'CAST AS BINARY' : 'CAST AS VARBINARY'
  const name = target.type.kind === 'BYTES' ? ofBytes : ofText
  return bindCall({ name, operands: [value, literal(target.length, INT)] }, node.range, scope)
}

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
  if (isFine && !sameType(then.type, otherwise.type)) {
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

/** Refuses a NULL without a type where Flink does; the message calls it `what`, and the hint casts it to `type`. */
export function refuseBareNull(what: string, type: string, range: TextRange, { statement }: Scope): never {
  return refuse(statement, range, `${what} cannot be a bare NULL, which has no type`, `CAST(NULL AS ${type})`)
}

/** Refuses an expression that is no condition; the message calls it `what`. */
export function expectBoolean(expression: Expression, what: string, range: TextRange, { statement }: Scope): void {
  if (sameType(expression.type, BOOLEAN)) return
  const hint = isNumeric(expression.type) ? `write ${writtenText(statement, range)} <> 0` : undefined
  refuse(statement, range, `${what} must be a condition (BOOLEAN), not ${typeName(expression.type)}`, hint)
}
