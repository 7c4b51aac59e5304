/**
 * Binds one SELECT, clause by clause in the order in which they act: FROM, WHERE, GROUP BY, HAVING, OVER, SELECT,
 * DISTINCT, ORDER BY with LIMIT. Each clause makes a node of the plan; `plan/simplify.ts` merges them.
 */

import { type Field, NULL } from '../../record/type.ts'
import { columnExpression, conjunctsOf } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { isTrueLiteral, literal } from '../expression/fold.ts'
import { haveWindow } from '../plan/inputs.ts'
import type { Plan } from '../plan/plan.ts'
import type { ExpressionSyntax, Identifier, QuerySyntax, SelectItem, SyntaxOf } from '../syntax/ast.ts'
import { childrenOf } from '../syntax/children.ts'
import { warnOfIntegerDivision } from './advice/whole-numbers.ts'
import { bindGrouping, type Grouping } from './aggregate.ts'
import { hasAggregate } from './aggregates.ts'
import { bindExpression } from './expression.ts'
import { isProctime, mayBeProctime, refuseProctime } from './from/processing-time.ts'
import { settledScope } from './from/settle.ts'
import { bindFiltered } from './from/where.ts'
import { groupWindow, refuseUnevenHop } from './group-window.ts'
import { expectKey } from './keys.ts'
import { fieldAt, quote, resolveColumns } from './name.ts'
import { bindOrder, sorted } from './order.ts'
import { bindOvers } from './over/over.ts'
import { bindQualify } from './over/qualify.ts'
import { limitRank } from './over/rank.ts'
import { hasMoreProblems, orProblem, planOfUnknown } from './problems.ts'
import {
  emptyScope,
  type NamedQueries,
  noteChanging,
  type QueryAround,
  refuse,
  type Scope,
  type SelectColumn,
  type SelectSyntax,
  type Statement,
} from './statement.ts'
import { AttachedJoins } from './subquery/attach.ts'
import { equalityWith } from './subquery/bind.ts'
import { bindWithSubqueries } from './subquery/choose.ts'
import { correlate, correlatedKeys } from './subquery/correlate.ts'
import { asked, openSubqueries } from './subquery/value.ts'
import { noteStreamingGroup } from './suggest.ts'
import { bindTables } from './table.ts'
import { uniquelyNamed } from './view/unique-names.ts'

/** The plan of the SELECT; `query` is the query around it, with ORDER BY and LIMIT. */
export function bindSelect(
  written: SelectSyntax,
  query: QuerySyntax,
  { around, ...given }: Statement,
  tables: NamedQueries,
): Plan {
  const statement: Statement = given
  const before = statement.problems.length
  const { plan: from, scope } = bindFrom(written, statement, tables, around)
  const chosen = bindFiltered(written, from, scope, tables)
  const settled = chosen === undefined ? scope : settledScope(scope, from, chosen.plan)
  const windowed = groupWindow(written, query, chosen?.plan ?? from, settled)
  const { select, rows } = windowed ?? { select: written, rows: settled }
  const filtered = chosen && (windowed?.from ?? chosen.plan)
  const correlated = chosen?.correlated ?? []
  const grouping = isGrouped(select, query) ? bindCorrelatedGrouping(select, query, correlated, rows) : undefined
  const grouped = grouping?.scope ?? rows
  const overs = bindOvers(grouped, select.windows)
  const [itemJoins, groupJoins] = [new AttachedJoins(statement), new AttachedJoins(statement)]
  const itemScope = { ...overs.scope, subqueries: openSubqueries(itemJoins, tables) }

  const outputs = bindItems(select.items, { scope: itemScope, rows, grouped: grouping !== undefined })
  const known = outputs.flatMap(({ expression, name }) => (expression === undefined ? [] : [{ expression, name }]))
  const order = orProblem(
    () => bindOrder(ofKnown(query, outputs), placed(outputs), { ...overs.scope, clause: 'ORDER BY' }),
    rows,
  )
  const condition = bindHaving(select, { grouped, rows, joins: groupJoins, tables })
  const qualified = orProblem(() => bindQualify(select, overs.scope), rows)
  const refused = hasMoreProblems(statement, before)
  if (filtered === undefined || order === undefined || refused) {
    return planOfUnknown(outputs.map(({ expression, name }) => ({ name, type: expression?.type ?? NULL })))
  }
  warnOfIntegerDivision(select, statement, { scope: itemScope, rows })

  if (windowed === undefined && grouping !== undefined && statement.mode === 'streaming') {
    refuseUnevenHop(filtered, select, statement)
  }
  const groups = grouping === undefined ? filtered : groupedPlan(grouping, filtered, select, statement)
  const left = condition === undefined ? groups : filterOf(groupJoins.attach(groups), groupJoins.resolve(condition))
  const over = overs.plan(left)
  const chosenOver = qualified === undefined ? over : qualifiedPlan(over, overs.resolve(qualified), statement)
  const joined = itemJoins.attach(chosenOver, overs.resolve)
  const resolve = (expression: Expression) => itemJoins.resolve(overs.resolve(expression))
  const shown = known.map(({ expression, name }) => ({ expression: resolve(expression), name }))
  if (around !== undefined && correlated.length > 0) {
    const parts = { select, query, columns: shown, groups: grouping && groups, isOver: over !== left }
    const { columns, found } = correlate({ ...parts, correlated: grouping?.conditions ?? correlated }, statement)
    around.found = found
    const bound = projectOf(joined, columns)
    return select.distinct ? distinctOf(bound, select, statement) : bound
  }
  const projected = projectOf(joined, shown)
  if (!select.distinct) return sorted(projected, order, resolve)
  if (order.extra[0] !== undefined) {
    refuse(statement, order.extra[0].range, 'ORDER BY of a SELECT DISTINCT can only use columns that it selects')
  }
  return sorted(distinctOf(projected, select, statement), order, resolve)
}

