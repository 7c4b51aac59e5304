/** Resolves names of columns to columns of the rows, or refuses them with the name that was probably meant. */
import { assert } from '../../base/assert.ts'
import { nearest } from '../../base/nearest.ts'
import { type Field, isTimestamp, typeName } from '../../record/type.ts'
import { columnExpression } from '../expression/columns.ts'
import type { ExpressionOf } from '../expression/expression.ts'
import type { ExpressionSyntax, Identifier, SyntaxOf } from '../syntax/ast.ts'
import { childrenOf } from '../syntax/children.ts'
import { reserved } from '../syntax/reserved.ts'
import { hasAggregate } from './aggregates.ts'
import { refuseProctime } from './from/processing-time.ts'
import { refuse, type Scope, writtenText } from './statement.ts'

/** A hint lists names only up to this number of them. */
const LISTED_NAMES = 16

/** The column that the name means. Throws a Failure where it means none, or several. */
export function bindColumn(node: SyntaxOf<'column'>, scope: Scope): ExpressionOf<'column'> {
  const found = resolveColumns(node, scope)
  const [column, another] = found
  if (column === undefined) return outerColumn(node, scope) ?? refuseColumn(node, scope)
  if (another !== undefined) {
    refuse(scope.statement, node.range, `column ${quote(lastName(node))} is ambiguous`, candidates(found, scope))
  }
  const field = fieldAt(scope, column)
  refuseProctime(field, node.range, scope)
  return columnExpression(field, column)
}

/** The column of the query around a sub-query, which only WHERE can use. */
function outerColumn(
  node: SyntaxOf<'column'>,
  { statement, outer, clause }: Scope,
): ExpressionOf<'column'> | undefined {
  if (outer?.knows(node) !== true) return undefined
  if (clause !== 'WHERE') {
    const message = `${clause} of a sub-query cannot use ${quote(lastName(node))}, a column of the query around it`
    refuse(statement, node.range, message, 'compare it with a column in WHERE of the sub-query')
  }
  const column = outer.bind(node)
  return column.kind === 'column' ? column : undefined
}

/** The columns that a name can mean, as they are written: a.x, b.x. */
function candidates(columns: readonly number[], { relations }: Scope): string {
  const names = relations.flatMap(({ name, fields, first }) =>
    fields.flatMap((field, index) => {
      if (!columns.includes(first + index) || name === undefined) return []
      return `${quote(name)}.${quote(field.name)}`
    }),
  )
  const isEach = names.length === columns.length && new Set(names).size === names.length
  return isEach ? `write ${names.join(' or ')}` : 'give the tables names with AS, and the columns different ones'
}

/**
 * The column, or the fields of a column that the path goes on to: in `t.r.x`, `r` is a column of `t`, or in `r.x` of any
 * table. As in Flink a table comes before a column of the same name.
 */
export function pathOf(node: SyntaxOf<'column'>, scope: Scope): ExpressionSyntax {
  const isTable = scope.relations.some(({ name }) => name !== undefined && name === node.path[0]?.name)
  const length = isTable ? 2 : 1
  const path = node.path.slice(0, length)
  const fields = node.path.slice(length)
  const range = { start: node.range.start, end: path.at(-1)?.range.end ?? node.range.end }
  const column: SyntaxOf<'column'> = { kind: 'column', path, range }
  if (fields.length === 0 || resolveColumns(column, scope).length === 0) return node
  return fields.reduce<ExpressionSyntax>(
    (operand, field) => ({ kind: 'field', operand, field, range: { start: range.start, end: field.range.end } }),
    column,
  )
}

/** The indexes of all columns that the name can mean. */
export function resolveColumns(node: SyntaxOf<'column'>, scope: Scope): readonly number[] {
  const [table, name] = node.path.length === 1 ? [undefined, node.path[0]?.name] : node.path.map((part) => part.name)
  if (node.path.length > 2) return []
  return scope.relations.flatMap((relation) =>
    table !== undefined && relation.name !== table
      ? []
      : relation.fields.flatMap((field, index) => {
          const isMerged = table === undefined && relation.merged?.has(field.name) === true
          return field.name === name && !isMerged ? [relation.first + index] : []
        }),
  )
}

/** The field of column `column` of the rows. */
export function fieldAt(scope: Scope, column: number): Field {
  const found = scope.relations.map(({ first, fields }) => fields[column - first]).find((field) => field !== undefined)
  assert(found !== undefined, `column ${column} is in the scope`)
  return found
}

/** The name as SQL: in backquotes where it is not a plain word or is a reserved one. */
export const quote = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) && !reserved.has(name.toUpperCase()) ? name : `\`${name.replaceAll('`', '``')}\``

const lastName = (node: SyntaxOf<'column'>): string => (node.path.at(-1) as Identifier).name

