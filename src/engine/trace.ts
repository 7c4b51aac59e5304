/** Where a plan's window columns come from, in what order its windows come, and which aggregates can take slices. */
import { columnsOf } from '../sql/expression/columns.ts'
import type { Expression } from '../sql/expression/expression.ts'
import { mapInputs } from '../sql/plan/inputs.ts'
import type { Plan, WindowKind } from '../sql/plan/plan.ts'
import { type WindowPlan, windowOf } from '../sql/plan/window-of.ts'

/** A copy of the plan in which each node is in one place, as nodes are told apart by identity. WITH may share a node. */
export function unshared(plan: Plan): Plan {
  return plan.kind === 'scan' || plan.kind === 'values' ? { ...plan } : mapInputs(plan, unshared)
}

/**
 * The window function that may give slices to this aggregate. Its windows overlap, and neither the aggregate nor any node
 * between the two uses their columns except to group by start and end.
 */
export function sliceable(plan: Extract<Plan, { kind: 'aggregate' }>): WindowPlan | undefined {
  const roles = new Set(plan.keys.map((key) => plan.input.fields[key]?.window))
  if (!plan.windowed || !roles.has('start') || !roles.has('end')) return undefined
  const windows = [...plan.input.fields.keys()].filter((column) => plan.input.fields[column]?.window !== undefined)
  const used = plan.aggregates.flatMap(({ argument, filter }) => [argument, filter])
  if (used.some((column) => column !== undefined && windows.includes(column))) return undefined
  let node = plan.input
  for (; node.kind === 'project' || node.kind === 'filter'; node = node.input) {
    const { input } = node
    const expressions: readonly Expression[] = node.kind === 'filter' ? [node.predicate] : node.expressions
    const computed = expressions.filter(({ kind }) => node.kind === 'filter' || kind !== 'column').flatMap(columnsIn)
    if (computed.some((column) => windowOf(input, column) !== undefined)) return undefined
  }
  const made = node
  if (made.kind !== 'window' || made.window.kind === 'tumble' || !isMultiple(made.window)) return undefined
  return windows.every((column) => windowOf(plan.input, column) === made) ? made : undefined
}

/** Whether windows are made of whole steps. */
const isMultiple = (window: WindowKind): boolean => window.kind !== 'hop' || window.size % window.slide === 0

const columnsIn = (expression: Expression): readonly number[] => [...columnsOf(expression)]

/**
 * How the rows of a running plan come. `whole`: window by window, in order of window end, none cut by the end of a batch,
 * as a windowed aggregate emits them. `ordered`: in order of window end, or of event time where they are of no windows.
 * `none`: in any order.
 */
function windowOrder(plan: Plan): 'whole' | 'ordered' | 'none' {
  switch (plan.kind) {
    case 'aggregate':
      return plan.windowed ? 'whole' : 'none'
    case 'project':
    case 'filter':
      return windowOrder(plan.input)
    case 'unnest':
      // It cuts windows where a batch would be too large.
      return windowOrder(plan.input) === 'none' ? 'none' : 'ordered'
    case 'first':
    case 'over':
    case 'session':
      return 'ordered'
    case 'rank':
      if (!plan.windowed) return 'none'
      return comesInWindows(plan.input) ? 'whole' : 'ordered'
    case 'join':
      return plan.time?.kind === 'window' ? 'ordered' : 'none'
    case 'union':
      return plan.inputs.every(comesInWindows) ? 'ordered' : 'none'
    default:
      return 'none'
  }
}

/** Whether rows come in order of window end, and each window in one batch. */
export function comesInWindows(plan: Plan): boolean {
  return windowOrder(plan) === 'whole'
}

/** Whether the rows come in order of event time, and of no windows: first rows of keys, and rows with OVER. */
export function comesByTime(plan: Plan): boolean {
  if (plan.kind === 'project' || plan.kind === 'filter' || plan.kind === 'unnest') return comesByTime(plan.input)
  if (plan.kind === 'over') return comesByTime(plan.input) || !comesInOrder(plan.input)
  return plan.kind === 'first'
}

/**
 * Whether rows of a streaming query come in order of window end, none of a window after one of a later window; or in order of
 * event time, where they are of no windows.
 */
export function comesInOrder(plan: Plan): boolean {
  return windowOrder(plan) !== 'none'
}
