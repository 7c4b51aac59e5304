/**
 * A bounded query in parts: each range of its input is run by a local graph, in any thread and in any order, and what
 * comes of it is merged by a final graph in the order of the ranges. The rows are the same for any number of threads,
 * also with one, because parts belong to ranges and never to threads.
 *
 * The plan is cut above the longest run of steps over one scan that a range can do alone: filters, projections, windows,
 * and then the first aggregate (in part), or the best rows of a Top-N or of a limited sort. Plans do not cross threads;
 * the text does, and every thread finds the same cuts in it.
 */
import { assert } from '../base/assert.ts'
import type { Batch } from '../record/column.ts'
import type { Catalog } from '../sql/catalog.ts'
import type { Session } from '../sql/function/function.ts'
import { inputsOf } from '../sql/plan/inputs.ts'
import type { Plan, Query } from '../sql/plan/plan.ts'
import type { Aggregate } from './aggregate/aggregate.ts'
import type { AggregatePartial } from './aggregate/group-state.ts'
import { Builder, type ScanPlan } from './build.ts'
import type { GraphOutput, RowReject } from './graph.ts'
import { type Held, heldBy } from './held.ts'
import { outputOperator, runValuesOf } from './open-graph.ts'
import type { Operator } from './operator.ts'
import { FirstRows } from './sort/first-rows.ts'
import { RowStore, type RowsState } from './sort/row-store.ts'
import { unshared } from './trace.ts'

/** What came of one range: plain values, so it can be posted to another thread. */
export type PartialState =
  | { readonly kind: 'aggregate'; readonly aggregate: AggregatePartial }
  | { readonly kind: 'rows'; readonly rows: RowsState }

/** The part of a plan over one scan that a range can do alone. */
export type Fragment = {
  readonly scan: ScanPlan
  /** Its topmost node; an aggregate is run in part, a rank or sort only chooses what the final one needs. */
  readonly plan: Plan
}

export type Split = {
  /** One for each scan of the plan, from left to right. */
  readonly local: readonly Fragment[]
  /** The whole plan, of which the local nodes and all below are not run. */
  readonly final: Plan
}

export function splitPlan(whole: Plan): Split {
  const plan = unshared(whole)
  return { local: fragmentsOf(plan), final: plan }
}

function fragmentsOf(plan: Plan): readonly Fragment[] {
  const scan = scanBelow(plan)
  if (scan !== undefined) return [{ scan, plan }]
  return inputsOf(plan).flatMap(fragmentsOf)
}

/** The scan of a plan that a range can run alone. */
function scanBelow(plan: Plan): ScanPlan | undefined {
  const steps = plan.kind === 'aggregate' || plan.kind === 'rank' || plan.kind === 'sort' ? plan.input : plan
  let node = steps
  while (node.kind === 'filter' || node.kind === 'project' || node.kind === 'window') node = node.input
  return node.kind === 'scan' ? node : undefined
}

export type PartOptions = { readonly session: Session }

export type LocalOptions = PartOptions & {
  reject(row: Omit<RowReject, 'scan'>): void
  /** The final graph, where it is in the same thread and takes what comes of this one: that spares it much work. */
  readonly final?: Final | undefined
}

export type Local = {
  readonly table: string
  /** Which of the table's columns to push, in that order. */
  readonly columns: readonly number[]
  push(batch: Batch): void
  /** Whether the range has all the rows that the result could want of it: what is not yet read need not be. */
  full(): boolean
  /** Ends the range and hands over what came of it; the local graph is then ready for another range. */
  take(): PartialState
}

/** Opens the local part over the `scan`th scan of the plan, to run ranges one after the other. */
export function openLocal(query: Query, catalog: Catalog, scan: number, options: LocalOptions): Local {
  assert(query.mode === 'batch', 'only a bounded query runs in parts')
  const fragment = splitPlan(query.plan).local[scan]
  assert(fragment !== undefined, 'there is a fragment for each scan')
  let range = openRange(fragment, query, catalog, scan, options)
  const limit = limitOf(fragment.plan)
  return {
    table: fragment.scan.table,
    columns: fragment.scan.columns,
    push: (batch) => range.push(batch),
    full: () => range.rows.count >= limit,
    take() {
      const state = range.take()
      // An aggregate is as new: functions that were compiled for it then stay right. Other operators are not.
      if (state.kind === 'rows') range = openRange(fragment, query, catalog, scan, options)
      return state
    },
  }
}

