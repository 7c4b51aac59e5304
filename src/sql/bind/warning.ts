/** Warns of probable mistakes in a valid statement: a quotient or an average or a deviation of integers has no fraction. */
import type { ExpressionSyntax } from '../syntax/ast.ts'
import { childrenOf } from '../syntax/children.ts'
import { hasAggregate } from './aggregates.ts'
import { bindExpression } from './expression.ts'
import {
  addWarning,
  rewriteStatement,
  type Scope,
  type SelectSyntax,
  type Statement,
  writtenText,
} from './statement.ts'

/** Adds a warning to the statement for each such expression over aggregates in SELECT and HAVING. */
export function warnOfIntegerDivision(select: SelectSyntax, statement: Statement, scope: Scope): void {
  const nodes = [...select.items.map(({ expression }) => expression), ...(select.having ? [select.having] : [])]
  for (const node of nodes) visit(node, statement, scope)
}

function visit(node: ExpressionSyntax, statement: Statement, scope: Scope): void {
  const isInteger = (side: ExpressionSyntax) => /^(INT|BIGINT)$/.test(bindExpression(side, scope).type.kind)
  const exact = (side: ExpressionSyntax): string =>
    rewriteStatement(statement, [{ at: side.range, text: `CAST(${writtenText(statement, side.range)} AS DOUBLE)` }])
  if (node.kind === 'binary' && node.operator === '/' && hasAggregate(node.left)) {
    if (isInteger(node.left) && isInteger(node.right)) {
      addWarning(statement, {
        message: `${writtenText(statement, node.range)} divides integers, so 1 / 2 is 0, as in Flink`,
        hint: `for a fraction, write ${exact(node.left)}`,
        range: node.range,
      })
    }
  }
  if (node.kind === 'call' && /^(AVG|STDDEV|VAR)/i.test(node.name.name) && isInteger(node)) {
    addWarning(statement, {
      message: `${writtenText(statement, node.range)} is of integers, so it is an integer, as in Flink`,
      hint: `for a fraction, write ${exact(node.arguments[0] ?? node)}`,
      range: node.range,
    })
  }
  for (const child of childrenOf(node)) visit(child, statement, scope)
}