/** The grouping, with further keys where the SELECT is a sub-query that is bound to the row around it. */
function bindCorrelatedGrouping(
  select: SelectSyntax,
  query: QuerySyntax,
  correlated: readonly Expression[],
  rows: Scope,
): Grouping & { readonly conditions: readonly Expression[] } {
  const pairs = correlatedKeys(correlated, select, rows.statement)
  const own = pairs.map((pair) => pair.own)
  const grouping = bindGrouping(select, query, rows, own)
  return {
    ...grouping,
    conditions: pairs.map((pair, index) => equalityWith(pair, grouping.further[index] ?? pair.own)),
  }
}

type HavingPlace = {
  readonly grouped: Scope
  readonly rows: Scope
  readonly joins: AttachedJoins
  readonly tables: NamedQueries
}

function bindHaving({ having }: SelectSyntax, { grouped, rows, joins, tables }: HavingPlace): Expression | undefined {
  if (having === undefined) return undefined
  const scope = { ...grouped, clause: 'HAVING' }
  const bind = () => bindWithSubqueries(having, 'HAVING', scope, { joins, tables })
  return orProblem(bind, rows, { node: having, scope: asked(scope, tables), rows })
}

function bindFrom(
  select: SelectSyntax,
  statement: Statement,
  tables: NamedQueries,
  around: QueryAround | undefined,
): { readonly plan: Plan; readonly scope: Scope } {
  const aliases = new Map(
    select.items.flatMap(({ alias, expression }) => (alias ? [[alias.name, expression] as const] : [])),
  )
  const scope = { ...emptyScope(statement, 'SELECT'), aliases, outer: around?.columns }
  if (select.from === undefined) return { plan: { kind: 'values', rows: [[]], fields: [] }, scope }
  const { plan, relations } = bindTables(select.from, statement, tables)
  return { plan, scope: { ...scope, relations } }
}

function isGrouped(select: SelectSyntax, query: QuerySyntax): boolean {
  if (select.groupBy !== undefined || select.having !== undefined) return true
  if (select.qualify !== undefined && hasAggregate(select.qualify)) return true
  return [...select.items, ...query.orderBy].some(({ expression }) => hasAggregate(expression))
}

/** The rows for which a condition over windows is TRUE; of a rank, those whose number it leaves. */
function qualifiedPlan(from: Plan, predicate: Expression, statement: Statement): Plan {
  const { plan, rest } = limitRank(from, conjunctsOf(predicate), statement)
  return rest.reduce<Plan>(filterOf, plan)
}

function filterOf(input: Plan, predicate: Expression): Plan {
  return isTrueLiteral(predicate) ? input : { kind: 'filter', input, predicate, fields: input.fields }
}

function groupedPlan(grouping: Grouping, rows: Plan, select: SelectSyntax, statement: Statement): Plan {
  const plan = grouping.plan(rows)
  const windowed = plan.kind === 'aggregate' && plan.windowed
  if (statement.mode === 'streaming' && !windowed) noteStreamingGroup(select, statement)
  return plan
}

type ItemScopes = { readonly scope: Scope; readonly rows: Scope; readonly grouped: boolean }

/** Without an expression it is one that is refused. */
type BoundItem = { readonly expression: Expression | undefined; readonly name: string }

/** The columns of SELECT: `*` is all columns of FROM; an expression without a name is EXPR$0, EXPR$1, … by its position. */
function bindItems(items: readonly SelectItem[], { scope, rows, grouped }: ItemScopes): readonly BoundItem[] {
  const outputs: BoundItem[] = []
  for (const item of items) {
    const { expression: node } = item
    if (node.kind === 'star') {
      // Names that * gives are told apart, also from those before it, as in Flink; others stay as they are written.
      const taken = new Set(outputs.map(({ name }) => name))
      outputs.push(...uniquelyNamed(orProblem(() => bindStar(node, scope, grouped), rows) ?? [], taken))
      continue
    }
    const name = nameOf(item, outputs.length)
    outputs.push({ expression: orProblem(() => bindItem(item, name, scope), rows, { node, scope, rows }), name })
  }
  return outputs
}

