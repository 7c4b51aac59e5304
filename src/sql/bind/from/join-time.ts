/**
 * Joins of streams: what makes their pairs complete, so that rows need not be kept for ever. Two windows that are the same, or
 * times that are at most so far apart.
 */
import type { PlanOf } from '../../plan/plan.ts'
import type { TextRange } from '../../syntax/ast.ts'
import { refuse, type Statement } from '../statement.ts'

/**
 * The join of two streams with its time, found in its keys and its condition; `range` is what is written of it. Called in
 * streaming mode for each join once the conditions of ON and of WHERE are in it. Throws a Failure where there is no such time.
 */
export function joinInTime(join: PlanOf<'join'>, range: TextRange, statement: Statement): PlanOf<'join'> {
  const hint = 'put both kinds of rows together with UNION ALL, or ask each in a query of its own'
  const kind = join.join === 'inner' ? '' : `${join.join} `
  return refuse(statement, range, `a ${kind}join of two streams is not supported yet`, hint)
}
