/** Binds expressions: names become columns, operators and functions become bound calls, and every value gets a type. */

import type { Refused } from '../../record/named-type.ts'
import { BOOLEAN, BYTES, isNested, isNumeric, isTimestamp, NULL, STRING } from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import { foldLogic, isTrueLiteral, literal } from '../expression/fold.ts'
import { scalarFunctions } from '../function/all.ts'
import type { ExpressionSyntax, SyntaxOf } from '../syntax/ast.ts'
import { refuseOtherOperands, warnOfNull } from './advice/operand.ts'
import { AGGREGATES } from './aggregates.ts'
import {
  bindBranches,
  bindCall,
  bindCast,
  bindOperator,
  expectBoolean,
  FORMS,
  refuseBareNull,
  refuseUnknown,
} from './call.ts'
import { warnOfConstants, warnOfMovedTime } from './constant-warning.ts'
import { bindProctime } from './from/processing-time.ts'
import { bindDatetime, bindInterval, bindNumber, type Literal } from './literal.ts'
import { bindConstruct, bindElement, bindField, bindPath, comparedParts } from './nested.ts'
import { reachedOnly } from './reach.ts'
import { addWarning, refuse, type Scope, writtenText } from './statement.ts'

type Binders = { readonly [Kind in ExpressionSyntax['kind']]: (node: SyntaxOf<Kind>, scope: Scope) => Expression }

const BINDERS: Binders = {
  column: (node, scope) => bindPath(node, scope, bindExpression),
  star: ({ range }, { statement }) =>
    refuse(statement, range, '* stands for all columns of SELECT, or the rows of COUNT(*), only'),
  null: () => literal(null, NULL),
  boolean: ({ value }) => literal(value, BOOLEAN),
  number: (node, scope) => accept(bindNumber(node.text, false), node, scope),
  string: ({ value }) => literal(value, STRING),
  bytes: ({ value }) => literal(value, BYTES),
  datetime(node, scope) {
    const value = accept(bindDatetime(node), node, scope)
    if (node.type === 'TIMESTAMP') warnOfMovedTime(node.text, node.range, scope.statement)
    return value
  },
  interval: (node, scope) => accept(bindInterval(node), node, scope),
  unary: bindUnary,
  binary: bindBinary,
  is: bindIs,
  between: bindBetween,
  in: bindIn,
  like: bindLike,
  case: bindCase,
  element: (node, scope) =>
    bindElement(node, bindExpression(node.operand, scope), bindExpression(node.index, scope), scope),
  field: (node, scope) => bindField(node, bindExpression(node.operand, scope), scope),
  construct: (node, scope) =>
    bindConstruct(
      node,
      node.items.map((item) => bindExpression(item, scope)),
      scope,
    ),
  cast: (node, scope) => bindCast(node, bindExpression(node.operand, scope), scope),
  call: (node, scope) => (isJson(node) ? refuseJson(node, scope) : bindFunction(node, scope)),
  'scalar-query': bindSubquery,
  exists: bindSubquery,
  quantified: bindSubquery,
}

/** The expression in the columns of the scope. Throws a Failure with the place where it is refused. */
export function bindExpression(node: ExpressionSyntax, scope: Scope): Expression {
  const bind = BINDERS[node.kind] as (node: ExpressionSyntax, scope: Scope) => Expression
  const expression = scope.intercept?.(node, scope) ?? bind(node, scope)
  const { constants } = scope.statement
  if (expression.kind === 'literal' && !constants.has(expression)) constants.set(expression, node.range)
  return expression
}

/** The condition of WHERE, HAVING, FILTER or WHEN, which a refusal calls `what`. */
export function bindCondition(node: ExpressionSyntax, what: string, scope: Scope): Expression {
  const condition = bindExpression(node, scope)
  expectBoolean(condition, what, node.range, scope)
  return condition
}

function accept(result: Literal | Refused, node: ExpressionSyntax, { statement }: Scope): Expression {
  if ('refused' in result) refuse(statement, node.range, result.refused, result.hint)
  return literal(result.value, result.type)
}

