/** Binds values that contain others, and access to what is inside of them. */
import { nearest } from '../../base/nearest.ts'
import { isMultiset, shortTypeName, type Type, typeName } from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import type { ExpressionSyntax, SyntaxOf } from '../syntax/ast.ts'
import { bindCall, bindOperator, refuseBareNull } from './call.ts'
import { bindColumn, pathOf, quote } from './name.ts'
import { refuse, type Scope, writtenText } from './statement.ts'

/** A column, or a field of it where the path goes on behind the column's name. */
export function bindPath(
  node: SyntaxOf<'column'>,
  scope: Scope,
  bind: (node: ExpressionSyntax, scope: Scope) => Expression,
): Expression {
  const whole = pathOf(node, scope)
  return whole.kind === 'column' ? bindColumn(whole, scope) : bind(whole, scope)
}

/** a[1], m['key'] */
export function bindElement(
  node: SyntaxOf<'element'>,
  operand: Expression,
  index: Expression,
  scope: Scope,
): Expression {
  const { type } = operand
  if ((type.kind !== 'ARRAY' && type.kind !== 'MAP') || isMultiset(type)) {
    const written = writtenText(scope.statement, node.operand.range)
    const message = `${written} is ${shortTypeName(type)}, which has no elements`
    const hint = 'an ARRAY has elements, a[1], and a MAP values, m[key]'
    refuse(scope.statement, node.range, message, elementHint(written, type, index) ?? hint)
  }
  if (index.type.kind === 'NULL') {
    refuseBareNull('an index', type.kind === 'MAP' ? typeName(type.key) : 'INT', node.index.range, scope)
  }
  return bindOperator('[ ]', [operand, index], node.range, scope)
}

/** What to write for an element of a value that has none. */
function elementHint(written: string, type: Type, index: Expression): string | undefined {
  const { value } = index.kind === 'literal' ? index : { value: undefined }
  if (type.kind === 'ROW')
    return `its fields are ${type.fields.map(({ name }) => `${written}.${quote(name)}`).join(', ')}`
  if (type.kind !== 'STRING') return undefined
  if (typeof value === 'string') return `if it is JSON, write JSON_VALUE(${written}, '$.${value}')`
  return typeof value === 'number' && value > 0
    ? `if it is JSON, write JSON_VALUE(${written}, '$[${value - 1}]')`
    : undefined
}

/** f(x).field */
export function bindField(node: SyntaxOf<'field'>, operand: Expression, scope: Scope): Expression {
  const { statement } = scope
  const { type } = operand
  const written = writtenText(statement, node.operand.range)
  const { name, range } = node.field
  if (type.kind !== 'ROW') {
    const first = type.kind === 'ARRAY' ? `${written}[1].${quote(name)}, or UNNEST(${written}) in FROM` : undefined
    const json = type.kind === 'STRING' ? `JSON_VALUE(${written}, '$.${name}'), if it is JSON` : undefined
    const better = type.kind === 'MAP' ? `${written}['${name}']` : (first ?? json)
    const hint = better === undefined ? undefined : `write ${better}`
    refuse(statement, range, `${written} is ${shortTypeName(type)}, which has no fields`, hint)
  }
  const names = type.fields.map((field) => field.name)
  if (!names.includes(name)) {
    const near = nearest(name, names)
    const hint = near === undefined ? `the fields are ${names.map(quote).join(', ')}` : `did you mean ${quote(near)}?`
    refuse(statement, range, `${written} has no field ${quote(name)}`, hint)
  }
  return bindCall({ name: '.', operands: [operand], keywords: [name], operator: true }, node.range, scope)
}

/** ARRAY[…], MAP[…], ROW(…) */
export function bindConstruct(node: SyntaxOf<'construct'>, items: readonly Expression[], scope: Scope): Expression {
  return bindOperator(node.type === 'ROW' ? 'ROW' : `${node.type}[ ]`, items, node.range, scope)
}

/** The comparison of two rows that are written out, ROW(a, b) = ROW(c, d), as one of their parts; undefined for others. */
export function comparedParts({ operator, left, right, range }: SyntaxOf<'binary'>): ExpressionSyntax | undefined {
  if (operator !== '=' && operator !== '<>') return undefined
  if (left.kind !== 'construct' || right.kind !== 'construct' || left.type !== 'ROW' || right.type !== 'ROW') {
    return undefined
  }
  const { items } = right
  if (left.items.length !== items.length) return undefined
  const parts = left.items.map(
    (part, index): ExpressionSyntax => ({
      kind: 'binary',
      operator,
      left: part,
      right: items[index] as ExpressionSyntax,
      range,
    }),
  )
  return parts.reduce((all, part) => ({
    kind: 'binary',
    operator: operator === '=' ? 'AND' : 'OR',
    left: all,
    right: part,
    range,
  }))
}
