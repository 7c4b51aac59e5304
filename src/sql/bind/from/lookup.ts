/**
 * Binds lookup joins, as Flink writes them: each row is joined with the rows that a table has when the row comes.
 *
 *   FROM (SELECT *, PROCTIME() AS proc FROM logs) AS l
 *   LEFT JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p ON l.port = p.port
 *
 * PROCTIME() is a column without a value, which nothing but AS OF can use: a value would be another one in a replay.
 */
import { BOOLEAN, type Field, sameType, type Type, typeName } from '../../../record/type.ts'
import type { Table } from '../../catalog.ts'
import { columnExpression, columnsOf, conjunctsOf, replaceColumns } from '../../expression/columns.ts'
import type { Expression } from '../../expression/expression.ts'
import { foldLogic, literal } from '../../expression/fold.ts'
import { inputsOf } from '../../plan/inputs.ts'
import type { Plan } from '../../plan/plan.ts'
import type { ExpressionSyntax, Identifier, TableSyntax, TextRange } from '../../syntax/ast.ts'
import { bindCondition, bindExpression } from '../expression.ts'
import { quote } from '../name.ts'
import { emptyScope, type Relation, refuse, type Statement } from '../statement.ts'
import type { BoundTables } from './unnest.ts'

type JoinSyntax = Extract<TableSyntax, { kind: 'join' }>
export type LookupSyntax = JoinSyntax & { readonly right: Extract<TableSyntax, { kind: 'table' }> }

/** Whether the join is one with a table FOR SYSTEM_TIME AS OF. */
export const isLookup = (syntax: JoinSyntax): syntax is LookupSyntax =>
  syntax.right.kind === 'table' && syntax.right.asOf !== undefined

/** How a statement reads a lookup table. */
export const lookupHint = (table: string): string =>
  `write FROM (SELECT *, PROCTIME() AS proc FROM t) AS l JOIN ${quote(table)} FOR SYSTEM_TIME AS OF l.proc AS p ON l.k = p.k`

/** Types whose equal values are the same bytes of a key. */
const KEY_TYPES: ReadonlySet<Type['kind']> = new Set([
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'DECIMAL',
  'STRING',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMP_LTZ',
])

/** The rows of `left`, each with those of the lookup table; `rename` gives the table's columns the names of its alias. */
export function bindLookup(
  syntax: LookupSyntax,
  left: BoundTables,
  statement: Statement,
  rename: (fields: readonly Field[]) => readonly Field[],
): BoundTables {
  const { type, right, on } = syntax
  const name = right.path.at(-1) as Identifier
  if (type !== 'INNER' && type !== 'LEFT') {
    return refuse(
      statement,
      right.range,
      `${type} JOIN cannot be with FOR SYSTEM_TIME AS OF`,
      'write JOIN or LEFT JOIN',
    )
  }
  const table = lookupTable(right, left, statement)
  checkTime(right.asOf, left, statement)
  if (statement.mode === 'streaming') refuseMerged(left.plan, syntax.range, statement)
  const fields = rename(table.fields)
  const width = left.plan.fields.length
  const relation: Relation = { name: right.alias?.name.name ?? name.name, fields, first: width }
  const relations = [...left.relations, relation]
  const given = left.relations.flatMap((one) => one.fields)
  const all = [...given, ...fields]
  const scope = { ...emptyScope(statement, 'ON'), relations }
  const condition = on === undefined ? literal(true, BOOLEAN) : bindCondition(on, 'ON', scope)
  const { pairs, rest } = equalities(condition, width)
  if (pairs.length === 0) refuseKeyless(table, { condition, width, range: on?.range ?? right.range, statement })
  for (const { right: column } of pairs) {
    const { name: key, type } = all[column] as Field
    if (KEY_TYPES.has(type.kind)) continue
    refuse(statement, on?.range ?? right.range, `rows cannot be looked up by ${quote(key)}, which is ${typeName(type)}`)
  }
  const { input, keys } = withKeys(
    { ...left.plan, fields: given },
    pairs.map((pair) => pair.left),
  )
  const extra = input.fields.length - width
  const own = fields.map((field) => ({ name: field.name, type: field.type }))
  const isOuter = type === 'LEFT'
  const moved = rest.map((each) => shift(each, width, extra))
  const plan: Plan = {
    kind: 'lookup',
    input,
    table: table.name,
    keys,
    on: pairs.map(({ right: column }) => ({ column: column - width, field: table.fields[column - width] as Field })),
    columns: [...fields.keys()],
    condition: isOuter && moved.length > 0 ? foldLogic('and', moved) : undefined,
    outer: isOuter,
    unique: isUnique(table, [...pairs.map(({ right: column }) => column), ...constantColumns(rest)], width),
    fields: [...input.fields, ...own],
  }
  const found = isOuter ? plan : moved.reduce<Plan>(filterOf, plan)
  return { plan: withoutKeys(found, { width, extra, fields: [...given, ...own] }), relations }
}

