/** Names of columns: each is resolved to one column of the rows, or refused with the name that was probably meant. */
import { nearest } from '../../base/nearest.ts'
import type { Field } from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import type { ExpressionSyntax, Identifier } from '../syntax/ast.ts'
import { reserved } from '../syntax/reserved.ts'
import { refuse, type Scope, writtenText } from './statement.ts'

type ColumnSyntax = Extract<ExpressionSyntax, { kind: 'column' }>

type ColumnExpression = Extract<Expression, { kind: 'column' }>

/** A list of columns longer than this is not worth reading in an error. */
const LISTED_COLUMNS = 16

export function bindColumn(node: ColumnSyntax, scope: Scope): ColumnExpression {
  const found = resolveColumns(node, scope)
  const [column, another] = found
  if (column === undefined) return refuseColumn(node, scope)
  if (another !== undefined) {
    const name = lastName(node)
    refuse(
      scope.statement,
      node.range,
      `column ${quote(name)} is ambiguous`,
      'give the columns different names with AS',
    )
  }
  return columnAt(scope, column)
}

/** The indexes of all columns that the name can mean. */
export function resolveColumns(node: ColumnSyntax, scope: Scope): readonly number[] {
  const [table, name] = node.path.length === 1 ? [undefined, node.path[0]?.name] : node.path.map((part) => part.name)
  if (node.path.length > 2) return []
  return scope.relations.flatMap((relation) =>
    table !== undefined && relation.name !== table
      ? []
      : relation.fields.flatMap((field, index) => (field.name === name ? [relation.first + index] : [])),
  )
}

export function columnAt(scope: Scope, column: number): ColumnExpression {
  const field = fieldAt(scope, column)
  return { kind: 'column', column, name: field.name, type: field.type }
}

export function fieldAt(scope: Scope, column: number): Field {
  for (const { first, fields } of scope.relations) {
    const field = fields[column - first]
    if (column >= first && field !== undefined) return field
  }
  throw new Error(`internal error: no column ${column} in the scope`)
}

/** A name as it must be written: in backquotes where it is not a plain word, or a word of SQL. */
export const quote = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) && !reserved.has(name.toUpperCase()) ? name : `\`${name.replaceAll('`', '``')}\``

const lastName = (node: ColumnSyntax): string => (node.path.at(-1) as Identifier).name

function refuseColumn(node: ColumnSyntax, scope: Scope): never {
  const { statement, relations, clause, aliases } = scope
  const name = lastName(node)
  const [table] = node.path as readonly [Identifier, ...Identifier[]]
  if (node.path.length > 1 && !relations.some((relation) => relation.name === table.name)) {
    const known = relations.flatMap((relation) => (relation.name === undefined ? [] : [relation.name]))
    refuse(
      statement,
      table.range,
      `there is no table ${quote(table.name)} in FROM`,
      hintOf(table.name, known, 'tables'),
    )
  }
  if (relations.length === 0) refuse(statement, node.range, `there is no column ${quote(name)}: the query has no FROM`)
  const alias = node.path.length === 1 ? aliases.get(name) : undefined
  if (alias !== undefined) {
    const instead = writtenText(statement, alias.range)
    const message =
      clause === 'SELECT'
        ? `SELECT cannot use ${quote(name)}, a name that it gives itself`
        : `${clause} does not know ${quote(name)}, a name that SELECT gives`
    refuse(statement, node.range, message, `write what it stands for: ${instead}`)
  }
  const columns = relations.flatMap((relation) => relation.fields.map((field) => field.name))
  const hint = columns.length === 0 ? 'no columns were found in the first lines' : hintOf(name, columns, 'columns')
  refuse(statement, node.range, `there is no column ${quote(name)}`, hint)
}

/** The nearest name, or else all of them if they are few. */
export function hintOf(name: string, candidates: readonly string[], what: string): string | undefined {
  const near = nearest(name, candidates)
  if (near !== undefined) return `did you mean ${quote(near)}?`
  if (candidates.length === 0 || candidates.length > LISTED_COLUMNS) return undefined
  return `the ${what} are ${candidates.map(quote).join(', ')}`
}