function refuseColumn(node: SyntaxOf<'column'>, scope: Scope): never {
  const { statement, relations, clause, aliases } = scope
  const name = lastName(node)
  const [table] = node.path as readonly [Identifier, ...Identifier[]]
  if (node.path.length > 1 && !relations.some((relation) => relation.name === table.name)) {
    const known = relations.flatMap((relation) => (relation.name === undefined ? [] : [relation.name]))
    const joined = memberName(node.path)
    const column = relations.flatMap(({ fields }) => fields).find((field) => field.name === joined)
    if (column !== undefined) {
      refuse(statement, node.range, `there is no table ${quote(table.name)} in FROM`, `did you mean ${quote(joined)}?`)
    }
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
    const message =
      clause === 'SELECT'
        ? `SELECT cannot use ${quote(name)}, a name that it gives itself`
        : `${clause} does not know ${quote(name)}, a name that SELECT gives`
    refuse(statement, node.range, message, insteadOfAlias(name, alias, scope))
  }
  const columns = relations.flatMap((relation) => relation.fields.map((field) => field.name))
  if (/^window_(?:start|end|time)$/.test(name) && !columns.includes('window_start')) refuseWindowColumn(node, scope)
  const member = memberName(node.path.slice(1))
  if (node.path.length > 2 && columns.includes(member)) {
    const whole = `${quote(table.name)}.${quote(member)}`
    refuse(statement, node.range, `there is no column ${quote(name)}`, `did you mean ${whole}?`)
  }
  if (node.path.length === 2 && relations.length > 1) refuseColumnOf(node, table.name, scope)
  const hint = columns.length === 0 ? 'no columns were found in the first lines' : hintOf(name, columns, 'columns')
  refuse(statement, node.range, `there is no column ${quote(name)}`, hint)
}

/** Of several tables, the one that is named has no such column; another one may have it. */
function refuseColumnOf(node: SyntaxOf<'column'>, table: string, { statement, relations }: Scope): never {
  const name = lastName(node)
  const namesOf = ({ fields }: Scope['relations'][number]) => fields.map((field) => field.name)
  const other = relations.find((relation) => relation.name !== undefined && namesOf(relation).includes(name))?.name
  const own = relations.filter((relation) => relation.name === table).flatMap(namesOf)
  const hint = other === undefined ? hintOf(name, own, 'columns') : `did you mean ${quote(other)}.${quote(name)}?`
  refuse(statement, node.range, `there is no column ${quote(name)} in ${quote(table)}`, hint)
}

/** The members of a JSON object in another are columns with both names. */
const memberName = (path: readonly Identifier[]): string => path.map((part) => part.name).join('_')

/** All columns of windows are refused by one message. */
function refuseWindowColumn(node: SyntaxOf<'column'>, { statement, relations: [relation] }: Scope): never {
  const table = statement.catalog.get(relation?.name ?? '')
  const time = table?.fields[table.rowtime?.field ?? -1] ?? relation?.fields.find(({ type }) => isTimestamp(type))
  const read = `TABLE ${quote(table?.name ?? 't')}, DESCRIPTOR(${quote(time?.name ?? 'ts')})`
  const message = 'there is no window in FROM, and window_start, window_end and window_time are columns of one'
  refuse(statement, node.range, message, `write FROM TABLE(TUMBLE(${read}, INTERVAL '1' MINUTE))`)
}

/** What to write for the name that SELECT gives to an expression, where that name is not known. */
function insteadOfAlias(name: string, alias: ExpressionSyntax, { statement, clause }: Scope): string {
  const text = writtenText(statement, alias.range)
  if (hasOver(alias)) return `put a query around it: SELECT * FROM (SELECT …) WHERE ${quote(name)} <= 3`
  if (!hasAggregate(alias) || clause === 'HAVING') return `write what it stands for: ${text}`
  if (clause === 'WHERE') return `HAVING takes conditions on aggregates: HAVING ${text} …`
  return `put a query around it: SELECT … FROM (SELECT …)`
}

const hasOver = (node: ExpressionSyntax): boolean =>
  (node.kind === 'call' && node.over !== undefined) || childrenOf(node).some(hasOver)

/** A hint with the nearest name, or with all of them if they are few. */
export function hintOf(name: string, candidates: readonly string[], what: string): string | undefined {
  const near = nearest(name, candidates)
  if (near !== undefined) return `did you mean ${quote(near)}?`
  if (candidates.length === 0 || candidates.length > LISTED_NAMES) return undefined
  return `the ${what} are ${candidates.map(quote).join(', ')}`
}

/** The index of the TIMESTAMP or TIMESTAMP_LTZ of that name. `need` is the subject of the refusal: "windows want". */
export function findTime(
  name: string,
  fields: readonly Field[],
  need: string,
  fail: (message: string, hint: string | undefined) => never,
): number {
  const isTime = ({ type }: Field) => isTimestamp(type)
  const times = fields.filter(isTime).map((field) => field.name)
  const index = fields.findIndex((field) => field.name === name)
  const field = fields[index]
  if (field === undefined) return fail(`there is no column ${quote(name)}`, hintOf(name, times, 'time columns'))
  if (isTime(field)) return index
  const digits = field.type.kind === 'FINE_TIMESTAMP' ? ' of at most 3 digits of a second' : ''
  const message = `column ${quote(name)} is ${typeName(field.type)}, and ${need} TIMESTAMP or TIMESTAMP_LTZ${digits}`
  return fail(message, hintOf('', times, 'time columns'))
}
