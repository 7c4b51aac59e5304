/** Walks through bound expressions: which columns they read, and the same expression over other columns. */
import { unreachable } from '../../base/assert.ts'
import type { Expression } from './expression.ts'

type ColumnExpression = Extract<Expression, { kind: 'column' }>

/** The expressions directly inside. */
export function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return []
    case 'call':
      return expression.call.arguments
    case 'and':
    case 'or':
    case 'coalesce':
      return expression.operands
    case 'case':
      return [...expression.branches.flatMap((branch) => [branch.when, branch.then]), expression.otherwise]
    default:
      return unreachable(expression)
  }
}

/** The columns an expression reads, added to a set. */
export function columnsOf(expression: Expression, into: Set<number> = new Set()): Set<number> {
  if (expression.kind === 'column') into.add(expression.column)
  for (const operand of operandsOf(expression)) columnsOf(operand, into)
  return into
}

/** The same expression with each column replaced. */
export function replaceColumns(expression: Expression, replace: (column: ColumnExpression) => Expression): Expression {
  const inside = (operand: Expression) => replaceColumns(operand, replace)
  switch (expression.kind) {
    case 'column':
      return replace(expression)
    case 'literal':
      return expression
    case 'call':
      return { ...expression, call: { ...expression.call, arguments: expression.call.arguments.map(inside) } }
    case 'and':
    case 'or':
    case 'coalesce':
      return { ...expression, operands: expression.operands.map(inside) }
    case 'case':
      return {
        ...expression,
        branches: expression.branches.map(({ when, then }) => ({ when: inside(when), then: inside(then) })),
        otherwise: inside(expression.otherwise),
      }
    default:
      return unreachable(expression)
  }
}

/** The conditions that must all hold for it to be TRUE. */
export function conjunctsOf(predicate: Expression): readonly Expression[] {
  return predicate.kind === 'and' ? predicate.operands.flatMap(conjunctsOf) : [predicate]
}
