/**
 * Expressions without columns are worked out once, when the statement is bound, by the very kernels that would run them,
 * so folding never changes an answer. What would fail stays as it is and fails, if it is ever reached, where it stands.
 */
import { columnOf, type Value, valueAt } from '../../record/column.ts'
import { BOOLEAN, type Type } from '../../record/type.ts'
import type { Expression } from './expression.ts'

/** Give another answer each time they are asked. */
const NOT_CONSTANT: ReadonlySet<string> = new Set(['UUID', 'RAND', 'RAND_INTEGER'])

type CallExpression = Extract<Expression, { kind: 'call' }>
type Branch = { readonly when: Expression; readonly then: Expression }

/** Flink keeps the doubles that it works out beforehand as decimals, which have no -0. */
export const literal = (value: Value, type: Type): Expression => ({
  kind: 'literal',
  value: Object.is(value, -0) ? 0 : value,
  type,
})

export const isTrueLiteral = (expression: Expression): boolean =>
  expression.kind === 'literal' && expression.value === true

/** The expression, or the literal that it comes to; also looks inside the calls that a function put around its arguments. */
export function foldCall(expression: CallExpression): Expression {
  const operands = expression.call.arguments.map((operand) => (operand.kind === 'call' ? foldCall(operand) : operand))
  const call: CallExpression = { ...expression, call: { ...expression.call, arguments: operands } }
  const values: Extract<Expression, { kind: 'literal' }>[] = []
  for (const operand of operands) {
    if (operand.kind !== 'literal') return call
    values.push(operand)
  }
  if (NOT_CONSTANT.has(call.name)) return call
  if (call.call.nulls !== 'own' && values.some(({ value }) => value === null)) return literal(null, call.type)
  const result = call.call.open()(
    values.map(({ type, value }) => columnOf(type, [value])),
    1,
  )
  return result.failures?.has(0) === true ? call : literal(valueAt(result, 0), call.type)
}

/** AND or OR of operands: flat, and without what decides nothing. One that decides all makes it a literal, as in Flink. */
export function foldLogic(kind: 'and' | 'or', operands: readonly Expression[]): Expression {
  const deciding = kind === 'or'
  const flat = operands.flatMap((each) => (each.kind === kind ? each.operands : [each]))
  if (flat.some((operand) => operand.kind === 'literal' && operand.value === deciding))
    return literal(deciding, BOOLEAN)
  const kept = flat.filter((operand) => operand.kind !== 'literal' || operand.value === null)
  const [first] = kept
  if (first === undefined) return literal(!deciding, BOOLEAN)
  if (kept.every((operand) => operand.kind === 'literal')) return literal(null, BOOLEAN)
  return kept.length === 1 ? first : { kind, operands: kept, type: BOOLEAN }
}

/** Branches that can never be taken go, and so does all behind one that always is. */
export function foldCase(branches: readonly Branch[], otherwise: Expression, type: Type): Expression {
  const possible = branches.filter(({ when }) => when.kind !== 'literal' || when.value === true)
  const always = possible.findIndex(({ when }) => isTrueLiteral(when))
  const kept = always === -1 ? possible : possible.slice(0, always)
  const rest = always === -1 ? otherwise : (possible[always]?.then ?? otherwise)
  return kept.length === 0 ? rest : { kind: 'case', branches: kept, otherwise: rest, type }
}

/** NULLs go, and all behind the first that is never NULL. */
export function foldCoalesce(operands: readonly Expression[], type: Type): Expression {
  const possible = operands.filter((operand) => operand.kind !== 'literal' || operand.value !== null)
  const sure = possible.findIndex((operand) => operand.kind === 'literal')
  const kept = sure === -1 ? possible : possible.slice(0, sure + 1)
  const [first] = kept
  if (first === undefined) return literal(null, type)
  return kept.length === 1 ? first : { kind: 'coalesce', operands: kept, type }
}
