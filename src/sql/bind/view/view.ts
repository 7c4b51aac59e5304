/**
 * Binds a view: a SELECT with a name, whose text takes the place of the name wherever a statement reads it, as in Flink. Its
 * columns keep what they are, so event time stays event time. Mistakes and warnings in the text are found where the view is
 * checked by itself; a statement is refused only where it is of the other mode, or does not bound a rank.
 */
import { collectFailure, failureOf } from '../../../base/failure.ts'
import type { View } from '../../catalog.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Identifier } from '../../syntax/ast.ts'
import { limitProblem } from '../../syntax/problem.ts'
import { quote } from '../name.ts'
import { addWarning, refuse, type Statement } from '../statement.ts'
import { uniquelyNamed } from './unique-names.ts'

/** How many views one statement may read, each counted as often as it is read: each is a part of the plan. */
const MOST_VIEWS = 200
/** How many views may be one within the other: functions over a plan are recursive. */
const MOST_LEVELS = 16

/** The rows of the view; `at` is its name in the statement. */
export function bindView(view: View, at: Identifier, statement: Statement): Plan {
  const { views, viewsAround } = statement
  views.push(view)
  const tooMany =
    viewsAround >= MOST_LEVELS
      ? `more than ${MOST_LEVELS} views lie within each other`
      : views.length > MOST_VIEWS
        ? `the statement reads more than ${MOST_VIEWS} views`
        : undefined
  if (tooMany !== undefined) {
    throw limitProblem(
      statement.sql,
      at.range,
      tooMany,
      'make one of the views a query, whose rows are kept in a topic',
    )
  }
  const inner: Statement = {
    ...statement,
    sql: view.sql,
    viewsAround: viewsAround + 1,
    warnings: [],
    problems: [],
    unlimitedRanks: new Map(),
    constants: new WeakMap(),
  }
  const plan = collectFailure(inner.problems, () => statement.bindQuery(view.query, inner, new Map()))
  const failure = failureOf(inner.problems)
  if (plan === undefined || failure !== undefined) {
    if (failure?.code === 'limit') throw limitProblem(statement.sql, at.range, failure.message, failure.hint)
    const reader = statement.mode === 'streaming' ? 'a query over a stream' : 'a report'
    refuse(statement, at.range, `${reader} cannot read view ${quote(at.name)}: ${failure?.message}`, failure?.hint)
  }
  // About no part of the text, so it is about the statement: a state that grows.
  for (const warning of inner.warnings) if (warning.range === undefined) addWarning(statement, warning)
  // What is said of a rank without a bound is said of the name: the place of the ROW_NUMBER is in another text.
  for (const [node, call] of inner.unlimitedRanks) {
    statement.unlimitedRanks.set(node, { ...call, over: undefined, range: at.range })
  }
  return { ...plan, fields: uniquelyNamed(plan.fields) }
}
