/**
 * Makes the plan of a bound statement small without changing its result: conditions move down, unused columns are removed,
 * projections are merged, and the columns of groups are computed below the window, once for each row.
 */
import type { Field } from '../../record/type.ts'
import { columnExpression, columnsOf, operandsOf, replaceColumns } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { pushFilters } from './filter.ts'
import { isIdentity, mapInputs, movedAggregate, withFields } from './inputs.ts'
import type { Plan, PlanOf } from './plan.ts'
import { prune } from './prune.ts'
import { filterBelowSessions } from './session-filter.ts'

/** A plan with the same columns and rows that does less work. */
export function simplify(plan: Plan): Plan {
  return tidy(prune(tidy(pushFilters(filterBelowSessions(withoutIdleSorts(plan))))))
}

/** The plan without the sorts that have no limit and are below a node that loses their order anyway. */
function withoutIdleSorts(plan: Plan, ordered = true): Plan {
  if (plan.kind === 'sort' && !ordered && plan.limit === undefined && plan.offset === 0) {
    return withoutIdleSorts(plan.input, ordered)
  }
  const keepsOrder = plan.kind === 'project' || plan.kind === 'filter'
  const cuts = plan.kind === 'sort' && plan.order.length === 0
  return mapInputs(plan, (input) => withoutIdleSorts(input, (keepsOrder && ordered) || cuts))
}

/** Simplifies each node, from the leaves up. */
function tidy(plan: Plan): Plan {
  const node = mapInputs(plan, tidy)
  if (node.kind === 'project') return tidyProject(node)
  if (node.kind === 'aggregate') return withoutProject(node)
  return node
}

function tidyProject(project: PlanOf<'project'>): Plan {
  const { input, expressions, fields } = project
  if (input.kind === 'project' && canMelt(expressions, input.expressions)) {
    const melted = expressions.map((each) =>
      replaceColumns(each, (column) => input.expressions[column.column] ?? column),
    )
    return tidyProject({ ...project, input: input.input, expressions: melted })
  }
  if (input.kind === 'values' && input.fields.length === 0 && input.rows.length === 1) {
    return { kind: 'values', rows: [expressions], fields }
  }
  const renamed = isIdentity(expressions, input) ? withFields(input, fields) : undefined
  if (renamed !== undefined) return renamed
  return input.kind === 'window' || input.kind === 'session' ? belowWindow(project, input) : project
}

/** Whether merging two projections repeats no work of the inner one. */
function canMelt(outer: readonly Expression[], inner: readonly Expression[]): boolean {
  const uses = new Map<number, number>()
  const count = (expression: Expression): void => {
    if (expression.kind === 'column') uses.set(expression.column, (uses.get(expression.column) ?? 0) + 1)
    operandsOf(expression).forEach(count)
  }
  outer.forEach(count)
  return [...uses].every(([column, times]) => times === 1 || (inner[column] !== undefined && isTrivial(inner[column])))
}

const isTrivial = (expression: Expression): boolean => expression.kind === 'column' || expression.kind === 'literal'

/** Computes expressions over a window's input below the window: once for each row, not for each of its windows. */
function belowWindow(project: PlanOf<'project'>, window: PlanOf<'window' | 'session'>): Plan {
  const width = window.input.fields.length
  const isOfInput = (each: Expression) => !isTrivial(each) && [...columnsOf(each)].every((column) => column < width)
  const computed = project.expressions.flatMap((each, index) => (isOfInput(each) ? [{ each, index }] : []))
  if (computed.length === 0) return project
  const added = computed.map(({ each, index }): Field => ({ name: project.fields[index]?.name ?? '', type: each.type }))
  const input = tidyProject({
    kind: 'project',
    input: window.input,
    expressions: [...window.input.fields.map(columnExpression), ...computed.map(({ each }) => each)],
    fields: [...window.input.fields, ...added],
  })
  const fields = [...window.fields.slice(0, width), ...added, ...window.fields.slice(width)]
  const expressions = project.expressions.map((each, index) => {
    const place = computed.findIndex((one) => one.index === index)
    if (place !== -1) return columnExpression(added[place] as Field, width + place)
    return replaceColumns(each, (column) =>
      column.column < width ? column : { ...column, column: column.column + added.length },
    )
  })
  return tidyProject({ ...project, input: { ...window, input, fields }, expressions })
}

/** Groups name their columns by index, so that a projection below which only picks columns is not needed. */
function withoutProject(aggregate: PlanOf<'aggregate'>): Plan {
  const { input } = aggregate
  if (input.kind !== 'project') return aggregate
  const columns = input.expressions.map((each) => (each.kind === 'column' ? each.column : undefined))
  if (columns.includes(undefined)) return aggregate
  const at = (column: number) => columns[column] as number
  return {
    ...aggregate,
    input: input.input,
    keys: aggregate.keys.map(at),
    aggregates: aggregate.aggregates.map((call) => movedAggregate(call, at)),
  }
}
