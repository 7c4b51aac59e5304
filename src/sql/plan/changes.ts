/**
 * Answers that change: what a stream says of groups without a window, or of the first rows of all time. The answer is never
 * complete, so it is put out again and again, step by step, wherever it differs: the plan gets a `changes` on top.
 *
 * Below it stands a rank or a group, or a rank over one of both; what is below that hands records on as they come, so that a step
 * follows from the records of each partition alone.
 */
import type { Duration } from '../../base/quantity.ts'
import type { Catalog } from '../catalog.ts'
import type { ChangeStep } from './change-step.ts'
import { inputsOf, mapInputs } from './inputs.ts'
import { rowKeyOf } from './key.ts'
import type { Plan, PlanOf } from './plan.ts'

/** A group or a rank that is never complete. */
export type ChangingPlan = PlanOf<'aggregate'> | PlanOf<'rank'>

/** How often changes are put out unless somebody says otherwise: each 10 s of event time; without event time, at each record. */
const EVERY_MS = 10_000

const PASSING: readonly Plan['kind'][] = [
  'scan',
  'values',
  'filter',
  'project',
  'unnest',
  'lookup',
  'expand',
  'union',
  'window',
]

export const isChanging = (plan: Plan): plan is ChangingPlan =>
  (plan.kind === 'aggregate' || plan.kind === 'rank') && !plan.windowed

/** Whether a part of the plan is never complete. */
export const hasChanging = (plan: Plan): boolean => isChanging(plan) || inputsOf(plan).some(hasChanging)

/** Whether rows of the plan may be replaced by others, or deleted. */
export const takesBack = (plan: Plan): boolean => plan.kind === 'changes' && !plan.settled

type Options = {
  readonly catalog: Catalog
  /** undefined: as usual. */
  readonly every: ChangeStep | undefined
  readonly ttl: Duration | undefined
}

/** Why a plan of a stream cannot be answered, and what to write instead. */
type Unanswerable = { readonly why: string; readonly hint: string }

/** The plan of a stream with a `changes` on top, where something in it changes; or why that cannot be. */
export function withChanges(plan: Plan, { catalog, every, ttl }: Options): Plan | Unanswerable {
  const upper = belowSteps(plan)
  if (!isChanging(upper))
    return { why: `${NAMES[upper.kind] ?? 'this'} over an answer that changes is not supported`, hint: OTHER_QUERY }
  const lower = belowSteps(upper.input)
  const isTwo = isChanging(lower)
  if (isTwo && upper.kind === 'aggregate') {
    const hint = 'for the number of groups, write COUNT(DISTINCT …) of their columns; or put both into windows'
    return {
      why: 'groups over an answer that changes are not supported: rows that they have counted would change',
      hint,
    }
  }
  const core = isTwo ? lower : upper
  const other = otherThanPassing(core.input)
  if (other !== undefined) {
    const what = isChanging(other) ? 'an answer that changes' : (NAMES[other.kind] ?? 'what is')
    return {
      why: `${what} cannot stand below an answer that changes`,
      hint: 'make it a query of its own, and read its rows',
    }
  }
  const { rowKey, lost } = rowKeyOf(plan)
  const inner = isTwo ? rowKeyOf(upper.input) : undefined
  const missing = lost ?? inner?.lost
  if (rowKey === undefined || (inner !== undefined && inner.rowKey === undefined)) {
    const what = missing ?? 'the rank'
    return { why: `rows that change are known by their key, and ${what} is not selected`, hint: `select ${what} too` }
  }
  const step = stepOf(plan, catalog, every)
  if ('why' in step) return step
  if (step.kind === 'records' && ttl !== undefined && ttl !== Infinity) {
    return { why: 'a ttl is event time, and the rows have none', hint: 'leave ttl out, or say forever' }
  }
  const keyed = inner?.rowKey
  const replaced = keyed === undefined ? plan : replacing(plan, upper, { ...upper, keyed } as Plan)
  const input = step.kind === 'time' ? withClock(replaced, catalog) : replaced
  const settled = upper.kind === 'aggregate' && upper.aggregates.length === 0
  return {
    kind: 'changes',
    input,
    every: step,
    key: rowKey,
    settled,
    ttl: ttl === Infinity ? undefined : ttl,
    fields: plan.fields,
  }
}

const NAMES: { readonly [kind: string]: string } = {
  aggregate: 'a group',
  rank: 'a Top-N',
  first: 'the first row of each key',
  over: 'OVER',
  sort: 'ORDER BY',
  window: 'a window',
  union: 'UNION ALL',
  unnest: 'UNNEST',
  lookup: 'a lookup join',
  join: 'a join',
  alert: 'an alert',
}
const OTHER_QUERY = 'a window gives rows that stay as they are: put it below'

/** The columns whose every combination is kept for an answer that changes; none where its state has an end. */
export function keptKeys(plan: Plan): readonly string[] {
  if (plan.kind !== 'changes') return []
  const upper = belowSteps(plan.input)
  const lower = isChanging(upper) ? belowSteps(upper.input) : upper
  const core = isChanging(lower) ? lower : upper
  if (core.kind === 'aggregate') {
    const names = core.keys.map((_, key) => core.fields[key]?.name ?? '')
    // The number of a grouping set, and GROUPING_ID, are not columns that anybody has.
    return names.filter((name) => !/^(\$set$|GROUPING)/.test(name))
  }
  return core.kind === 'rank' ? core.partitionBy.map((column) => core.fields[column]?.name ?? '') : []
}

/** The first node below filters and projections. */
export function belowSteps(plan: Plan): Plan {
  return plan.kind === 'filter' || plan.kind === 'project' ? belowSteps(plan.input) : plan
}

/** The plan with another node in place of one, below filters and projections. */
const replacing = (plan: Plan, node: Plan, by: Plan): Plan =>
  plan === node ? by : mapInputs(plan, (input) => replacing(input, node, by))

function otherThanPassing(plan: Plan): Plan | undefined {
  if (!PASSING.includes(plan.kind)) return plan
  return inputsOf(plan)
    .map(otherThanPassing)
    .find((other) => other !== undefined)
}

const scansOf = (plan: Plan): readonly PlanOf<'scan'>[] =>
  plan.kind === 'scan' ? [plan] : inputsOf(plan).flatMap(scansOf)

function stepOf(plan: Plan, catalog: Catalog, every: ChangeStep | undefined): ChangeStep | Unanswerable {
  const scans = scansOf(plan)
  const untimed = scans.find(({ table }) => catalog.get(table)?.rowtime === undefined)
  if (untimed === undefined && scans.length > 0) return every ?? { kind: 'time', ms: EVERY_MS }
  const timed = scans.find(({ table }) => catalog.get(table)?.rowtime !== undefined)
  if (timed !== undefined || every?.kind === 'time') {
    const why = `changes are put out by event time, and ${untimed?.table ?? 'VALUES'} has none`
    return { why, hint: `give it a watermark: watermark: ts - INTERVAL '5' SECOND` }
  }
  return every ?? { kind: 'records', count: 1 }
}

/** The scans read their event time, so that there are watermarks. */
function withClock(plan: Plan, catalog: Catalog): Plan {
  if (plan.kind !== 'scan') return mapInputs(plan, (input) => withClock(input, catalog))
  const clock = catalog.get(plan.table)?.rowtime?.field
  return clock === undefined ? plan : { ...plan, clock }
}