function openRange(
  fragment: Fragment,
  query: Query,
  catalog: Catalog,
  scan: number,
  { session, reject, final }: LocalOptions,
): { readonly rows: RowStore; push(batch: Batch): void; take(): PartialState } {
  const { plan, first } = chosen(fragment.plan)
  const rows = first?.rows ?? new RowStore(plan.fields)
  const keep: Operator = {
    push(batch) {
      if (first !== undefined) first.add(batch)
      else rows.append(batch, undefined, batch.count)
    },
    advance() {},
    end() {},
  }
  const builder = new Builder({
    mode: query.mode,
    catalog,
    session,
    partitions: () => 1,
    reject: ({ partition, origin, kind, reason }) => reject({ partition, origin, kind, reason }),
    saved: undefined,
    adopter: final?.aggregate(scan),
  })
  builder.run(plan, keep)
  const source = builder.built.scans[0]?.scan
  assert(source !== undefined, `scan ${scan} is built`)
  const aggregate = builder.built.aggregates.get(plan)
  return {
    rows,
    push: (batch) => source.push(batch),
    take() {
      if (aggregate !== undefined) return { kind: 'aggregate', aggregate: aggregate.take() }
      source.end()
      first?.trim()
      // To another thread, what is posted is copied with all its spare room; this range's store is not used again.
      return { kind: 'rows', rows: final === undefined ? rows.snapshot() : rows }
    },
  }
}

/** What a range is to find: all that the final rank or sort could want of it. `first`: chooses among the plan's rows. */
function chosen(plan: Plan): { readonly plan: Plan; readonly first?: FirstRows } {
  if (plan.kind === 'rank') return { plan: { ...plan, from: 1, withRank: false, fields: plan.input.fields } }
  if (plan.kind !== 'sort') return { plan }
  const wanted = plan.limit === undefined ? Infinity : plan.offset + plan.limit
  if (plan.order.length > 0) return { plan: plan.input, first: new FirstRows(plan.fields, plan.order, wanted) }
  return { plan: { ...plan, offset: 0, limit: plan.limit === undefined ? undefined : wanted } }
}

/** How many of the rows that come first are all that is wanted: those of a LIMIT without an order. */
const limitOf = (plan: Plan): number =>
  plan.kind === 'sort' && plan.order.length === 0 && plan.limit !== undefined
    ? plan.offset + plan.limit
    : Number.POSITIVE_INFINITY

export type Final = {
  /** The scans whose ranges are to be brought, left to right; beyond `limit` rows a scan's are not looked at. */
  readonly scans: readonly { readonly table: string; readonly columns: readonly number[]; readonly limit: number }[]
  /**
   * Takes what came of a range of a scan; ranges of a scan come in their order, one after the other. `from`: which local
   * graph of the scan ran it, as a graph says once what an id stands for.
   */
  merge(scan: number, partial: PartialState, from: number): void
  end(): void
  /** What was merged. */
  readonly held: Held
  /** The aggregate that takes the parts of a scan, for `openLocal`. */
  aggregate(scan: number): Aggregate | undefined
}

export function openFinal(
  query: Query,
  catalog: Catalog,
  options: PartOptions & { readonly output: GraphOutput },
): Final {
  const { local, final } = splitPlan(query.plan)
  const doors: Door[] = []
  const openDoorAt = (index: number) => (next: Operator) => {
    doors[index] = openDoor(next)
  }
  const cut = new Map(local.map(({ plan }, index) => [cutOf(plan), openDoorAt(index)]))
  const builder = new Builder({
    mode: query.mode,
    catalog,
    session: options.session,
    partitions: () => 1,
    reject: (row) => options.output.reject(row),
    saved: undefined,
    cut,
  })
  builder.run(final, outputOperator(options.output))
  const aggregate = (scan: number) => builder.built.aggregates.get(local[scan]?.plan as Plan)
  return {
    scans: local.map(({ scan: { table, columns }, plan }) => ({ table, columns, limit: limitOf(plan) })),
    merge(scan, partial, from) {
      if (partial.kind === 'rows') doors[scan]?.push(partial.rows)
      else aggregate(scan)?.adopt(partial.aggregate, from)
    },
    end() {
      for (const door of doors) door.end()
      runValuesOf(builder.built)
    },
    held: heldBy(builder.built.holders),
    aggregate,
  }
}

/** The node whose rows are brought: below an aggregate, rank or sort of the final part, else the fragment itself. */
const cutOf = (plan: Plan): Plan =>
  plan.kind === 'aggregate' || plan.kind === 'rank' || plan.kind === 'sort' ? plan.input : plan

type Door = { push(rows: RowsState): void; end(): void }

function openDoor(next: Operator): Door {
  return {
    push({ count, columns }) {
      if (count > 0) next.push({ count, columns, partition: 0, origin: undefined, watermark: undefined })
    },
    end: () => next.end(),
  }
}
