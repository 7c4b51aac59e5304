/**
 * Makes the plan of a bound statement small without changing what it means: conditions go down, columns that nothing uses
 * go away, projections melt together, and what groups are made of is computed below the window, once for each row.
 */

import { columnsOf, operandsOf, replaceColumns } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { pushFilters } from './filter.ts'
import { columnExpression, isIdentity, mapInputs, withFields } from './inputs.ts'
import type { Plan } from './plan.ts'
import { prune } from './prune.ts'

type ProjectPlan = Extract<Plan, { kind: 'project' }>
type WindowPlan = Extract<Plan, { kind: 'window' }>
type AggregatePlan = Extract<Plan, { kind: 'aggregate' }>

export function simplify(plan: Plan): Plan {
  return tidy(prune(tidy(pushFilters(withoutIdleSorts(plan)))))
}

/** Below what brings rows together anew, their order is lost: a sort that cuts nothing off there does nothing. */
function withoutIdleSorts(plan: Plan, ordered = true): Plan {
  if (plan.kind === 'sort' && !ordered && plan.limit === undefined && plan.offset === 0) {
    return withoutIdleSorts(plan.input, ordered)
  }
  const keepsOrder = plan.kind === 'project' || plan.kind === 'filter'
  const cuts = plan.kind === 'sort' && plan.order.length === 0
  return mapInputs(plan, (input) => withoutIdleSorts(input, (keepsOrder && ordered) || cuts))
}

/** From the leaves up, each node as small as its inputs allow. */
function tidy(plan: Plan): Plan {
  const node = mapInputs(plan, tidy)
  if (node.kind === 'project') return tidyProject(node)
  if (node.kind === 'aggregate') return withoutProject(node)
  return node
}

function tidyProject(project: ProjectPlan): Plan {
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
  return input.kind === 'window' ? belowWindow(project, input) : project
}

/** Whether no work of the inner projection would be done twice. */
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

/** Expressions over a window's input are computed before a row is put in each of its windows. */
function belowWindow(project: ProjectPlan, window: WindowPlan): Plan {
  const width = window.input.fields.length
  const isOfInput = (each: Expression) => !isTrivial(each) && [...columnsOf(each)].every((column) => column < width)
  const computed = project.expressions.flatMap((each, index) => (isOfInput(each) ? [{ each, index }] : []))
  if (computed.length === 0) return project
  const input: Plan = {
    kind: 'project',
    input: window.input,
    expressions: [
      ...window.input.fields.map((_, column) => columnExpression(window.input.fields, column)),
      ...computed.map(({ each }) => each),
    ],
    fields: [...window.input.fields, ...computed.map(({ index }) => plainField(project, index))],
  }
  const fields = [
    ...window.fields.slice(0, width),
    ...computed.map(({ index }) => plainField(project, index)),
    ...window.fields.slice(width),
  ]
  const lower: WindowPlan = { ...window, input: tidyProject(input as ProjectPlan), fields }
  const expressions = project.expressions.map((each, index) => {
    const place = computed.findIndex((one) => one.index === index)
    if (place !== -1) return columnExpression(fields, width + place)
    return replaceColumns(each, (column) =>
      column.column < width ? column : { ...column, column: column.column + computed.length },
    )
  })
  return tidyProject({ ...project, input: lower, expressions })
}

function plainField({ fields, expressions }: ProjectPlan, index: number): { name: string; type: Expression['type'] } {
  return { name: fields[index]?.name ?? '', type: (expressions[index] as Expression).type }
}

/** Groups take their columns from wherever they stand, so a projection that only picks columns is not needed. */
function withoutProject(aggregate: AggregatePlan): Plan {
  const { input } = aggregate
  if (input.kind !== 'project') return aggregate
  const columns = input.expressions.map((each) => (each.kind === 'column' ? each.column : undefined))
  if (columns.includes(undefined)) return aggregate
  const at = (column: number) => columns[column] as number
  const optional = (column: number | undefined) => (column === undefined ? undefined : at(column))
  return {
    ...aggregate,
    input: input.input,
    keys: aggregate.keys.map(at),
    aggregates: aggregate.aggregates.map((call) => ({
      ...call,
      argument: optional(call.argument),
      filter: optional(call.filter),
    })),
  }
}
