/**
 * Checks a view by itself, so that a mistake in it is said once, at its own place, however many read it. It is put in anew for
 * each reader, and may be of one mode only: one that sorts is for reports.
 */
import { changeFailure, Failure, recovered } from '../../../base/failure.ts'
import { quote } from '../../../sql/bind/name.ts'
import type { View } from '../../../sql/catalog.ts'
import { tablesOf } from '../../../sql/plan/inputs.ts'
import type { Mode } from '../../../sql/plan/plan.ts'
import { type PlannedView, planView } from '../../../sql/plan-query.ts'
import { placeInSql } from '../../../sql/syntax/problem.ts'
import { type Checking, type NamedView, tablesForSql } from '../checking.ts'

/** The view; its warnings are added to those of the file. Throws a Failure where neither queries nor reports can read it. */
export function checkView(view: View, reads: readonly string[], checking: Checking): NamedView {
  const { name, sql } = view
  const { text, warnings, tables } = checking
  const at = ['views', name]
  const ofMode = (mode: Mode) =>
    planView(sql, view.query, tablesForSql(checking, mode), { mode, session: checking.session, beyondFlink: true })
  // What streams refuse, reports may read; what reports refuse is wrong.
  const planned = recovered(
    ['sql', 'limit'],
    () => ofMode('streaming'),
    () =>
      changeFailure(
        () => ofMode('batch'),
        (failure) => text.sqlFailure(at, failure),
      ),
  )
  for (const { message, hint, range = { start: 0, end: 1 } } of planned.warnings) {
    warnings.push(text.sqlFailure(at, new Failure('sql', message, { place: placeInSql(sql, range), hint })))
  }
  warnOfRepeats(planned, at, checking)
  const { fields, plan } = planned
  const field = fields.findIndex(({ rowtime }) => rowtime === true)
  const delays = tablesOf(plan).map((table) => tables.get(table)?.table.rowtime?.delay ?? 0)
  const rowtime = field < 0 ? undefined : { field, delay: Math.max(0, ...delays) }
  return {
    view: { name, sql, fields, rowtime: rowtime?.field, inFile: (failure) => text.sqlFailure(at, failure) },
    table: { name, fields, rowtime, view },
    reads,
  }
}

function warnOfRepeats({ names, fields }: PlannedView, at: readonly string[], { text, warnings }: Checking): void {
  names.forEach((written, index) => {
    const name = fields[index]?.name ?? written
    if (name === written) return
    const hint = `Name it with AS, or list the columns instead of *.`
    const message = `two columns of view "${at[1]}" are called ${written}: the second is ${quote(name)}, as in Flink`
    warnings.push(text.failure(at, message, { at: 'key', hint }))
  })
}