function bindUnary(node: SyntaxOf<'unary'>, scope: Scope): Expression {
  const { operator, operand } = node
  if (operator === '-' && operand.kind === 'number') return accept(bindNumber(operand.text, true), node, scope)
  const value = bindExpression(operand, scope)
  if (operator === 'NOT') return negate(value, node, scope)
  return bindOperator(operator === '-' ? 'NEGATE' : 'PLUS', [value], node.range, scope)
}

function negate(value: Expression, node: ExpressionSyntax, scope: Scope): Expression {
  if (value.type.kind === 'NULL') refuseBareNull('what stands behind NOT', 'BOOLEAN', node.range, scope)
  expectBoolean(value, 'what stands behind NOT', node.range, scope)
  return bindOperator('NOT', [value], node.range, scope)
}

function bindBinary(node: SyntaxOf<'binary'>, scope: Scope): Expression {
  const { operator } = node
  if (operator === 'AND' || operator === 'OR') {
    const operands = [node.left, node.right].map((side) => {
      const operand = bindExpression(side, scope)
      if (operand.type.kind === 'NULL') refuseBareNull(`a side of ${operator}`, 'BOOLEAN', side.range, scope)
      expectBoolean(operand, `both sides of ${operator}`, side.range, scope)
      return operand
    })
    return foldLogic(operator === 'AND' ? 'and' : 'or', operands)
  }
  const parts = comparedParts(node)
  if (parts !== undefined) return bindExpression(parts, scope)
  const [left, right] = [bindExpression(node.left, scope), bindExpression(node.right, scope)]
  refuseTimeBesideDate(node, left, right, scope)
  refuseOtherOperands(node, left, right, scope.statement)
  refuseTimeLessTime(node, left, right, scope)
  warnOfNumberText(node, left, right, scope)
  warnOfNull(node, left, right, scope.statement)
  return bindOperator(operator, [left, right], node.range, scope)
}

/** In Flink, a DATE with an interval of hours, minutes or seconds is a TIMESTAMP; with an interval of days it is a DATE. */
function refuseTimeBesideDate(node: SyntaxOf<'binary'>, left: Expression, right: Expression, scope: Scope): void {
  const isFine = ({ type }: Expression, side: ExpressionSyntax) =>
    type.kind === 'DATE' &&
    side.kind === 'interval' &&
    [side.from, side.to].some((unit) => unit === 'HOUR' || unit === 'MINUTE' || unit === 'SECOND')
  if (!isFine(left, node.right) && !isFine(right, node.left)) return
  const message = 'an interval of hours, minutes or seconds beside a DATE is not supported yet'
  refuse(scope.statement, node.range, message, 'CAST(… AS TIMESTAMP(3)) the DATE first')
}

const isTime = ({ type }: Expression): boolean => type.kind === 'DATE' || isTimestamp(type)

function refuseTimeLessTime(node: SyntaxOf<'binary'>, left: Expression, right: Expression, { statement }: Scope): void {
  if (node.operator !== '-' || !isTime(left) || !isTime(right)) return
  const [earlier, later] = [right, left].map(({ type: { kind } }, index) => {
    const text = writtenText(statement, (index === 0 ? node.right : node.left).range)
    return left.type.kind === right.type.kind || kind === 'TIMESTAMP' ? text : `CAST(${text} AS TIMESTAMP(3))`
  })
  const unit = left.type.kind === 'DATE' && right.type.kind === 'DATE' ? 'DAY' : 'SECOND'
  refuse(statement, node.range, 'two times cannot be subtracted', `write TIMESTAMPDIFF(${unit}, ${earlier}, ${later})`)
}