const filterOf = (input: Plan, predicate: Expression): Plan => ({
  kind: 'filter',
  input,
  predicate,
  fields: input.fields,
})

function lookupTable({ path, range }: LookupSyntax['right'], left: BoundTables, statement: Statement): Table {
  const { name, range: at } = path[0] as Identifier
  const table = path.length === 1 ? statement.catalog.get(name) : undefined
  if (table?.lookup !== undefined) return table
  if (table === undefined)
    return refuse(statement, at, `there is no lookup table ${quote(name)}`, tablesHint(statement))
  const message = `FOR SYSTEM_TIME AS OF reads a lookup table, and ${quote(name)} is a topic or the rows of a query`
  const hint = left.relations.length > 0 ? tablesHint(statement) : undefined
  return refuse(statement, range, message, hint)
}

function tablesHint({ catalog }: Statement): string {
  const names = [...catalog.values()].filter(({ lookup }) => lookup !== undefined).map(({ name }) => quote(name))
  if (names.length > 0) return `the lookup tables are ${names.join(', ')}`
  return 'declare one under tables in the pipeline file: ports: { file: { path: ports.csv }, columns: { … }, key: [port] }'
}

/** AS OF names a column that is PROCTIME(). */
function checkTime(asOf: ExpressionSyntax | undefined, left: BoundTables, statement: Statement): void {
  if (asOf === undefined) return
  const hint = 'give the left side such a column, (SELECT *, PROCTIME() AS proc FROM t) AS l, and write AS OF l.proc'
  if (asOf.kind !== 'column') {
    refuse(statement, asOf.range, 'FOR SYSTEM_TIME AS OF takes a column of processing time of the left side', hint)
  }
  const scope = { ...emptyScope(statement, 'AS OF'), relations: left.relations, takesProctime: true }
  const column = bindExpression(asOf, scope)
  const field = column.kind === 'column' ? left.relations.flatMap(({ fields }) => fields)[column.column] : undefined
  if (field?.proctime === true) return
  const what = field?.rowtime === true ? 'event time' : 'no processing time'
  const message = `FOR SYSTEM_TIME AS OF takes a column of processing time, and ${quote(asOf.path.at(-1)?.name ?? '')} is ${what}`
  refuse(statement, asOf.range, message, hint)
}

/** In a stream the version of a table changes at offsets: rows that come from no one record are at none. */
function refuseMerged(plan: Plan, range: TextRange, statement: Statement): void {
  if (['aggregate', 'rank', 'first', 'over', 'sort', 'alert', 'values'].includes(plan.kind)) {
    const what = plan.kind === 'values' ? 'written in the query' : 'of groups or ranks'
    const message = `a lookup join takes rows of a topic, and these are ${what}`
    const hint = 'make the groups in a query of their own, and look up in a second one, which reads its rows'
    refuse(statement, range, message, hint)
  }
  for (const input of inputsOf(plan)) refuseMerged(input, range, statement)
}

type Pair = { readonly left: Expression; readonly right: number }

/** The equalities of a value of the left side with a column of the right side, and all other conditions. */
function equalities(condition: Expression, width: number): { readonly pairs: Pair[]; readonly rest: Expression[] } {
  const pairs: Pair[] = []
  const rest: Expression[] = []
  for (const each of conjunctsOf(condition)) {
    const pair = each.kind === 'call' && each.name === '=' ? pairOf(each.call.arguments, width) : undefined
    if (pair === undefined || pairs.some(({ right }) => right === pair.right)) rest.push(each)
    else pairs.push(pair)
  }
  return { pairs, rest: rest.filter((each) => each.kind !== 'literal' || each.value !== true) }
}

