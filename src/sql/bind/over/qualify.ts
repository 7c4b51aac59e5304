/** QUALIFY, which filters by what is over windows: a WHERE around the SELECT. It knows the names that SELECT gives. */
import { columnsOf } from '../../expression/columns.ts'
import type { Expression } from '../../expression/expression.ts'
import type { ExpressionSyntax, SelectItem } from '../../syntax/ast.ts'
import { isNode } from '../../syntax/children.ts'
import { bindCondition } from '../expression.ts'
import { quote } from '../name.ts'
import { refuse, type Scope, type SelectSyntax, type Statement } from '../statement.ts'
import { isOverColumn } from './over.ts'

/** The condition, in the scope of SELECT; undefined if there is none. */
export function bindQualify({ qualify, items }: SelectSyntax, overs: Scope): Expression | undefined {
  if (qualify === undefined) return undefined
  const condition = bindCondition(expanded(qualify, items, overs.statement), 'QUALIFY', { ...overs, clause: 'QUALIFY' })
  if ([...columnsOf(condition)].some(isOverColumn)) return condition
  const message = 'QUALIFY filters by what is over a window, and this is not'
  return refuse(overs.statement, qualify.range, message, 'write WHERE, or HAVING for aggregates of groups')
}

/** The expression with what SELECT says in place of its names, as in Flink: they come before names of columns. */
function expanded(node: ExpressionSyntax, items: readonly SelectItem[], statement: Statement): ExpressionSyntax {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    // A sub-query has names of its own.
    if (!isNode(value) || 'body' in value) return value
    const named = 'kind' in value ? itemNamed(value as ExpressionSyntax, items, statement) : undefined
    return named ?? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, walk(part)]))
  }
  return walk(node) as ExpressionSyntax
}

function itemNamed(
  node: ExpressionSyntax,
  items: readonly SelectItem[],
  statement: Statement,
): ExpressionSyntax | undefined {
  if (node.kind !== 'column' || node.path.length !== 1) return undefined
  const name = node.path[0]?.name ?? ''
  const found = items.filter(({ alias, expression }) => {
    return (alias?.name ?? (expression.kind === 'column' ? expression.path.at(-1)?.name : undefined)) === name
  })
  if (found.length > 1) refuse(statement, node.range, `${quote(name)} is the name of two columns of SELECT`)
  return found[0]?.expression
}
