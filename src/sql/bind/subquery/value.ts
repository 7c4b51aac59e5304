/**
 * Sub-queries that are values. What is asked of the sub-query's rows is computed by groups of the columns that bind it to the row
 * around it, and these groups are joined with the rows: one row for each. A row without a group has what no rows give.
 */
import { BIGINT, BOOLEAN, type Field } from '../../../record/type.ts'
import type { Expression } from '../../expression/expression.ts'
import { foldCase, foldCoalesce, foldLogic, literal } from '../../expression/fold.ts'
import type { AggregateCall } from '../../plan/aggregate.ts'
import type { Plan } from '../../plan/plan.ts'
import type { ComparisonOperator, QuerySyntax, SyntaxOf } from '../../syntax/ast.ts'
import { bindOperator } from '../call.ts'
import { bindExpression } from '../expression.ts'
import { expectOrder } from '../keys.ts'
import { type NamedQueries, refuse, type Scope, type Subqueries } from '../statement.ts'
import { AttachedJoins } from './attach.ts'
import { type BoundSubquery, bindInner, columnAt, equalityWith, keysOf } from './bind.ts'
import { asOuter } from './outer.ts'

/** IN (SELECT …). */
export type InSyntax = SyntaxOf<'in'> & { readonly list: QuerySyntax }

type Node = Parameters<Subqueries['value']>[0]
type Place = { readonly joins: AttachedJoins; readonly scope: Scope; readonly node: Node }

/** Binds sub-queries as values: their joins are added to `joins`. The same node is bound once, however often it is asked for. */
export function openSubqueries(joins: AttachedJoins, tables: NamedQueries): Subqueries {
  const known = new Map<Node, Expression>()
  return {
    value(node, scope) {
      const found = known.get(node) ?? bindValue(node, { joins, scope, node }, tables)
      known.set(node, found)
      return found
    },
  }
}

/** A scope whose sub-queries are bound only to find what is wrong with them. */
export const asked = (scope: Scope, tables: NamedQueries): Scope => ({
  ...scope,
  subqueries: openSubqueries(new AttachedJoins(scope.statement), tables),
})

function bindValue(node: Node, place: Place, tables: NamedQueries): Expression {
  const { scope } = place
  if (scope.statement.mode === 'streaming') refuseInStream(node, scope)
  if (node.kind === 'in') {
    const { list } = node
    if (!('body' in list)) return refuse(scope.statement, node.range, 'a list is no sub-query')
    const found = isMember({ ...node, list }, bindInner(list, scope, tables), place)
    return node.not ? bindOperator('NOT', [found], node.range, scope) : found
  }
  const inner = bindInner(node.query, scope, tables)
  if (node.kind === 'scalar-query') return scalar(inner, place)
  return node.kind === 'exists' ? exists(inner, place) : quantified(node, inner, place)
}

function refuseInStream({ kind, range }: Node, { statement }: Scope): never {
  const what = kind === 'scalar-query' ? 'a sub-query as a value' : 'what is in a sub-query'
  const hint =
    'compute it in a window, and join with equal windows: a.window_start = b.window_start AND a.window_end = b.window_end'
  return refuse(statement, range, `${what} would change with each row of a stream`, hint)
}

/** The values that are compared with the columns of the sub-query: several of a ROW. */
export function membersOf(
  node: InSyntax,
  inner: BoundSubquery,
  scope: Scope,
): readonly { readonly value: Expression; readonly member: Expression }[] {
  const { operand } = node
  const nodes = operand.kind === 'construct' && operand.type === 'ROW' ? operand.items : [operand]
  if (nodes.length !== inner.width) {
    const message = `IN compares ${nodes.length} ${nodes.length === 1 ? 'value' : 'values'}, and the sub-query selects ${inner.width}`
    refuse(scope.statement, node.range, message, 'select one column for each value')
  }
  return nodes.map((each, column) => ({ value: bindExpression(each, scope), member: columnAt(inner.plan, column) }))
}

