/** Binds the query of a sub-query, and finds out how its rows depend on the row around it. */
import type { Field } from '../../../record/type.ts'
import { columnExpression } from '../../expression/columns.ts'
import type { Expression, ExpressionOf } from '../../expression/expression.ts'
import type { Plan } from '../../plan/plan.ts'
import type { QuerySyntax } from '../../syntax/ast.ts'
import { hasMoreProblems } from '../problems.ts'
import { type Correlation, type NamedQueries, type QueryAround, refuse, type Scope } from '../statement.ts'
import { isCorrelated, isOfOuter, outerOf } from './outer.ts'

/** A sub-query, bound; `conditions` say which of its rows are those of the row around it. */
export type BoundSubquery = Correlation & { readonly plan: Plan; readonly query: QuerySyntax }

/** The sub-query of an expression in `scope`. Throws the first of its problems. */
export function bindInner(query: QuerySyntax, scope: Scope, tables: NamedQueries): BoundSubquery {
  const { statement } = scope
  const around: QueryAround = { columns: outerOf(scope), found: undefined }
  const before = statement.problems.length
  const plan = statement.bindQuery(query, { ...statement, around }, tables)
  if (hasMoreProblems(statement, before)) throw statement.problems.splice(before)[0]
  const { conditions, width, ofNone } = around.found ?? NOT_CORRELATED
  return { plan, query, conditions, width: around.found === undefined ? plan.fields.length : width, ofNone }
}

const NOT_CORRELATED: Correlation = { conditions: [], width: 0, ofNone: undefined }

/** An equality of a value of the sub-query's rows and one of the row around it. */
export type Correlated = {
  readonly condition: ExpressionOf<'call'>
  readonly own: Expression
  readonly outer: Expression
}

/** The condition as such an equality; undefined where it is none. */
export function asEquality(condition: Expression): Correlated | undefined {
  if (condition.kind !== 'call' || condition.name !== '=') return undefined
  const [a, b] = condition.call.arguments as readonly [Expression, Expression]
  if (isOfOuter(a) && !isCorrelated(b)) return { condition, own: b, outer: a }
  return isOfOuter(b) && !isCorrelated(a) ? { condition, own: a, outer: b } : undefined
}

/** The same equality of another value of the sub-query's rows. */
export function equalityWith({ condition, own }: Correlated, other: Expression): Expression {
  const sides = condition.call.arguments.map((side) => (side === own ? other : side))
  return { ...condition, call: { ...condition.call, arguments: sides } }
}

/** The columns of the sub-query's plan that its conditions compare with the row around it; refused where one is no equality. */
export function keysOf(
  inner: BoundSubquery,
  { statement }: Scope,
): readonly { readonly key: number; readonly of: Correlated }[] {
  return inner.conditions.map((condition) => {
    const of = asEquality(condition)
    if (of === undefined || of.own.kind !== 'column') {
      const hint = 'compare columns of both queries with =, or write a JOIN with GROUP BY'
      return refuse(
        statement,
        inner.query.range,
        'the sub-query is bound to the row around it by more than equality',
        hint,
      )
    }
    return { key: of.own.column, of }
  })
}

/** The field of a column of the plan. */
export const columnAt = ({ fields }: Plan, column: number): Expression =>
  columnExpression(fields[column] as Field, column)
