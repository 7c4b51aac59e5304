/**
 * Computes expressions without columns once, when the statement is bound, with the functions that would run them, so that
 * folding never changes an answer. An expression that fails is refused: it would fail for every row that reaches it.
 */
import { columnOf, type Value, valueAt } from '../../record/column.ts'
import { BOOLEAN, type Type } from '../../record/type.ts'
import type { Expression, ExpressionOf } from './expression.ts'

/** Functions whose every call has another result. */
export const RANDOM_FUNCTIONS: ReadonlySet<string> = new Set(['UUID', 'RAND', 'RAND_INTEGER'])

/** Functions that have another meaning directly inside one of them than a text with their result. */
const NOT_FOLDED: ReadonlySet<string> = new Set(['JSON', 'JSON_ARRAY', 'JSON_OBJECT'])

type Branch = { readonly when: Expression; readonly then: Expression }

/** A constant cannot be computed; the message is the reason that a row would have. */
export class ConstantFailure extends Error {
  override readonly name = 'ConstantFailure'
}

/** A literal; -0 becomes 0, as Flink keeps the doubles that it folds as decimals, which have no -0. */
export const literal = (value: Value, type: Type): Expression => ({
  kind: 'literal',
  value: Object.is(value, -0) ? 0 : value,
  type,
})

/** Whether the expression is TRUE for every row. */
export const isTrueLiteral = (expression: Expression): boolean =>
  expression.kind === 'literal' && expression.value === true

/** The call, or the literal that it computes. Throws a ConstantFailure where that fails. Calls that the function put around its arguments are folded too. */
export function foldCall(expression: ExpressionOf<'call'>): Expression {
  const operands = expression.call.arguments.map((operand) => (operand.kind === 'call' ? foldCall(operand) : operand))
  const call: ExpressionOf<'call'> = { ...expression, call: { ...expression.call, arguments: operands } }
  const values: ExpressionOf<'literal'>[] = []
  for (const operand of operands) {
    if (operand.kind !== 'literal') return call
    values.push(operand)
  }
  if (RANDOM_FUNCTIONS.has(call.name) || NOT_FOLDED.has(call.name)) return call
  if (call.call.nulls !== 'own' && values.some(({ value }) => value === null)) return literal(null, call.type)
  const result = call.call.open()(
    values.map(({ type, value }) => columnOf(type, [value])),
    1,
  )
  const failure = result.failures?.get(0)
  if (failure !== undefined) throw new ConstantFailure(failure)
  return literal(valueAt(result, 0, call.type), call.type)
}

/** AND or OR: flat, and without operands that decide nothing. An operand that decides the result makes it a literal. */
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

/** CASE without the branches that are never taken, and without those behind a branch that is always taken. */
export function foldCase(branches: readonly Branch[], otherwise: Expression, type: Type): Expression {
  const possible = branches.filter(({ when }) => when.kind !== 'literal' || when.value === true)
  const always = possible.findIndex(({ when }) => isTrueLiteral(when))
  const kept = always === -1 ? possible : possible.slice(0, always)
  const rest = always === -1 ? otherwise : (possible[always]?.then ?? otherwise)
  return kept.length === 0 ? rest : { kind: 'case', branches: kept, otherwise: rest, type }
}

/** COALESCE without NULLs, and without the operands behind the first that is never NULL. */
export function foldCoalesce(operands: readonly Expression[], type: Type): Expression {
  const possible = operands.filter((operand) => operand.kind !== 'literal' || operand.value !== null)
  const sure = possible.findIndex((operand) => operand.kind === 'literal')
  const kept = sure === -1 ? possible : possible.slice(0, sure + 1)
  const [first] = kept
  if (first === undefined) return literal(null, type)
  return kept.length === 1 ? first : { kind: 'coalesce', operands: kept, type }
}
