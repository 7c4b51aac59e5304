/**
 * Which operators of a plan keep state, where each one's state is found again, and what its form depends on.
 *
 * The place is a path from the result down, such as `rank/aggregate/scan` or `union[1]/aggregate`. It names only operators
 * that keep state, and the sides of a UNION ALL or a join, so a filter or a projection more or less changes no path.
 */
import { assert, unreachable } from '../base/assert.ts'
import { type Field, typeName } from '../record/type.ts'
import type { AggregateCall } from '../sql/plan/aggregate.ts'
import { inputsOf } from '../sql/plan/inputs.ts'
import type { Mode, Plan, RowFunction, WindowKind } from '../sql/plan/plan.ts'
import { sessionsBelow } from '../sql/plan/sessions.ts'
import { windowOf } from '../sql/plan/window-of.ts'
import { changingShape } from './changes/shape.ts'
import { comesInWindows, sliceable } from './trace.ts'

/**
 * Versions of what `snapshot` of each operator gives. Raise one when that changes: states of the version before are then
 * refused, in words, unless they are migrated where a checkpoint is read (`runner/layout-version-2.ts` is an example).
 */
const VERSIONS = {
  scan: 1,
  aggregate: 1,
  rank: 1,
  first: 1,
  session: 1,
  over: 1,
  sort: 1,
  union: 1,
  changes: 1,
  alert: 1,
  join: 1,
}

type StatefulPlan = Extract<Plan, { kind: keyof typeof VERSIONS }>

/** The form of one operator's state: two states can be exchanged only where both fields are equal. */
export type StateForm = {
  readonly version: number
  /** What the arrays of the state hold, for people: types, aggregates, windows in ms. */
  readonly form: string
}

/** The operators of a plan that keep state, each with its path; in the order in which they are built. */
export function statefulNodes(plan: Plan, mode: Mode): ReadonlyMap<StatefulPlan, string> {
  const paths = new Map<StatefulPlan, string>()
  const walk = (node: Plan, above: string): void => {
    const path = `${above}${node.kind}`
    const stateful = statefulOf(node, mode)
    if (stateful !== undefined) paths.set(stateful, path)
    const below = sessionsBelow(node)
    const isForked = node.kind === 'union' || node.kind === 'join'
    if (node.kind === 'changes') walk(changingShape(node).core.input, `${path}/`)
    else if (below !== undefined) walk(below.input, `${path}/`)
    else if (isForked) for (const [index, input] of inputsOf(node).entries()) walk(input, `${path}[${index}]/`)
    else for (const input of inputsOf(node)) walk(input, stateful === undefined ? above : `${path}/`)
  }
  walk(plan, '')
  assert(new Set(paths.values()).size === paths.size, 'a path leads to one operator')
  return paths
}

/** The node, where its operator keeps state, if only a watermark; else undefined. */
export function statefulOf(plan: Plan, mode: Mode): StatefulPlan | undefined {
  switch (plan.kind) {
    case 'scan':
    case 'aggregate':
    case 'first':
    case 'over':
    case 'sort':
    case 'changes':
    case 'alert':
    case 'join':
    case 'session':
      return plan
    case 'rank':
      // Where rows come as whole windows, it finds all rows of a window in one batch.
      return plan.windowed && comesInWindows(plan.input) ? undefined : plan
    case 'union':
      // Rows that come as whole windows are put in order of their windows.
      return mode === 'streaming' && plan.inputs.every(comesInWindows) ? plan : undefined
    case 'values':
    case 'filter':
    case 'project':
    case 'window':
    case 'unnest':
    case 'expand':
    case 'lookup':
      return undefined
    default:
      return unreachable(plan)
  }
}

/** The form of an operator's state, apart from what its rows mean. */
export function stateFormOf(plan: StatefulPlan): StateForm {
  return { version: VERSIONS[plan.kind], form: formOf(plan) }
}

