/** Binds a whole query: WITH, then SELECT, VALUES or a set operation, then ORDER BY. */

import { type Field, type Type, typeName } from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import { commonTypeOf } from '../function/common-type.ts'
import type { Plan } from '../plan/plan.ts'
import type { ExpressionSyntax, QueryBody, QuerySyntax } from '../syntax/ast.ts'
import { castExpression, refuseBareNull } from './call.ts'
import { bindExpression } from './expression.ts'
import { refuseProctime } from './from/processing-time.ts'
import { expectKey } from './keys.ts'
import { bindOutputOrder, sorted } from './order.ts'
import { hasMoreProblems } from './problems.ts'
import { bindSelect, projectOf } from './select.ts'
import { allColumns, emptyScope, type NamedQueries, noteChanging, refuse, type Statement } from './statement.ts'
import { renamed } from './table.ts'

type SetSyntax = Extract<QueryBody, { kind: 'set' }>
type ValuesSyntax = Extract<QueryBody, { kind: 'values' }>

/** The plan of a query, or of a sub-query; `outer` are the queries of WITH around it. */
export function bindQuery(query: QuerySyntax, statement: Statement, outer: NamedQueries): Plan {
  const tables = new Map(outer)
  for (const { name, columns, query: inner } of query.with) {
    const plan = bindQuery(inner, statement, tables)
    tables.set(
      name.name,
      columns.length === 0 ? plan : { ...plan, fields: renamed(plan.fields, { name, columns }, statement) },
    )
  }
  const { body } = query
  if (body.kind === 'select') return bindSelect(body, query, statement, tables)
  const plan = body.kind === 'values' ? bindValues(body, statement) : bindSet(body, statement, tables)
  return sorted(plan, bindOutputOrder(query, plan, statement), (expression) => expression)
}

/** VALUES. A column has the common type of its values. */
function bindValues({ rows, range }: ValuesSyntax, statement: Statement): Plan {
  const scope = emptyScope(statement, 'VALUES')
  const bound = rows.map((row) => row.map((node) => ({ node, expression: bindExpression(node, scope) })))
  const width = bound[0]?.length ?? 0
  const uneven = rows.find((row) => row.length !== width)
  if (uneven !== undefined) {
    refuse(statement, uneven[0]?.range ?? range, `all rows of VALUES must be as long as the first: ${width} columns`)
  }
  const types = Array.from({ length: width }, (_, column): Type => {
    const cells = bound.map((row) => row[column] as { node: ExpressionSyntax; expression: Expression })
    const type = commonTypeOf(cells.map(({ expression }) => expression.type))
    const at = cells[0]?.node.range ?? range
    const bare = cells.find(({ expression }) => expression.type.kind === 'NULL')
    if (bare !== undefined) {
      const other = type === undefined || type.kind === 'NULL' ? 'STRING' : typeName(type)
      refuseBareNull(`column ${column + 1} of VALUES`, other, bare.node.range, scope)
    }
    if (type === undefined)
      refuse(statement, at, `column ${column + 1} of VALUES has values of different types`, 'CAST them to one')
    return type
  })
  return {
    kind: 'values',
    rows: bound.map((row) =>
      row.map(({ node, expression }, column) =>
        castExpression(expression, { type: types[column] as Type }, node.range, scope),
      ),
    ),
    fields: types.map((type, column) => ({ name: `EXPR$${column}`, type })),
  }
}

function bindSet(set: SetSyntax, statement: Statement, tables: NamedQueries): Plan {
  if (set.operator !== 'UNION') {
    const hint = 'ask each as a query of its own'
    return refuse(statement, set.range, `${set.operator} is not supported yet`, hint)
  }
  if (!set.all && statement.mode === 'streaming') noteChanging(statement, set.range, 'write UNION ALL')
  const before = statement.problems.length
  const sides = [set.left, set.right].map((side) => ({ plan: bindQuery(side, statement, tables), range: side.range }))
  const [left, right] = sides.map(({ plan }) => plan) as [Plan, Plan]
  if (hasMoreProblems(statement, before)) return left
  if (left.fields.length !== right.fields.length) {
    const message = `both sides of UNION must have as many columns: ${left.fields.length} and ${right.fields.length}`
    return refuse(statement, set.right.range, message)
  }
  const fields = left.fields.map((field, index) => unionField(field, right.fields[index] as Field, set, statement))
  const inputs = sides.flatMap(({ plan, range }) => {
    const cast = allColumns(plan).map(({ expression }, index) => {
      const { name, type } = fields[index] as Field
      return { expression: castExpression(expression, { type }, range, emptyScope(statement, 'UNION')), name }
    })
    const same = cast.every(({ expression }) => expression.kind === 'column')
    return plan.kind === 'union' && same ? plan.inputs : [same ? plan : projectOf(plan, cast)]
  })
  const union: Plan = { kind: 'union', inputs, fields }
  if (set.all) return union
  for (const { type } of fields) expectKey(type, 'UNION', set.range, statement)
  const keys = fields.map((_, index) => index)
  return { kind: 'aggregate', input: union, keys, aggregates: [], windowed: false, fields }
}

/** The column has the left side's name, and carries event time where both sides do. Windows of two queries differ. */
function unionField(left: Field, right: Field, set: SetSyntax, statement: Statement): Field {
  const isTimed = left.proctime === true && right.proctime === true && set.all
  if (!isTimed) for (const field of [left, right]) refuseProctime(field, set.range, emptyScope(statement, 'UNION'))
  const type = commonTypeOf([left.type, right.type])
  if (type === undefined) {
    const message = `column ${left.name} of UNION is ${typeName(left.type)} on the left and ${typeName(right.type)} on the right`
    return refuse(statement, set.right.range, message, 'CAST one side to the type of the other')
  }
  if (isTimed) return { name: left.name, type, proctime: true }
  return left.rowtime === true && right.rowtime === true
    ? { name: left.name, type, rowtime: true }
    : { name: left.name, type }
}