function pairOf(sides: readonly Expression[], width: number): Pair | undefined {
  const [a, b] = sides as readonly [Expression, Expression]
  const isRight = (side: Expression) => side.kind === 'column' && side.column >= width
  const isLeft = (side: Expression) => {
    const columns = [...columnsOf(side)]
    return columns.length > 0 && columns.every((column) => column < width)
  }
  const [left, right] = isRight(b) ? [a, b] : [b, a]
  if (!isLeft(left) || right.kind !== 'column' || right.column < width || !sameType(left.type, right.type))
    return undefined
  return { left, right: right.column }
}

/** The columns of the right side that equal a constant. */
const constantColumns = (conditions: readonly Expression[]): readonly number[] =>
  conditions.flatMap((each) => {
    if (each.kind !== 'call' || each.name !== '=') return []
    const [a, b] = each.call.arguments
    if (a?.kind === 'column' && b?.kind === 'literal') return [a.column]
    return b?.kind === 'column' && a?.kind === 'literal' ? [b.column] : []
  })

const isUnique = ({ lookup }: Table, found: readonly number[], width: number): boolean =>
  lookup?.unique === true && lookup.key.every((column) => found.includes(column + width))

type Keyless = {
  readonly condition: Expression
  readonly width: number
  readonly range: TextRange
  readonly statement: Statement
}

function refuseKeyless(table: Table, { condition, width, range, statement }: Keyless): never {
  const key = (table.lookup?.key ?? []).map((column) => quote(table.fields[column]?.name ?? ''))
  for (const each of conjunctsOf(condition)) {
    if (each.kind !== 'call' || each.name !== '=') continue
    const cast = each.call.arguments.flatMap((side) => (side.kind === 'call' ? side.call.arguments : [side]))
    const right = cast.find((side) => side.kind === 'column' && side.column >= width)
    const left = cast.find((side) => [...columnsOf(side)].some((column) => column < width))
    if (right === undefined || left === undefined || right.kind !== 'column' || sameType(left.type, right.type))
      continue
    const message = `a lookup compares values of one type, and ${quote(right.name)} is ${typeName(right.type)}, not ${typeName(left.type)}`
    refuse(statement, range, message, `CAST the left side to ${typeName(right.type)}, or declare the column otherwise`)
  }
  const message = `ON must say which row of ${quote(table.name)} is meant: a column of it equals a value of the left side`
  refuse(statement, range, message, key.length === 0 ? undefined : `its key is ${key.join(', ')}`)
}

/** The plan with the keys among its columns. */
function withKeys(plan: Plan, keys: readonly Expression[]): { readonly input: Plan; readonly keys: readonly number[] } {
  const made = keys.filter((key) => key.kind !== 'column')
  const at = (key: Expression) => (key.kind === 'column' ? key.column : plan.fields.length + made.indexOf(key))
  if (made.length === 0) return { input: plan, keys: keys.map(at) }
  const expressions = [...plan.fields.map(columnExpression), ...made]
  const fields = [...plan.fields, ...made.map((key, index): Field => ({ name: `key ${index + 1}`, type: key.type }))]
  return { input: { kind: 'project', input: plan, expressions, fields }, keys: keys.map(at) }
}

type Width = { readonly width: number; readonly extra: number; readonly fields: readonly Field[] }

/** The rows without the computed keys. */
function withoutKeys(plan: Plan, { width, extra, fields }: Width): Plan {
  if (extra === 0) return { ...plan, fields }
  const expressions = fields.map((field, column) => columnExpression(field, column < width ? column : column + extra))
  return { kind: 'project', input: plan, expressions, fields }
}

/** The same expression where `extra` columns stand between those of both sides. */
function shift(expression: Expression, width: number, extra: number): Expression {
  return replaceColumns(expression, (each) => ({
    ...each,
    column: each.column < width ? each.column : each.column + extra,
  }))
}
