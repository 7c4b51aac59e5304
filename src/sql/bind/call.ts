/**
 * Calls of functions and operators. What a function takes and gives is said by the function itself
 * (`function/function.ts`); here is only how one is found, how a refusal is put into words, and the few that are no
 * functions but forms of their own because they do not evaluate all their arguments.
 */
import { nearest } from '../../base/nearest.ts'
import { BOOLEAN, INT, STRING, sameType, type Type, typeName } from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import { foldCall, foldCase, foldCoalesce, literal } from '../expression/fold.ts'
import { commonTypeOf } from '../function/common-type.ts'
import { FLINK_ONLY, RANKINGS } from '../function/known.ts'
import type { ExpressionSyntax, TextRange } from '../syntax/ast.ts'
import { isRefusal, refuse, type Scope } from './statement.ts'
import { type BoundType, bindType } from './type.ts'

export type CallSyntax = Extract<ExpressionSyntax, { kind: 'call' }>

export const AGGREGATES: ReadonlySet<string> = new Set(['COUNT', 'SUM', 'AVG', 'MIN', 'MAX'])

/** Functions that Flink does not have, or that only aggregate, and what says the same. */
const INSTEAD: Readonly<Record<string, string>> = {
  LENGTH: 'CHAR_LENGTH(text)',
  LEN: 'CHAR_LENGTH(text)',
  NVL: 'COALESCE(a, b)',
  ISNULL: 'x IS NULL',
  RLIKE: 'REGEXP(text, pattern)',
  REGEXP_LIKE: 'REGEXP(text, pattern)',
  ILIKE: 'LOWER(text) LIKE LOWER(pattern)',
  TRUNC: 'TRUNCATE(number, digits)',
  STRPOS: 'POSITION(part IN text)',
}

/** Aggregates that Flink has and tailrace does not. */
const OTHER_AGGREGATES: ReadonlySet<string> = new Set(
  `APPROX_COUNT_DISTINCT ARRAY_AGG COLLECT FIRST_VALUE JSON_ARRAYAGG JSON_OBJECTAGG LAST_VALUE LISTAGG PERCENTILE
  SINGLE_VALUE STDDEV STDDEV_POP STDDEV_SAMP VAR_POP VAR_SAMP VARIANCE GROUPING GROUPING_ID GROUP_ID`.split(/\s+/),
)

/** A call with its arguments bound. `written` is how it stands in a message: "UPPER(INT)", "INT + STRING". */
export function bindCall(
  name: string,
  operands: readonly Expression[],
  range: TextRange,
  scope: Scope,
  { keywords = [], operator = false }: { readonly keywords?: readonly string[]; readonly operator?: boolean } = {},
): Expression {
  const { statement } = scope
  const fn = statement.functions.scalar.get(name)
  if (fn === undefined) return refuseUnknown(name, range, scope)
  const bound = fn.bind({ arguments: operands, keywords, session: statement.session })
  if (isRefusal(bound)) {
    refuse(
      statement,
      range,
      `cannot ${operator ? 'compute' : 'call'} ${writtenCall(name, operands)}: ${bound.refused}`,
      bound.hint,
    )
  }
  const call = { kind: 'call', name, call: bound, type: bound.type } as const
  return foldCall(keywords.length === 0 ? call : { ...call, keywords })
}

/** Operators of one operand whose sign is another's too. */
const SIGNS: Readonly<Record<string, string>> = { NEGATE: '-', PLUS: '+' }

function writtenCall(name: string, operands: readonly Expression[]): string {
  const types = operands.map((operand) => typeName(operand.type))
  const sign = SIGNS[name]
  if (sign !== undefined) return `${sign} ${types[0]}`
  if (/^[A-Z]\w*$/.test(name) && name !== 'LIKE' && name !== 'IN' && name !== 'NOT')
    return `${name}(${types.join(', ')})`
  if (types.length === 2) return types.join(` ${name} `)
  return name.startsWith('IS') ? `${types[0]} ${name}` : `${name} ${types.join(', ')}`
}

/** Says that there is no such function, and which one was probably meant. */
export function refuseUnknown(name: string, range: TextRange, { statement }: Scope): never {
  if (OTHER_AGGREGATES.has(name)) {
    const hint = `the aggregates are ${[...AGGREGATES].join(', ')}`
    refuse(statement, range, `aggregate ${name} is not supported yet`, hint)
  }
  if (RANKINGS.has(name)) {
    const only = 'only ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) is, with WHERE rn <= N around it'
    refuse(statement, range, name === 'ROW_NUMBER' ? 'ROW_NUMBER() needs OVER' : `${name} is not supported yet`, only)
  }
  if (FLINK_ONLY.has(name)) refuse(statement, range, `${name} is not supported yet`)
  const near = nearest(
    name,
    [...AGGREGATES, ...FORMS.keys(), ...statement.functions.scalar.keys()].filter((n) => /^\w+$/.test(n)),
  )
  const instead = INSTEAD[name] ?? near
  refuse(
    statement,
    range,
    /^\w+$/.test(name) ? `there is no function ${name}` : `operator ${name} is not supported`,
    instead === undefined ? undefined : INSTEAD[name] === undefined ? `did you mean ${instead}?` : `write ${instead}`,
  )
}