function onlyColumn({ plan, width, query }: BoundSubquery, { statement }: Scope): Expression {
  if (width !== 1)
    refuse(statement, query.range, `a sub-query that is a value selects one column, and this one ${width}`)
  return columnAt(plan, 0)
}

/** The value of the only row; NULL without a row. */
function scalar(inner: BoundSubquery, { joins, scope, node }: Place): Expression {
  onlyColumn(inner, scope)
  const { plan, conditions, ofNone } = inner
  keysOf(inner, scope)
  const [none] = ofNone ?? []
  if (none === undefined) {
    const [value] = joins.add({ join: 'left', plan, conditions, demand: 'single', range: node.range })
    return value as Expression
  }
  const marked = withMark(plan)
  const columns = joins.add({ join: 'left', plan: marked, conditions, range: node.range })
  const [value, mark] = [columns[0] as Expression, columns.at(-1) as Expression]
  return none.kind === 'literal' && none.value === null
    ? value
    : foldCase([{ when: isNotNull(mark, place(scope, node)), then: value }], none, value.type)
}

const place = (scope: Scope, { range }: Node) => ({ scope, range })

type At = ReturnType<typeof place>

const isNotNull = (value: Expression, { scope, range }: At): Expression =>
  bindOperator('IS NOT NULL', [value], range, scope)

/** The rows with TRUE behind their columns. */
function withMark(plan: Plan): Plan {
  const expressions = [...plan.fields.map((_, column) => columnAt(plan, column)), literal(true, BOOLEAN)]
  return { kind: 'project', input: plan, expressions, fields: [...plan.fields, { name: 'is there', type: BOOLEAN }] }
}

type Call = Pick<AggregateCall, 'function' | 'argument'> & { readonly field: Field }

/** The columns of aggregates over the rows of the sub-query that belong to the row around it; NULL where there are none. */
function aggregates(
  inner: BoundSubquery,
  calls: readonly Call[],
  { joins, scope, node }: Place,
): readonly Expression[] {
  const keys = keysOf(inner, scope)
  const { plan } = inner
  const columns = [...new Set(keys.map(({ key }) => key))]
  const grouped: Plan = {
    kind: 'aggregate',
    input: plan,
    keys: columns,
    aggregates: calls.map((call) => ({ ...call, distinct: false, filter: undefined })),
    windowed: false,
    fields: [...columns.map((column) => plan.fields[column] as Field), ...calls.map(({ field }) => field)],
  }
  const conditions = keys.map(({ key, of }) => equalityWith(of, columnAt(grouped, columns.indexOf(key))))
  return joins.add({ join: 'left', plan: grouped, conditions, range: node.range }).slice(columns.length)
}

const COUNT: Call = { function: 'COUNT', argument: undefined, field: { name: 'COUNT(*)', type: BIGINT } }

/** A count of the rows, 0 without any. */
const counted = (count: Expression): Expression => foldCoalesce([count, literal(0n, BIGINT)], BIGINT)

const isZero = (count: Expression, { scope, range }: At): Expression =>
  bindOperator('=', [count, literal(0n, BIGINT)], range, scope)

function exists(inner: BoundSubquery, at: Place): Expression {
  if (inner.ofNone !== undefined) return literal(true, BOOLEAN)
  const [count] = aggregates(inner, [COUNT], at)
  return bindOperator('>', [counted(count as Expression), literal(0n, BIGINT)], at.node.range, at.scope)
}

