/**
 * What a SELECT that is a sub-query says of the row around it: the conditions of its WHERE that compare both. They leave it for the
 * join with the rows around, and the columns that they need are selected too. Where the SELECT groups its rows, they are
 * further keys.
 */
import { BIGINT } from '../../../record/type.ts'
import { columnExpression, replaceColumns } from '../../expression/columns.ts'
import type { Expression } from '../../expression/expression.ts'
import { literal } from '../../expression/fold.ts'
import type { AggregateName } from '../../plan/aggregate.ts'
import type { Plan } from '../../plan/plan.ts'
import type { QuerySyntax } from '../../syntax/ast.ts'
import { type Correlation, refuse, type SelectColumn, type SelectSyntax, type Statement } from '../statement.ts'
import { asEquality, type Correlated, equalityWith } from './bind.ts'
import { replaceOwn } from './outer.ts'

/** The equalities by which a SELECT with groups is bound to the row around it. */
export function correlatedKeys(
  correlated: readonly Expression[],
  select: SelectSyntax,
  statement: Statement,
): readonly Correlated[] {
  if (correlated.length > 0 && (select.sets?.length ?? 0) > 1) {
    const message = 'a sub-query that is bound to the row around it takes no GROUPING SETS, ROLLUP or CUBE'
    refuse(statement, select.range, message, 'write a JOIN with the sub-query in FROM')
  }
  return correlated.map((condition) => {
    const equality = asEquality(condition)
    if (equality !== undefined) return equality
    const hint = 'compare columns of both queries with =, or write a JOIN with GROUP BY'
    return refuse(
      statement,
      select.where?.range ?? select.range,
      'a sub-query with groups is bound to the row around it by = only',
      hint,
    )
  })
}

type Selected = { readonly columns: readonly SelectColumn[]; readonly conditions: readonly Expression[] }

/** The columns that conditions need besides the `width` that are selected, and the conditions over all of these. */
function furtherColumns(correlated: readonly Expression[], width: number): Selected {
  const columns: SelectColumn[] = []
  const at = (expression: Expression): Expression => {
    const same = columns.findIndex(({ expression: other }) => other === expression || isSame(other, expression))
    const index =
      same === -1
        ? columns.push({
            expression,
            name: expression.kind === 'column' ? expression.name : `key ${columns.length + 1}`,
          }) - 1
        : same
    return columnExpression({ name: '', type: expression.type }, width + index)
  }
  const conditions = correlated.map((condition) => {
    const equality = asEquality(condition)
    return equality === undefined ? replaceOwn(condition, at) : equalityWith(equality, at(equality.own))
  })
  return { columns, conditions }
}

const isSame = (a: Expression, b: Expression): boolean =>
  a.kind === 'column' && b.kind === 'column' && a.column === b.column

/** A SELECT as it is bound. */
export type BoundSelect = {
  readonly select: SelectSyntax
  readonly query: QuerySyntax
  readonly columns: readonly SelectColumn[]
  /** Conditions over the rows and the row around. */
  readonly correlated: readonly Expression[]
  /** The groups, where there are any. */
  readonly groups: Plan | undefined
  readonly isOver: boolean
}

/** What is selected of a sub-query for all rows around it, with the columns that bind it to them. */
export function correlate(
  bound: BoundSelect,
  statement: Statement,
): { readonly columns: readonly SelectColumn[]; readonly found: Correlation } {
  const { select, columns, correlated } = bound
  refuseAcross(bound, statement)
  const { columns: further, conditions } = furtherColumns(correlated, columns.length)
  const isOneRow = bound.groups !== undefined && select.groupBy === undefined
  const ofNone = isOneRow ? columns.map(({ expression }) => ofNoRows(expression, bound, statement)) : undefined
  return { columns: [...columns, ...further], found: { conditions, width: columns.length, ofNone } }
}

/** Refuses what chooses among the rows for all rows around at once, and not among those for one. */
function refuseAcross({ select, query, isOver }: BoundSelect, statement: Statement): void {
  const hint = 'put the condition on the row around it into a JOIN'
  const limit = query.limit ?? query.offset
  if (limit !== undefined)
    refuse(statement, limit.range, 'a sub-query that is bound to the row around it takes no LIMIT', hint)
  if (isOver) refuse(statement, select.range, 'a sub-query that is bound to the row around it takes no OVER', hint)
}

const COUNTS: ReadonlySet<AggregateName> = new Set(['COUNT', 'APPROX_COUNT_DISTINCT'])
/** Aggregates that make something of no rows: an empty object, say. */
const MAKE_OF_NONE: ReadonlySet<AggregateName> = new Set(['JSON_OBJECTAGG', 'JSON_ARRAYAGG', 'COLLECT', 'ARRAY_AGG'])

/** What an expression over one group of all rows is where there are none. */
function ofNoRows(expression: Expression, { select, groups }: BoundSelect, statement: Statement): Expression {
  if (select.having !== undefined) {
    const message = 'HAVING of a sub-query that is bound to the row around it needs GROUP BY'
    refuse(statement, select.having.range, message, 'write CASE WHEN … END in its SELECT')
  }
  return replaceColumns(expression, ({ column, type }) => {
    const call = groups?.kind === 'aggregate' ? groups.aggregates[column - groups.keys.length] : undefined
    if (call !== undefined && MAKE_OF_NONE.has(call.function)) {
      refuse(statement, select.range, `${call.function} cannot be in a sub-query that is bound to the row around it`)
    }
    return call !== undefined && COUNTS.has(call.function) ? literal(0n, BIGINT) : literal(null, type)
  })
}
