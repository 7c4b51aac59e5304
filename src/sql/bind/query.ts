/** Binds a whole query: WITH, then SELECT, VALUES or a set operation, then ORDER BY. */

import { type Type, typeName } from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import { commonTypeOf } from '../function/common-type.ts'
import type { Plan } from '../plan/plan.ts'
import type { ExpressionSyntax, QueryBody, QuerySyntax } from '../syntax/ast.ts'
import { castExpression, refuseBareNull } from './call.ts'
import { bindExpression } from './expression.ts'
import { bindOutputOrder, sorted } from './order.ts'
import { bindSelect } from './select.ts'
import { bindSet } from './set-operation.ts'
import { emptyScope, type NamedQueries, refuse, type Statement } from './statement.ts'
import { renamed } from './table.ts'

type ValuesSyntax = Extract<QueryBody, { kind: 'values' }>

/** The plan of a query, or of a sub-query; `outer` are the queries of WITH around it. */
export function bindQuery(query: QuerySyntax, given: Statement, outer: NamedQueries): Plan {
  const tables = new Map(outer)
  // What is around a sub-query is for its own SELECT.
  const statement = given.around === undefined ? given : { ...given, around: undefined }
  for (const { name, columns, query: inner } of query.with) {
    const plan = bindQuery(inner, statement, tables)
    tables.set(
      name.name,
      columns.length === 0 ? plan : { ...plan, fields: renamed(plan.fields, { name, columns }, statement) },
    )
  }
  const { body } = query
  if (body.kind === 'select') return bindSelect(body, query, given, tables)
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
