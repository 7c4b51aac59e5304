/** The columns that bound expressions read, and the same expressions over other columns. */
import { unreachable } from '../../base/assert.ts'
import type { Field } from '../../record/type.ts'
import type { Expression, ExpressionOf } from './expression.ts'

/** Column `column` of rows that have `field` there. */
export const columnExpression = ({ name, type }: Field, column: number): ExpressionOf<'column'> => ({
  kind: 'column',
  column,
  name,
  type,
})

/** Whether both expressions are bare columns, and the same one. */
export const isSameColumn = (a: Expression, b: Expression): boolean =>
  a.kind === 'column' && b.kind === 'column' && a.column === b.column

/** The same expression with each expression directly inside it replaced. */
function mapOperands(expression: Expression, replace: (operand: Expression) => Expression): Expression {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return expression
    case 'call':
      return { ...expression, call: { ...expression.call, arguments: expression.call.arguments.map(replace) } }
    case 'and':
    case 'or':
    case 'coalesce':
      return { ...expression, operands: expression.operands.map(replace) }
    case 'case':
      return {
        ...expression,
        branches: expression.branches.map(({ when, then }) => ({ when: replace(when), then: replace(then) })),
        otherwise: replace(expression.otherwise),
      }
    default:
      return unreachable(expression)
  }
}

/** The expressions directly inside `expression`. */
export function operandsOf(expression: Expression): readonly Expression[] {
  const operands: Expression[] = []
  mapOperands(expression, (operand) => {
    operands.push(operand)
    return operand
  })
  return operands
}

/** The columns that the expression reads, added to `into`. */
export function columnsOf(expression: Expression, into: Set<number> = new Set()): Set<number> {
  if (expression.kind === 'column') into.add(expression.column)
  for (const operand of operandsOf(expression)) columnsOf(operand, into)
  return into
}

/** The same expression with each column replaced. */
export function replaceColumns(
  expression: Expression,
  replace: (column: ExpressionOf<'column'>) => Expression,
): Expression {
  if (expression.kind === 'column') return replace(expression)
  return mapOperands(expression, (operand) => replaceColumns(operand, replace))
}

/** The conditions that must all be TRUE for the predicate to be TRUE. */
export function conjunctsOf(predicate: Expression): readonly Expression[] {
  return predicate.kind === 'and' ? predicate.operands.flatMap(conjunctsOf) : [predicate]
}
