/** What a query is, for people and for what draws its rows: its SQL, the columns of its rows, and what names a row. */
import { whyNoRecords } from '../../../history/behind/behind-row.ts'
import type { CheckedPipeline, CheckedQuery } from '../../../pipeline/checked.ts'
import { typeName } from '../../../record/type.ts'
import { takesBack } from '../../../sql/plan/changes.ts'
import { inputsOf } from '../../../sql/plan/inputs.ts'
import type { Plan } from '../../../sql/plan/plan.ts'
import type { SessionPlan, WindowPlan } from '../../../sql/plan/window-of.ts'
import type { QueryDescription, ResultColumn, WindowOfQuery } from '../../api/queries.ts'

/** A query of a pipeline, as the API tells it. Values that came from the environment are hidden. */
export function describeQuery(checked: CheckedQuery, pipeline: CheckedPipeline): QueryDescription {
  const { name, query, reads, lookups, shortForm } = checked
  const { plan, sql, rowKey, views = [] } = query
  const { mask } = pipeline
  const rank = rankColumn(plan)
  return {
    name,
    topic: pipeline.topics.find((topic) => topic.name === name)?.topic ?? name,
    sql: mask(sql),
    shortForm: shortForm === undefined ? null : mask(shortForm),
    views: views.map((view) => ({ name: view.name, sql: mask(view.sql) })),
    reads,
    lookups,
    columns: plan.fields.map(
      (field, index): ResultColumn => ({
        name: field.name,
        type: typeName(field.type),
        window: field.window ?? null,
        isRowtime: field.rowtime === true,
        isKey: rowKey?.includes(index) === true,
        isRank: index === rank,
      }),
    ),
    rowKey: rowKey === undefined ? null : rowKey.map((column) => plan.fields[column]?.name ?? ''),
    window: windowIn(plan),
    isChanging: takesBack(plan),
    withoutRecords: whyNoRecords(checked) ?? null,
  }
}

/** The column with the rank of a Top-N; undefined where there is none, or it is not selected. */
function rankColumn(plan: Plan): number | undefined {
  switch (plan.kind) {
    case 'rank':
      return plan.withRank ? plan.fields.length - 1 : undefined
    case 'project': {
      const below = rankColumn(plan.input)
      if (below === undefined) return undefined
      const found = plan.expressions.findIndex((one) => one.kind === 'column' && one.column === below)
      return found < 0 ? undefined : found
    }
    case 'filter':
    case 'sort':
    case 'changes':
      return rankColumn(plan.input)
    default:
      return undefined
  }
}

/** The window function of a query, where it has one; where it has several, the uppermost. */
function windowIn(plan: Plan): WindowOfQuery | null {
  const found = windowNode(plan)
  if (found === undefined) return null
  if (found.kind === 'session') return { kind: 'session', sizeMs: found.gap }
  return { kind: found.window.kind, sizeMs: found.window.size }
}

function windowNode(plan: Plan): WindowPlan | SessionPlan | undefined {
  if (plan.kind === 'window' || plan.kind === 'session') return plan
  for (const input of inputsOf(plan)) {
    const found = windowNode(input)
    if (found !== undefined) return found
  }
  return undefined
}
