/** Warns of a probable mistake in a valid statement: a share of counts, divided as integers, is nearly always 0. */
import type { ExpressionSyntax } from '../syntax/ast.ts'
import { childrenOf } from '../syntax/children.ts'
import { hasAggregate } from './aggregate.ts'
import { bindExpression } from './expression.ts'
import { rewriteStatement, type Scope, type SelectSyntax, type Statement, writtenText } from './statement.ts'

/** Adds a warning to the statement for each quotient of integer aggregates in SELECT and HAVING. */
export function warnOfIntegerDivision(select: SelectSyntax, statement: Statement, scope: Scope): void {
  const nodes = [...select.items.map(({ expression }) => expression), ...(select.having ? [select.having] : [])]
  for (const node of nodes) visit(node, statement, scope)
}

function visit(node: ExpressionSyntax, statement: Statement, scope: Scope): void {
  if (node.kind === 'binary' && node.operator === '/' && hasAggregate(node.left) && hasAggregate(node.right)) {
    const isInteger = (side: ExpressionSyntax) => /^(INT|BIGINT)$/.test(bindExpression(side, scope).type.kind)
    if (isInteger(node.left) && isInteger(node.right)) {
      const text = writtenText(statement, node.left.range)
      statement.warnings.push({
        message: `${writtenText(statement, node.range)} divides integers, so 1 / 2 is 0, as in Flink`,
        hint: `for a fraction, write ${rewriteStatement(statement, [{ at: node.left.range, text: `CAST(${text} AS DOUBLE)` }])}`,
        range: node.range,
      })
    }
  }
  for (const child of childrenOf(node)) visit(child, statement, scope)
}