function formOf(plan: StatefulPlan): string {
  switch (plan.kind) {
    case 'scan':
      return 'watermarks'
    case 'aggregate': {
      const { fields } = plan.input
      const below = sessionsBelow(plan)
      const calls = plan.aggregates.map((call) => callForm(call, fields)).join(', ')
      const keys = plan.keys.filter((key) => !plan.windowed || fields[key]?.window === undefined)
      if (below !== undefined) return `${calls} by (${typesOf(fields, keys)}), sessions of ${below.gap}`
      const window = plan.keys.find((key) => plan.windowed && fields[key]?.window !== undefined)
      const made = window === undefined ? undefined : windowOf(plan.input, window)
      const slices = sliceable(plan) === undefined ? '' : ' in slices'
      return `${calls} by (${typesOf(fields, keys)})${window === undefined ? '' : `, ${windowForm(made?.kind === 'window' ? made.window : undefined)}${slices}`}`
    }
    case 'rank':
      return `the first ${plan.to} of (${typesOf(plan.input.fields)}) by (${typesOf(plan.input.fields, plan.partitionBy)})`
    case 'first': {
      const { input, partitionBy, ttl } = plan
      // Another time is no other form: keys that were forgotten stay so, and the others are forgotten by it.
      const anew = ttl === undefined ? '' : ', which begin anew'
      return `the first row (${typesOf(input.fields)}) of (${typesOf(input.fields, partitionBy)})${anew}`
    }
    case 'session': {
      const { input, partitionBy, gap } = plan
      return `rows (${typesOf(input.fields)}) of sessions of ${gap} by (${typesOf(input.fields, partitionBy)})`
    }
    case 'over': {
      const { input, partitionBy, order, frame, calls, functions, ttl } = plan
      const placed = functions.map((each) => functionForm(each, input.fields))
      const called = [...calls.map((call) => callForm(call, input.fields)), ...placed].join(', ')
      const by = `(${typesOf(input.fields, partitionBy)}) in order of (${typesOf(
        input.fields,
        order.map(({ column }) => column),
      )})`
      const anew = ttl === undefined ? '' : ', which begin anew'
      return `${called} over ${frame.unit} ${frame.from} to ${frame.to} by ${by}${anew}, rows (${typesOf(input.fields)})`
    }
    case 'changes': {
      const { core, rank } = changingShape(plan)
      const ranked = rank === undefined ? '' : `, then ${formOf(rank)}`
      const anew = plan.ttl === undefined ? '' : ', which begin anew'
      return `changes by ${plan.every.kind} of ${formOf(core)}${ranked}${anew}`
    }
    case 'alert': {
      const { fields } = plan.input
      const { width, time, key } = plan.alert
      // Rows of windows are judged when they come. Others wait, with what the conditions say of them beside them.
      const kept = time.kind === 'window' ? fields.slice(0, width) : fields
      return `alerts about (${typesOf(kept)}) by (${typesOf(fields, key)})`
    }
    case 'join': {
      const { join, left, right, keys, time } = plan
      const by = typesOf(
        left.fields,
        keys.map((key) => key.left),
      )
      return `${join} of (${typesOf(left.fields)}) and (${typesOf(right.fields)}) by (${by})${time === undefined ? '' : ` in ${time.kind}`}`
    }
    case 'sort':
    case 'union':
      return `rows of (${typesOf(plan.fields)})`
    default:
      return unreachable(plan)
  }
}

function callForm(call: AggregateCall, fields: readonly Field[]): string {
  const { function: name, distinct, argument, field } = call
  const type = argument === undefined ? '*' : typesOf(fields, [argument])
  return `${name}(${distinct ? 'DISTINCT ' : ''}${type}) ${typeName(field.type)}`
}

function functionForm(called: RowFunction, fields: readonly Field[]): string {
  if (!('offset' in called)) return called.function
  const { argument, offset } = called
  return `${called.function}(${argument === undefined ? '*' : typesOf(fields, [argument])}, ${offset})`
}

/** A window function's kind and lengths, ms; undefined: the window is read from columns. */
export function windowForm(window: WindowKind | undefined): string {
  if (window === undefined) return 'windows'
  const { kind, size, offset } = window
  const step = kind === 'tumble' ? size : kind === 'hop' ? window.slide : window.step
  return `${kind} ${size} every ${step} from ${offset}`
}

function typesOf(fields: readonly Field[], columns: readonly number[] = [...fields.keys()]): string {
  return columns
    .map((column) => fields[column])
    .map((field) => (field === undefined ? '' : typeName(field.type)))
    .join(', ')
}
