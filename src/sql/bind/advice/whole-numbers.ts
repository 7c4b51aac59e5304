/**
 * Warns of probable mistakes in a valid statement: a quotient or an average or a deviation of integers has no fraction, and nothing is
 * equal to NULL. Docs: docs/language.md, "Surprises".
 */
import { isInteger } from '../../../record/type.ts'
import type { ExpressionSyntax, SyntaxOf } from '../../syntax/ast.ts'
import { childrenOf } from '../../syntax/children.ts'
import { hasAggregate, isAggregate } from '../aggregates.ts'
import { bindExpression } from '../expression.ts'
import {
  addWarning,
  rewriteStatement,
  type Scope,
  type SelectSyntax,
  type Statement,
  writtenText,
} from '../statement.ts'

/** The scope of SELECT, and that of the inside of aggregates. */
type Scopes = { readonly scope: Scope; readonly rows: Scope }

/** Adds a warning to the statement for each such expression in SELECT, HAVING and QUALIFY. */
export function warnOfIntegerDivision(select: SelectSyntax, statement: Statement, scopes: Scopes): void {
  const { items, having, qualify, groupBy = [] } = select
  const keys = new Set(groupBy.map((key) => writtenText(statement, key.range)))
  for (const node of [...items.map(({ expression }) => expression), having, qualify]) {
    if (node !== undefined && !keys.has(writtenText(statement, node.range))) visit(node, statement, scopes)
  }
}

/**
 * Whether a quotient of integers is likely to be meant with its fraction: of aggregates, of two columns, or of units such as 1024 or
 * 60. `status / 100` is a class of values.
 */
function wantsFraction({ left, right }: SyntaxOf<'binary'>): boolean {
  if (hasAggregate(left) || hasAggregate(right) || isOver(left) || isOver(right)) return true
  if (right.kind !== 'number') return left.kind !== 'number'
  const divisor = Number(right.text)
  return divisor >= 1000 || divisor === 60
}

const isOver = (node: ExpressionSyntax): boolean =>
  (node.kind === 'call' && node.over !== undefined) || childrenOf(node).some(isOver)

function visit(node: ExpressionSyntax, statement: Statement, { scope, rows }: Scopes): void {
  const isWhole = (side: ExpressionSyntax) => isInteger(bindExpression(side, scope).type)
  const exact = (side: ExpressionSyntax): string =>
    rewriteStatement(statement, [{ at: side.range, text: `CAST(${writtenText(statement, side.range)} AS DOUBLE)` }])
  if (node.kind === 'binary' && node.operator === '/' && wantsFraction(node)) {
    if (isWhole(node.left) && isWhole(node.right)) {
      addWarning(statement, {
        message: `${writtenText(statement, node.range)} divides integers, so 1 / 2 is 0, as in Flink`,
        hint: `for a fraction, write ${exact(node.left)}`,
        range: node.range,
      })
    }
  }
  if (node.kind === 'call' && /^(AVG|STDDEV|VAR)/i.test(node.name.name) && isWhole(node)) {
    addWarning(statement, {
      message: `${writtenText(statement, node.range)} is of integers, so it is an integer, as in Flink`,
      hint: `for a fraction, write ${exact(node.arguments[0] ?? node)}`,
      range: node.range,
    })
  }
  const inside = isAggregate(node) ? rows : scope
  for (const child of childrenOf(node)) if (child.kind !== 'star') visit(child, statement, { scope: inside, rows })
}
