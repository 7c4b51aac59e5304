/** What is built of a plan: its operators, by what they are asked for. */
import type { Catalog } from '../sql/catalog.ts'
import type { Session } from '../sql/function/function.ts'
import type { Mode, Plan } from '../sql/plan/plan.ts'
import type { Aggregate } from './aggregate/aggregate.ts'
import type { Alert } from './alert/alert.ts'
import type { GraphState, RowReject } from './graph.ts'
import type { Holder } from './held.ts'
import type { Join } from './join/join.ts'
import type { Lookup } from './lookup/lookup.ts'
import type { Operator, OperatorState } from './operator.ts'
import type { Scan } from './scan.ts'
import type { SessionAggregate } from './session/aggregate.ts'

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
  /** Rows of scans bring their watermarks, also in streaming mode. */
  readonly stamped?: boolean | undefined
  /** For each node that is not built, what is done with the operator that takes its rows. */
  readonly cut?: ReadonlyMap<Plan, (next: Operator) => void>
  /** The aggregate of this thread that adopts the parts of the one that is built. */
  readonly adopter?: RangeAggregate | undefined
  /** Whether aggregates may keep the groups of all ranges that they run: see `Aggregate.rest`. */
  readonly keeps?: boolean | undefined
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
  /** The joins one of whose sides is a part that was run before, each with its name. */
  readonly joins: { readonly part: string; readonly join: Join }[]
}

/** Nothing is built yet. */
export const emptyBuilt = (): Built => {
  const lists = { scans: [], values: [], holders: [], closers: [], alerts: [], lookups: [], joins: [] }
  return { ...lists, states: new Map(), aggregates: new Map() }
}
