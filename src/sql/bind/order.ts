/** Binds ORDER BY, LIMIT and OFFSET, which only batch mode has. ORDER BY can name columns of SELECT, also by number. */

import { columnExpression, isSameColumn } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import type { OrderKey, Plan } from '../plan/plan.ts'
import type { ExpressionSyntax, QuerySyntax, TextRange } from '../syntax/ast.ts'
import { bindExpression } from './expression.ts'
import { expectOrder } from './keys.ts'
import { quote } from './name.ts'
import { orderKeys } from './over/rank.ts'
import {
  allColumns,
  emptyScope,
  refuse,
  type Scope,
  type SelectColumn,
  type Statement,
  writtenText,
} from './statement.ts'

export type Order = {
  readonly keys: readonly OrderKey[]
  /** Sort keys that are not selected: further columns behind the outputs. */
  readonly extra: readonly { readonly expression: Expression; readonly name: string; readonly range: TextRange }[]
  readonly offset: number
  readonly limit: number | undefined
}

/** The order of a SELECT with these outputs, over the rows that it reads. */
export function bindOrder(query: QuerySyntax, outputs: readonly SelectColumn[], rows: Scope): Order {
  const { statement } = rows
  refuseInStreaming(query, outputs, statement)
  const extra: { expression: Expression; name: string; range: TextRange }[] = []
  const scope: Scope = {
    ...rows,
    intercept: (node, inner) => outputNamed(node, outputs, rows) ?? rows.intercept?.(node, inner),
  }
  const columns = query.orderBy.map(({ expression: node }) => {
    const place = ordinal(node, outputs.length, statement)
    const expression = outputs[place ?? -1]?.expression ?? bindExpression(node, scope)
    expectOrder(expression.type, node.range, statement)
    if (place !== undefined) return place
    const selected = outputs.findIndex((output) => isSame(output.expression, expression))
    return selected !== -1
      ? selected
      : outputs.length + extra.push({ expression, name: writtenText(statement, node.range), range: node.range }) - 1
  })
  return { keys: orderKeys(query.orderBy, columns), extra, ...bindLimit(query, statement) }
}

function outputNamed(
  node: ExpressionSyntax,
  outputs: readonly SelectColumn[],
  { statement }: Scope,
): Expression | undefined {
  if (node.kind !== 'column' || node.path.length !== 1) return undefined
  const [first, ...others] = outputs.filter(({ name }) => name === node.path[0]?.name)
  if (first !== undefined && others.some(({ expression }) => !isSame(first.expression, expression))) {
    refuse(
      statement,
      node.range,
      `${first.name} is the name of two columns of SELECT`,
      'ORDER BY 1 means the first column',
    )
  }
  return first?.expression
}

const isSame = (a: Expression, b: Expression): boolean => a === b || isSameColumn(a, b)

function ordinal(node: ExpressionSyntax, count: number, statement: Statement): number | undefined {
  if (node.kind !== 'number' || !/^\d+$/.test(node.text)) return undefined
  const place = Number(node.text)
  if (place >= 1 && place <= count) return place - 1
  return refuse(statement, node.range, `ORDER BY ${place} means a column of SELECT, which has ${count}`)
}

/** The order of a set operation or of VALUES, which can only name output columns. */
export function bindOutputOrder(query: QuerySyntax, plan: Plan, statement: Statement): Order {
  const relations = [{ name: undefined, fields: plan.fields, first: 0 }]
  return bindOrder(query, allColumns(plan), { ...emptyScope(statement, 'ORDER BY'), relations })
}

function refuseInStreaming(query: QuerySyntax, outputs: readonly SelectColumn[], statement: Statement): void {
  if (statement.mode === 'batch') return
  const [item] = query.orderBy
  if (item !== undefined) {
    const message = 'ORDER BY needs an end, which a stream does not have'
    refuse(statement, item.range, message, topNInstead(query, outputs, statement))
  }
  const limit = query.limit ?? query.offset
  if (limit !== undefined) {
    refuse(statement, limit.range, 'LIMIT and OFFSET need an end, which a stream does not have', 'leave it out')
  }
}

/** A query of this many characters is repeated in a hint. */
const LONGEST_REPEATED = 400

/** What to write for the first rows: a Top-N, of each window if the rows have one. */
function topNInstead(query: QuerySyntax, outputs: readonly SelectColumn[], statement: Statement): string {
  const { body, limit, offset } = query
  const count = limit?.kind === 'number' && offset === undefined ? limit.text : '10'
  const names = outputs.map(({ name }) => name)
  const keys = query.orderBy.map(({ expression, descending }) => {
    const name = expression.kind === 'number' ? names[Number(expression.text) - 1] : nameOf(expression)
    return name === undefined || !names.includes(name) ? '…' : `${quote(name)}${descending ? ' DESC' : ''}`
  })
  const isWindowed = names.includes('window_start') && names.includes('window_end')
  const text = writtenText(statement, body.range)
  const inner = query.with.length === 0 && text.length <= LONGEST_REPEATED ? text : 'SELECT …'
  const over = `${isWindowed ? 'PARTITION BY window_start, window_end ' : ''}ORDER BY ${keys.join(', ')}`
  const topN = `SELECT * FROM (SELECT *, ROW_NUMBER() OVER (${over}) AS rn FROM (${inner})) WHERE rn <= ${count}`
  return isWindowed
    ? `for the first ${count} of each window, use the short form top of a pipeline, or write ${topN}`
    : `for the first ${count}, write ${topN}`
}

const nameOf = (node: ExpressionSyntax): string | undefined =>
  node.kind === 'column' && node.path.length === 1 ? node.path[0]?.name : undefined

function bindLimit(
  query: QuerySyntax,
  statement: Statement,
): { readonly offset: number; readonly limit: number | undefined } {
  const whole = (node: ExpressionSyntax | undefined): number | undefined => {
    if (node === undefined) return undefined
    if (node.kind === 'number' && /^\d+$/.test(node.text)) return Number(node.text)
    return refuse(statement, node.range, 'LIMIT and OFFSET take a whole number', 'LIMIT 10')
  }
  const bounds = { offset: whole(query.offset) ?? 0, limit: whole(query.limit) }
  if (query.offset !== undefined && bounds.limit === undefined && query.orderBy.length > 0) {
    refuse(
      statement,
      query.offset.range,
      'Flink takes an OFFSET behind ORDER BY only with a LIMIT',
      `write LIMIT 1000000 OFFSET ${bounds.offset}`,
    )
  }
  return bounds
}

/** The plan in order, without the columns that it is only sorted by. `resolve` makes their expressions ones of the plan. */
export function sorted(plan: Plan, order: Order, resolve: (expression: Expression) => Expression): Plan {
  const { keys, extra, offset, limit } = order
  if (keys.length === 0 && offset === 0 && limit === undefined) return plan
  const sort = (input: Plan): Plan => ({ kind: 'sort', input, order: keys, offset, limit, fields: input.fields })
  if (extra.length === 0 || plan.kind !== 'project') return sort(plan)
  const wide: Plan = {
    ...plan,
    expressions: [...plan.expressions, ...extra.map(({ expression }) => resolve(expression))],
    fields: [...plan.fields, ...extra.map(({ expression: { type }, name }) => ({ name, type }))],
  }
  return { kind: 'project', input: sort(wide), expressions: plan.fields.map(columnExpression), fields: plan.fields }
}
