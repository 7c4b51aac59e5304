/** Columns of the query around a sub-query, in the expressions of the sub-query: they are numbered from `OUTER` on. */
import { columnsOf, replaceColumns } from '../../expression/columns.ts'
import type { Expression, ExpressionOf } from '../../expression/expression.ts'
import type { SyntaxOf } from '../../syntax/ast.ts'
import { bindExpression } from '../expression.ts'
import { resolveColumns } from '../name.ts'
import type { OuterColumns, Scope } from '../statement.ts'

/** More columns than rows have. Columns around it may be numbered a little below: of OVER, until their place is known. */
const OUTER = 1 << 24

const isOuter = ({ column }: Pick<ExpressionOf<'column'>, 'column'>): boolean =>
  column > OUTER / 2 && column < 2 * OUTER

/** Whether the expression is about the row around the sub-query, alone or too. */
export const isCorrelated = (expression: Expression): boolean =>
  [...columnsOf(expression)].some((column) => isOuter({ column }))

/** Whether the expression reads nothing but the row around the sub-query. */
export const isOfOuter = (expression: Expression): boolean => {
  const columns = [...columnsOf(expression)]
  return columns.length > 0 && columns.every((column) => isOuter({ column }))
}

/** The expression with each of its own columns, and each of the row around it, replaced. */
export const replaceBoth = (
  expression: Expression,
  own: (column: ExpressionOf<'column'>) => Expression,
  outer: (column: ExpressionOf<'column'>) => Expression,
): Expression =>
  replaceColumns(expression, (each) => (isOuter(each) ? outer({ ...each, column: each.column - OUTER }) : own(each)))

/** The expression with each of its own columns replaced. */
export const replaceOwn = (expression: Expression, own: (column: ExpressionOf<'column'>) => Expression): Expression =>
  replaceColumns(expression, (each) => (isOuter(each) ? each : own(each)))

/** An expression of the query around, as the sub-query has it. */
export const asOuter = (expression: Expression): Expression =>
  replaceColumns(expression, (each) => ({ ...each, column: each.column + OUTER }))

/** The columns of a scope, for a sub-query in it. */
export const outerOf = (scope: Scope): OuterColumns => ({
  // Of two queries around it, only the nearer one.
  knows: (node: SyntaxOf<'column'>) => resolveColumns(node, scope).length > 0,
  bind: (node: SyntaxOf<'column'>) => asOuter(bindExpression(node, { ...scope, outer: undefined })),
})