const nameOf = ({ expression: node, alias }: SelectItem, index: number): string =>
  alias?.name ?? (node.kind === 'column' ? node.path.at(-1)?.name : undefined) ?? `EXPR$${index}`

function bindItem(item: SelectItem, name: string, scope: Scope): Expression {
  const takesProctime = mayBeProctime(item.expression)
  const expression = bindExpression(item.expression, takesProctime ? { ...scope, takesProctime } : scope)
  if (expression.type.kind === 'NULL') {
    const message = `column ${quote(name)} is a bare NULL, which has no type`
    refuse(scope.statement, item.expression.range, message, 'CAST(NULL AS STRING)')
  }
  return expression
}

/** The outputs with a NULL in place of each that is refused, so that ORDER BY 2 is still the second. */
const placed = (outputs: readonly BoundItem[]): readonly SelectColumn[] =>
  outputs.map(({ expression = literal(null, NULL), name }) => ({ expression, name }))

/** The query without the parts of ORDER BY that name an output which is refused: they are no mistakes of their own. */
function ofKnown(query: QuerySyntax, outputs: readonly BoundItem[]): QuerySyntax {
  const unknown = new Set(outputs.filter(({ expression }) => expression === undefined).map(({ name }) => name))
  const names = (node: ExpressionSyntax): boolean =>
    (node.kind === 'column' && node.path.length === 1 && unknown.has(node.path[0]?.name ?? '')) ||
    childrenOf(node).some(names)
  return { ...query, orderBy: query.orderBy.filter(({ expression }) => !names(expression)) }
}

function bindStar(node: SyntaxOf<'star'>, scope: Scope, grouped: boolean): SelectColumn[] {
  const { statement, relations } = scope
  const { table, range } = node
  const wanted = relations.filter(({ name }) => table === undefined || name === table.name)
  const row = wanted.length === 0 && table !== undefined ? rowStar(table, scope) : undefined
  if (row !== undefined) return row
  if (wanted.length === 0) {
    refuse(
      statement,
      range,
      table === undefined ? 'there is no FROM for *' : `there is no table ${quote(table.name)} in FROM`,
    )
  }
  return wanted.flatMap(({ name: of, fields, first, merged }) =>
    fields.flatMap(({ name }, index) => {
      if (table === undefined && merged?.has(name) === true) return []
      if (!grouped) return [{ expression: columnExpression(fieldAt(scope, first + index), first + index), name }]
      const path =
        of === undefined
          ? [{ name, range }]
          : [
              { name: of, range },
              { name, range },
            ]
      return [{ expression: bindExpression({ kind: 'column', path, range }, scope), name }]
    }),
  )
}

/** The fields of a column that is a ROW, for `r.*`; undefined if there is no such column. */
function rowStar(table: Identifier, scope: Scope): SelectColumn[] | undefined {
  const column: SyntaxOf<'column'> = { kind: 'column', path: [table], range: table.range }
  if (resolveColumns(column, scope).length === 0) return undefined
  const { type } = bindExpression(column, scope)
  if (type.kind !== 'ROW') return undefined
  return type.fields.map(({ name }) => {
    const field: SyntaxOf<'field'> = {
      kind: 'field',
      operand: column,
      field: { name, range: table.range },
      range: table.range,
    }
    return { expression: bindExpression(field, scope), name }
  })
}

/** A projection to the outputs. A column that is only renamed is still a column of its window or of event time. */
export function projectOf(input: Plan, outputs: readonly SelectColumn[]): Plan {
  const fields = outputs.map(({ expression, name }): Field => {
    if (isProctime(expression)) return { name, type: expression.type, proctime: true }
    if (expression.kind !== 'column') return { name, type: expression.type }
    return { ...(input.fields[expression.column] as Field), name }
  })
  return { kind: 'project', input, expressions: outputs.map(({ expression }) => expression), fields }
}

/** SELECT DISTINCT: rows grouped by all of their columns. */
function distinctOf(input: Plan, select: SelectSyntax, statement: Statement): Plan {
  const windowed = haveWindow(input.fields)
  if (statement.mode === 'streaming' && !windowed) {
    const instead = 'select window_start and window_end of a TUMBLE too: then each window has each row once'
    noteChanging(statement, select.range, instead)
  }
  for (const field of input.fields) {
    expectKey(field.type, 'DISTINCT', select.range, statement)
    refuseProctime(field, select.range, emptyScope(statement, 'DISTINCT'))
  }
  const keys = input.fields.map((_, index) => index)
  return { kind: 'aggregate', input, keys, aggregates: [], windowed, fields: input.fields }
}