/** In Flink a text beside a number is read as a number, and a text that is not a number fails. */
function warnOfNumberText(node: SyntaxOf<'binary'>, left: Expression, right: Expression, { statement }: Scope): void {
  if (!['<', '<=', '>', '>='].includes(node.operator)) return
  const [text, number] = left.type.kind === 'STRING' ? [left, right] : [right, left]
  if (text.type.kind !== 'STRING' || text.kind === 'literal' || !isNumeric(number.type)) return
  const range = text === left ? node.left.range : node.right.range
  const written = writtenText(statement, range)
  addWarning(statement, {
    message: `${written} is a text: a row where it is no number is a dead letter`,
    hint: `to pass over such rows, write TRY_CAST(${written} AS DOUBLE)`,
    range,
  })
}

function bindIs(node: SyntaxOf<'is'>, scope: Scope): Expression {
  const not = node.not ? 'NOT ' : ''
  const operands = [bindExpression(node.operand, scope)]
  if (typeof node.test === 'object') operands.push(bindExpression(node.test.distinctFrom, scope))
  const name = typeof node.test === 'object' ? `IS ${not}DISTINCT FROM` : `IS ${not}${node.test}`
  return bindOperator(name, operands, node.range, scope)
}

function bindBetween(node: SyntaxOf<'between'>, scope: Scope): Expression {
  const value = bindExpression(node.operand, scope)
  const [low, high] = [bindExpression(node.low, scope), bindExpression(node.high, scope)]
  const compare = (operator: '>=' | '<=', bound: Expression) =>
    bindOperator(operator, [value, bound], node.range, scope)
  const inside = (from: Expression, to: Expression) => foldLogic('and', [compare('>=', from), compare('<=', to)])
  const between = node.symmetric ? foldLogic('or', [inside(low, high), inside(high, low)]) : inside(low, high)
  return node.not ? negate(between, node, scope) : between
}

function bindIn(node: SyntaxOf<'in'>, scope: Scope): Expression {
  if ('body' in node.list) return bindSubquery(node, scope)
  const value = bindExpression(node.operand, scope)
  const list = node.list.map((item) => bindExpression(item, scope))
  if (isNested(value.type)) return bindInNested(node, node.list, scope)
  if (!list.every(({ kind }) => kind === 'literal')) refuseColumnsInList(node, node.list, scope)
  const found = bindOperator('IN', [value, ...list], node.range, scope)
  return node.not ? negate(found, node, scope) : found
}

/** IN among arrays, maps or rows is a comparison with each. */
function bindInNested(node: SyntaxOf<'in'>, list: readonly ExpressionSyntax[], scope: Scope): Expression {
  const comparisons = list.map((right) =>
    bindExpression({ kind: 'binary', operator: '=', left: node.operand, right, range: node.range }, scope),
  )
  const found = foldLogic('or', comparisons)
  return node.not ? negate(found, node, scope) : found
}

/** The hint is the same condition without the list. */
function refuseColumnsInList(node: SyntaxOf<'in'>, list: readonly ExpressionSyntax[], { statement }: Scope): never {
  const operand = writtenText(statement, node.operand.range)
  const [sign, word] = node.not ? ['<>', 'AND'] : ['=', 'OR']
  const instead = list.map((item) => `${operand} ${sign} ${writtenText(statement, item.range)}`).join(` ${word} `)
  refuse(statement, node.range, 'IN with more than constants in its list is not supported yet', `write (${instead})`)
}

function bindLike(node: SyntaxOf<'like'>, scope: Scope): Expression {
  const parts = node.escape === undefined ? [node.operand, node.pattern] : [node.operand, node.pattern, node.escape]
  const operands = parts.map((part) => bindExpression(part, scope))
  const like = bindOperator(node.operator, operands, node.range, scope)
  return node.not ? negate(like, node, scope) : like
}