/** The expression as a value of another type; casts nothing that already is. */
export function castExpression(
  expression: Expression,
  type: Type,
  range: TextRange,
  scope: Scope,
  attempt = false,
): Expression {
  if (sameType(expression.type, type)) return expression
  if (expression.kind === 'literal' && expression.value === null) return literal(null, type)
  const { functions, session } = scope.statement
  const cast = functions.castTo(expression, type, { try: attempt, session })
  if (isRefusal(cast)) {
    const message = `cannot cast ${typeName(expression.type)} to ${typeName(type)}: ${cast.refused}`
    refuse(scope.statement, range, message, cast.hint)
  }
  if (cast.kind === 'literal') return literal(cast.value, cast.type)
  return cast.kind === 'call' ? foldCall(cast) : cast
}

/** CAST and TRY_CAST. CHAR(n) and VARCHAR(n) are texts cut to n characters, CHAR(n) filled up with spaces. */
export function bindCast(node: CastSyntax, operand: Expression, scope: Scope): Expression {
  const target: BoundType | { refused: string; hint?: string } = bindType(node.type)
  if (isRefusal(target)) refuse(scope.statement, node.type.range, target.refused, target.hint)
  const value = isTimestampText(node, target.type)
    ? literal(node.operand.text, STRING)
    : castExpression(operand, target.type, node.range, scope, node.try)
  if (target.length === undefined) return value
  const length = literal(target.length, INT)
  if (target.padded === true) return bindCall('CAST AS CHAR', [value, length], node.range, scope)
  return bindCall('LEFT', [value, length], node.range, scope)
}

type CastSyntax = Extract<ExpressionSyntax, { kind: 'cast' }>
type TimestampCast = CastSyntax & { readonly operand: Extract<ExpressionSyntax, { kind: 'datetime' }> }

/** A TIMESTAMP '…' has as many digits of a second as are written, and as text shows just these. */
const isTimestampText = (node: CastSyntax, target: Type): node is TimestampCast =>
  node.operand.kind === 'datetime' && node.operand.type === 'TIMESTAMP' && target.kind === 'STRING'

/** Forms that look like calls and evaluate only the arguments they need. */
export const FORMS: ReadonlyMap<
  string,
  (operands: readonly Expression[], range: TextRange, scope: Scope) => Expression
> = new Map([
  ['COALESCE', bindCoalesce],
  [
    'IFNULL',
    (operands, range, scope) => {
      expectArguments('IFNULL', operands, 2, range, scope)
      return bindCoalesce(operands, range, scope)
    },
  ],
  ['NULLIF', bindNullIf],
  ['IF', bindIf],
])

function bindCoalesce(operands: readonly Expression[], range: TextRange, scope: Scope): Expression {
  if (operands.length === 0) refuse(scope.statement, range, 'COALESCE wants at least one argument')
  const type = typeInCommon(operands, 'the arguments of COALESCE', range, scope)
  return foldCoalesce(
    operands.map((operand) => castExpression(operand, type, range, scope)),
    type,
  )
}

function bindNullIf(operands: readonly Expression[], range: TextRange, scope: Scope): Expression {
  const [value, other] = expectArguments('NULLIF', operands, 2, range, scope) as [Expression, Expression]
  const when = bindCall('=', [value, other], range, scope, { operator: true })
  return foldCase([{ when, then: literal(null, value.type) }], value, value.type)
}

function bindIf(operands: readonly Expression[], range: TextRange, scope: Scope): Expression {
  const [when, then, otherwise] = expectArguments('IF', operands, 3, range, scope) as [
    Expression,
    Expression,
    Expression,
  ]
  expectBoolean(when, 'the first argument of IF', range, scope)
  return bindBranches([{ when, then }], otherwise, range, scope)
}

function expectArguments(
  name: string,
  operands: readonly Expression[],
  count: number,
  range: TextRange,
  { statement }: Scope,
): readonly Expression[] {
  if (operands.length !== count) refuse(statement, range, `${name} wants ${count} arguments and has ${operands.length}`)
  return operands
}

/** Branches of CASE or IF, brought to their common type. */
export function bindBranches(
  branches: readonly { readonly when: Expression; readonly then: Expression }[],
  otherwise: Expression,
  range: TextRange,
  scope: Scope,
): Expression {
  const type = typeInCommon([...branches.map(({ then }) => then), otherwise], 'the branches', range, scope)
  return foldCase(
    branches.map(({ when, then }) => ({ when, then: castExpression(then, type, range, scope) })),
    castExpression(otherwise, type, range, scope),
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

export function expectBoolean(expression: Expression, what: string, range: TextRange, { statement }: Scope): void {
  if (sameType(expression.type, BOOLEAN)) return
  refuse(statement, range, `${what} must be a condition (BOOLEAN), not ${typeName(expression.type)}`)
}