/** Whether a value is among those of the sub-query, as SQL says it: of a NULL it is not known, unless there is no row. */
function isMember(node: InSyntax, inner: BoundSubquery, at: Place): Expression {
  const { scope, joins } = at
  const where = place(scope, node)
  const [pair, another] = membersOf(node, inner, scope)
  if (pair === undefined || another !== undefined) {
    return refuse(
      scope.statement,
      node.range,
      'IN with several values stands in WHERE, beside other conditions',
      'join them with AND',
    )
  }
  const { value, member } = pair
  // One row, whatever there is.
  if (inner.ofNone !== undefined) return bindOperator('=', [value, scalar(inner, at)], node.range, scope)
  const counts = aggregates(inner, [COUNT, countOf(member)], at)
  const keys = keysOf(inner, scope)
  const columns = [...new Set([0, ...keys.map(({ key }) => key)])]
  const fields = columns.map((column) => inner.plan.fields[column] as Field)
  const distinct: Plan = {
    kind: 'aggregate',
    input: inner.plan,
    keys: columns,
    aggregates: [],
    windowed: false,
    fields,
  }
  const marked = withMark(distinct)
  const equal = bindOperator('=', [asOuter(value), columnAt(marked, 0)], node.range, scope)
  const conditions = [...keys.map(({ key, of }) => equalityWith(of, columnAt(marked, columns.indexOf(key)))), equal]
  const mark = joins.add({ join: 'left', plan: marked, conditions, range: node.range }).at(-1) as Expression
  return decided(isNotNull(mark, where), value, counts as readonly [Expression, Expression], where)
}

const countOf = (value: Expression): Call => ({
  function: 'COUNT',
  argument: value.kind === 'column' ? value.column : undefined,
  field: { name: 'COUNT(x)', type: BIGINT },
})

/** TRUE where it is found; else FALSE, or NULL where a NULL may have been meant; FALSE without any row. */
function decided(
  found: Expression,
  value: Expression,
  [count, known]: readonly [Expression, Expression],
  at: At,
): Expression {
  const { scope, range } = at
  const unknown = foldLogic('or', [
    bindOperator('IS NULL', [value], range, scope),
    bindOperator('<', [counted(known), counted(count)], range, scope),
  ])
  const branches = [
    { when: isZero(counted(count), at), then: literal(false, BOOLEAN) },
    { when: found, then: literal(true, BOOLEAN) },
    { when: unknown, then: literal(null, BOOLEAN) },
  ]
  return foldCase(branches, literal(false, BOOLEAN), BOOLEAN)
}

const OPPOSITES: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
}

/** x > ANY (…) compares with the least value; x > ALL (…) is NOT x <= ANY (…). */
function quantified(node: SyntaxOf<'quantified'>, inner: BoundSubquery, at: Place): Expression {
  const { operator, quantifier, operand, range } = node
  const { scope } = at
  const isAll = quantifier === 'ALL'
  const asked = isAll ? OPPOSITES[operator] : operator
  const finish = (any: Expression) => (isAll ? bindOperator('NOT', [any], range, scope) : any)
  if (asked === '=') {
    const same: InSyntax = { kind: 'in', operand, not: false, list: node.query, range }
    return finish(isMember(same, inner, at))
  }
  const member = onlyColumn(inner, scope)
  const value = bindExpression(operand, scope)
  expectOrder(member.type, range, scope.statement)
  if ((member.type.kind === 'STRING') !== (value.type.kind === 'STRING')) {
    const hint = 'CAST one of them'
    refuse(scope.statement, range, `${operator} ${quantifier} compares values of one type`, hint)
  }
  if (inner.ofNone !== undefined) return bindOperator(operator, [value, scalar(inner, at)], range, scope)
  const argument = 0
  const extreme = (name: 'MIN' | 'MAX'): Call => ({ function: name, argument, field: { name, type: member.type } })
  const [count, known, least, greatest] = aggregates(
    inner,
    [COUNT, countOf(member), extreme('MIN'), extreme('MAX')],
    at,
  )
  const compare = (bound: Expression | undefined) => bindOperator(asked, [value, bound as Expression], range, scope)
  const found =
    asked === '<>'
      ? foldLogic('or', [compare(least), compare(greatest)])
      : compare(asked === '>' || asked === '>=' ? least : greatest)
  return finish(decided(found, value, [count as Expression, known as Expression], place(scope, node)))
}