/** CASE x WHEN a, b THEN … is CASE WHEN x = a OR x = b THEN …. No row gets behind a condition that is always TRUE. */
function bindCase(node: SyntaxOf<'case'>, scope: Scope): Expression {
  const operand = node.operand === undefined ? undefined : bindExpression(node.operand, scope)
  let rest = scope
  const branches = node.branches.map(({ when, then }) => {
    const conditions = when.map((each) => {
      if (operand === undefined) return bindCondition(each, 'what stands behind WHEN', rest)
      return bindOperator('=', [operand, bindExpression(each, rest)], each.range, rest)
    })
    const condition = foldLogic('or', conditions)
    const branch = reachedOnly(condition.kind !== 'literal' || condition.value === true, rest)
    rest = reachedOnly(!isTrueLiteral(condition), rest)
    return { when: condition, then: bindExpression(then, branch) }
  })
  const otherwise = node.otherwise === undefined ? literal(null, NULL) : bindExpression(node.otherwise, rest)
  return bindBranches(branches, otherwise, node.range, scope)
}

/** JSON(text), which is only a value of other JSON functions. */
const isJson = (node: ExpressionSyntax): node is SyntaxOf<'call'> =>
  node.kind === 'call' && node.name.name.toUpperCase() === 'JSON'

/** Functions that take it. */
const TAKES_JSON: ReadonlySet<string> = new Set(['JSON_OBJECT', 'JSON_ARRAY', 'JSON_STRING'])

/** The argument of the function `of`, whose name is in upper case. */
export function bindArgument(node: ExpressionSyntax, of: string, scope: Scope): Expression {
  return isJson(node) && TAKES_JSON.has(of) ? bindFunction(node, scope) : bindExpression(node, scope)
}

const refuseJson = (node: SyntaxOf<'call'>, { statement }: Scope): never =>
  refuse(
    statement,
    node.range,
    'JSON(…) is a value of JSON_OBJECT, JSON_ARRAY or JSON_STRING only',
    `write JSON_OBJECT('name' VALUE ${writtenText(statement, node.range)}), or the text alone`,
  )

function bindFunction(node: SyntaxOf<'call'>, scope: Scope): Expression {
  const { statement, clause } = scope
  const name = node.name.name.toUpperCase()
  if (node.over !== undefined) {
    refuse(
      statement,
      node.range,
      `${name}(…) OVER (…) can only stand in SELECT, not in ${clause}`,
      'give it a name there, and put a query around it: SELECT * FROM (SELECT …, … OVER (…) AS x FROM …) WHERE x > 1',
    )
  }
  if (name === 'PROCTIME') return bindProctime(node, scope)
  if (AGGREGATES.has(name)) {
    const hint = clause === 'WHERE' ? 'HAVING takes conditions on aggregates' : undefined
    refuse(statement, node.range, `${writtenText(statement, node.range)} aggregates rows, which ${clause} cannot`, hint)
  }
  const form = FORMS.get(name)
  const isKnown = form !== undefined || scalarFunctions.has(name) || statement.session.functions?.has(name) === true
  if (!isKnown) refuseUnknown(name, node.range, scope, node.arguments)
  if (node.star || node.distinct || node.filter !== undefined) {
    const what = node.star ? '*' : node.distinct ? 'DISTINCT' : 'FILTER'
    refuse(statement, node.range, `${name} is no aggregate that takes ${what}`)
  }
  let rest = scope
  const operands = node.arguments.map((argument) => {
    const operand = bindArgument(argument, name, rest)
    if (name === 'COALESCE') rest = reachedOnly(operand.kind !== 'literal' || operand.value === null, rest)
    return operand
  })
  if (form !== undefined) return form(operands, node.range, scope, node.arguments)
  const value = bindCall({ name, operands, keywords: node.keywords }, node.range, scope)
  if (!scope.isDead) warnOfConstants({ name, operands, value, range: node.range }, scope)
  return value
}

function bindSubquery(node: SyntaxOf<'scalar-query' | 'exists' | 'in' | 'quantified'>, scope: Scope): Expression {
  if (scope.subqueries !== undefined) return scope.subqueries.value(node, scope)
  const hint = 'it can stand in WHERE, SELECT, HAVING, and ON of an inner JOIN: put a query around this one'
  return refuse(scope.statement, node.range, `a sub-query cannot stand in ${scope.clause}`, hint)
}
