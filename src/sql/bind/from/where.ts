/** Binds WHERE: the rows of FROM that are left, and, of a sub-query, the conditions that bind it to the row around it. */
import { conjunctsOf } from '../../expression/columns.ts'
import type { Expression } from '../../expression/expression.ts'
import { isTrueLiteral } from '../../expression/fold.ts'
import type { Plan } from '../../plan/plan.ts'
import { limitRank } from '../over/rank.ts'
import { orProblem } from '../problems.ts'
import type { NamedQueries, Scope, SelectSyntax } from '../statement.ts'
import { AttachedJoins } from '../subquery/attach.ts'
import { bindWithSubqueries } from '../subquery/choose.ts'
import { isCorrelated } from '../subquery/outer.ts'
import { asked } from '../subquery/value.ts'
import { settleJoins } from './settle.ts'

export type Filtered = { readonly plan: Plan; readonly correlated: readonly Expression[] }

/** The rows of FROM for which WHERE is TRUE; undefined where that is refused. */
export function bindFiltered(
  select: SelectSyntax,
  from: Plan,
  rows: Scope,
  tables: NamedQueries,
): Filtered | undefined {
  const { statement } = rows
  const { where } = select
  const { range } = select.from ?? select
  if (where === undefined) {
    return orProblem(() => ({ plan: settleJoins(from, [], range, statement), correlated: [] }), rows)
  }
  const scope = { ...rows, clause: 'WHERE' }
  const bind = (): Filtered => {
    const joins = new AttachedJoins(statement)
    const conditions = conjunctsOf(bindWithSubqueries(where, 'WHERE', scope, { joins, tables }))
    const [correlated, own] = [true, false].map((wanted) =>
      conditions.filter((each) => isCorrelated(each) === wanted && !isTrueLiteral(each)),
    ) as [Expression[], Expression[]]
    const isAttached = (each: Expression) => joins.adds(each)
    const { plan, rest } = limitRank(
      from,
      own.filter((each) => !isAttached(each)),
      statement,
    )
    const joined = joins.attach(settleJoins(plan, rest, range, statement))
    const attached = own.filter(isAttached).map((each) => joins.resolve(each))
    return {
      plan: attached.reduce<Plan>(
        (input, predicate) => ({ kind: 'filter', input, predicate, fields: input.fields }),
        joined,
      ),
      correlated: correlated.map((each) => joins.resolve(each)),
    }
  }
  return orProblem(bind, rows, { node: where, scope: asked(scope, tables), rows })
}
