/** What is built of a plan: its operators, by what they are asked for. */
import type { Plan } from '../sql/plan/plan.ts'
import type { Aggregate } from './aggregate/aggregate.ts'
import type { Alert } from './alert/alert.ts'
import type { Holder } from './held.ts'
import type { OperatorState } from './operator.ts'
import type { Scan } from './scan.ts'

export type ScanPlan = Extract<Plan, { kind: 'scan' }>

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
  readonly aggregates: Map<Plan, Aggregate>
  readonly alerts: Alert[]
}

/** Nothing is built yet. */
export const emptyBuilt = (): Built => {
  return { scans: [], values: [], states: new Map(), holders: [], closers: [], aggregates: new Map(), alerts: [] }
}
