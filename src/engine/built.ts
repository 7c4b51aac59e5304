/** What is built of a plan: its operators, by what they are asked for. */
import type { Catalog } from '../sql/catalog.ts'
import type { Session } from '../sql/function/function.ts'
import { inputsOf } from '../sql/plan/inputs.ts'
import type { Mode, Plan } from '../sql/plan/plan.ts'
import type { Aggregate } from './aggregate/aggregate.ts'
import type { Alert } from './alert/alert.ts'
import type { GraphState, RowReject } from './graph.ts'
import type { Holder } from './held.ts'
import type { Lookup } from './lookup/lookup.ts'
import type { Operator, OperatorState, RowSource } from './operator.ts'
import type { Scan } from './scan.ts'
import type { SessionAggregate } from './session/aggregate.ts'
import { statefulOf } from './state-layout.ts'

/** An aggregate that can run over ranges of its input. */
export type RangeAggregate = Aggregate | SessionAggregate

export type ScanPlan = Extract<Plan, { kind: 'scan' }>

/** What a plan is built with. */
export type BuildOptions = {
  readonly mode: Mode
  readonly catalog: Catalog
  readonly session: Session
  partitions(table: string): number
  reject(row: RowReject): void
  /** The operators' states, by path. */
  readonly saved: GraphState | undefined
  /** For each node that is not built, what is done with the operator that takes its rows. */
  readonly cut?: ReadonlyMap<Plan, (next: Operator) => void>
  /** The aggregate of this thread that adopts the parts of the one that is built. */
  readonly adopter?: RangeAggregate | undefined
}

export type Built = {
  readonly scans: { readonly plan: ScanPlan; readonly scan: Scan; readonly partitions: number }[]
  /** Each pushes rows that are written in the query itself, and ends their source: run once, after the scans have ended. */
  readonly values: (() => void)[]
  /** How each operator's state is copied, by path. */
  readonly states: Map<string, () => OperatorState>
  /** The operators whose state grows with their input. */
  readonly holders: Holder[]
  /** The operators that keep rows back: the watermark that closed the last window emitted, and the one that emits more. */
  readonly closers: { readonly closed: number; readonly due: number }[]
  /** The aggregates by node, to bring them parts. */
  readonly aggregates: Map<Plan, RangeAggregate>
  readonly alerts: Alert[]
  readonly lookups: Lookup[]
}

/** Nothing is built yet. */
export const emptyBuilt = (): Built => {
  const lists = { scans: [], values: [], holders: [], closers: [], alerts: [], lookups: [] }
  return { ...lists, states: new Map(), aggregates: new Map() }
}

/** What a graph knows of its scans. */
export type Scans = {
  readonly mode: Mode
  numberOf(plan: ScanPlan): number
  partitions(table: string): number
}

/** One source for each partition; a node that brings rows together has one. */
export function sourcesOf(plan: Plan, scans: Scans): readonly RowSource[] {
  if (plan.kind === 'scan') {
    const scan = scans.numberOf(plan)
    const partitions = scans.partitions(plan.table)
    return Array.from({ length: partitions }, (_, partition) => ({ scan, partition, merged: false }))
  }
  const sources = inputsOf(plan).flatMap((input) => sourcesOf(input, scans))
  return merges(plan, scans.mode) ? [{ scan: sources[0]?.scan ?? -1, partition: 0, merged: true }] : sources
}

/** Whether the rows of a node's output are of one partition, and come from no record. */
function merges(plan: Plan, mode: Mode): boolean {
  if (plan.kind === 'sort') return plan.order.length > 0
  if (plan.kind === 'rank' || plan.kind === 'union') return statefulOf(plan, mode) !== undefined
  return ['aggregate', 'first', 'over', 'session', 'values', 'alert'].includes(plan.kind)
}
