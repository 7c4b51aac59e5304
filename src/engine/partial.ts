/**
 * A bounded query over ranges of its input: each range is run by a local graph, in any thread and in any order, and its
 * partial result is merged by a final graph in the order of the ranges. The rows are the same for any number of threads,
 * also for one, because partial results belong to ranges and never to threads.
 *
 * The plan is cut above the nodes over one scan that a range can run alone: filters, projections, windows, and then the
 * first aggregate (its groups are merged later), or the best rows of a Top-N or of a limited sort. Plans are not posted to
 * other threads; the SQL text is, and every thread finds the same cuts in it.
 */
import { assert } from '../base/assert.ts'
import { type Batch, batchOfRows } from '../record/column.ts'
import type { Catalog } from '../sql/catalog.ts'
import { conjunctsOf } from '../sql/expression/columns.ts'
import type { Expression } from '../sql/expression/expression.ts'
import type { Session } from '../sql/function/function.ts'
import { inputsOf } from '../sql/plan/inputs.ts'
import type { Plan, Query } from '../sql/plan/plan.ts'
import { sessionsBelow } from '../sql/plan/sessions.ts'
import { Aggregate } from './aggregate/aggregate.ts'
import type { AggregatePartial } from './aggregate/group-state.ts'
import type { HeldElsewhere, WholeRest } from './aggregate/whole/whole-groups.ts'
import { Builder } from './build.ts'
import type { RangeAggregate, ScanPlan } from './built.ts'
import type { FailedRow, GraphOutput } from './graph.ts'
import { type Held, heldBy } from './held.ts'
import { isPart, passingSideOf } from './join/parts.ts'
import type { LookupContent } from './lookup/content.ts'
import { outputOperator } from './open-graph.ts'
import type { Operator } from './operator.ts'
import { FirstRows } from './sort/first-rows.ts'
import { RowStore, type RowsState } from './sort/row-store.ts'
import { unshared } from './trace.ts'

/** The partial result of one range: plain values, so it can be posted to another thread. */
export type PartialState =
  | { readonly kind: 'aggregate'; readonly aggregate: AggregatePartial }
  /** What the local graph keeps, until it hands it over as `rest`. */
  | { readonly kind: 'kept'; readonly held: HeldElsewhere }
  | { readonly kind: 'rest'; readonly rest: WholeRest }
  | { readonly kind: 'rows'; readonly rows: RowsState }

/** The nodes of a plan over one scan that a range can run alone. */
type Fragment = {
  readonly scan: ScanPlan
  /** The topmost node: of an aggregate a range has the groups, of a rank or sort the rows that the final graph may need. */
  readonly plan: Plan
  /** The node that the final graph does not run: below an aggregate, rank or sort, else the topmost itself. */
  readonly cut: Plan
}

/** Nodes that a range can run row by row. */
const PASSING: ReadonlySet<Plan['kind']> = new Set(['filter', 'project', 'window', 'unnest', 'lookup', 'expand'])

/** Nodes of which a range runs a part: what it leaves, the final graph takes again. */
const CHOOSING: ReadonlySet<Plan['kind']> = new Set(['aggregate', 'rank', 'first', 'sort'])

/** The fragments of a plan, one for each scan, from left to right. */
function fragmentsOf(plan: Plan): readonly Fragment[] {
  const cut = sessionsBelow(plan)?.input ?? (CHOOSING.has(plan.kind) && 'input' in plan ? plan.input : plan)
  let scan = cut
  for (let next = belowOf(scan); next !== undefined; next = belowOf(scan)) scan = next
  if (isPart(plan)) return []
  return scan.kind === 'scan' ? [{ scan, plan, cut }] : inputsOf(plan).flatMap(fragmentsOf)
}

/** The input of a node that a range can run row by row. */
function belowOf(plan: Plan): Plan | undefined {
  if (plan.kind === 'join') return passingSideOf(plan)
  return PASSING.has(plan.kind) && 'input' in plan ? plan.input : undefined
}

/** The scans of a bounded query whose ranges are run, from left to right. Of a scan, no more than `limit` rows are needed. */
export const scansOf = ({ plan }: Pick<Query, 'plan'>): Final['scans'] =>
  fragmentsOf(plan).map(({ scan: { table, columns }, plan: whole }) => ({ table, columns, limit: limitOf(whole) }))

/** The contents of lookup tables, and of parts that were run before, by name. */
export type Contents = ReadonlyMap<string, LookupContent>

export type LocalOptions = {
  readonly session: Session
  readonly contents?: Contents
  reject(row: FailedRow): void
  /** The final graph, if it is in the same thread: the local graph then uses its keys, which saves much work. */
  readonly final?: Final | undefined
  /** Whether the local graph is asked for its `rest` at the end, and may keep until then what no order of ranges changes. */
  readonly keeps?: boolean
}

export type Local = {
  readonly table: string
  /** Which of the table's columns to push, in that order. */
  readonly columns: readonly number[]
  /** What all rows that count must meet, over these columns: rows that do not need not be pushed. */
  readonly conditions: readonly Expression[]
  push(batch: Batch): void
  /** Whether the range has all rows that the result could need of it: the rest need not be read. */
  full(): boolean
  /** Ends the range and hands over its partial result; the local graph is then ready for another range. */
  take(): PartialState
  /** Hands over what the graph has kept of all its ranges; nothing can be pushed afterwards. */
  rest(): PartialState | undefined
}

/** Opens the local graph of the `scan`th scan of a bounded query, to run ranges one after the other. */
export function openLocal(query: Query, catalog: Catalog, scan: number, options: LocalOptions): Local {
  assert(query.mode === 'batch', 'only a bounded query runs over ranges')
  const fragment = fragmentsOf(unshared(query.plan))[scan]
  assert(fragment !== undefined, 'there is a fragment for each scan')
  const open = () => openRange({ fragment, query, catalog, scan }, options)
  let range = open()
  const limit = limitOf(fragment.plan)
  return {
    table: fragment.scan.table,
    columns: fragment.scan.columns,
    conditions: conditionsOn(fragment),
    push: (batch) => range.push(batch),
    full: () => range.rows.count >= limit,
    take() {
      const state = range.take()
      // An aggregate is ready for another range, and what V8 compiled for it stays valid. Other operators are opened anew.
      if (state.kind === 'rows') range = open()
      return state
    },
    rest: () => range.rest(),
  }
}

/** The conditions of the filter just above a scan, where the planner puts all that it can. */
function conditionsOn({ plan, scan }: Fragment): readonly Expression[] {
  let node = CHOOSING.has(plan.kind) && 'input' in plan && plan.input !== scan ? plan.input : plan
  for (let next = belowOf(node); next !== undefined && next !== scan; next = belowOf(node)) node = next
  return node.kind === 'filter' ? conjunctsOf(node.predicate) : []
}

type RangePlan = {
  readonly fragment: Fragment
  readonly query: Query
  readonly catalog: Catalog
  readonly scan: number
}

function openRange(
  { fragment, query, catalog, scan }: RangePlan,
  { session, contents, reject, final, keeps }: LocalOptions,
): { readonly rows: RowStore } & Pick<Local, 'push' | 'take' | 'rest'> {
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
    reject(row) {
      assert(row.kind === 'expression', 'no row is late in batch mode')
      reject(row)
    },
    saved: undefined,
    adopter: final?.aggregate(scan),
    keeps,
  })
  builder.run(plan, keep)
  bringAll(builder, contents)
  const source = builder.built.scans[0]?.scan
  assert(source !== undefined, `scan ${scan} is built`)
  const aggregate = builder.built.aggregates.get(plan)
  return {
    rows,
    push: (batch) => source.push(batch),
    take() {
      if (aggregate !== undefined) {
        const taken = aggregate.take()
        return 'main' in taken ? { kind: 'aggregate', aggregate: taken } : { kind: 'kept', held: taken }
      }
      source.end()
      first?.trim()
      // Posting to another thread would copy spare room too. In this thread the store can be given away as it is.
      return { kind: 'rows', rows: final === undefined ? rows.snapshot() : rows }
    },
    rest() {
      const rest = aggregate instanceof Aggregate ? aggregate.rest() : undefined
      return rest && { kind: 'rest', rest }
    },
  }
}

function bringAll({ built }: Builder, contents: Contents = new Map()): void {
  for (const lookup of built.lookups) {
    const content = contents.get(lookup.table)
    if (content !== undefined) lookup.bring(content)
  }
  for (const { part, join } of built.joins) {
    const content = contents.get(part)
    assert(content !== undefined, 'a part is run before the query that reads it')
    join.bring(content)
  }
}

/** The plan of a range: its rows, of which `first` chooses some, are all that the final rank or sort could need. */
function chosen(plan: Plan): { readonly plan: Plan; readonly first?: FirstRows } {
  if (plan.kind === 'rank') return { plan: { ...plan, from: 1, withRank: false, fields: plan.input.fields } }
  if (plan.kind !== 'sort') return { plan }
  const wanted = plan.limit === undefined ? Infinity : plan.offset + plan.limit
  if (plan.order.length > 0) return { plan: plan.input, first: new FirstRows(plan.fields, plan.order, wanted) }
  return { plan: { ...plan, offset: 0, limit: plan.limit === undefined ? undefined : wanted } }
}

/** The number of rows, from the first on, that a LIMIT without an order needs. */
const limitOf = (plan: Plan): number =>
  plan.kind === 'sort' && plan.order.length === 0 && plan.limit !== undefined
    ? plan.offset + plan.limit
    : Number.POSITIVE_INFINITY

export type Final = {
  /** The scans whose ranges must be merged, left to right. Of a scan, no more than `limit` rows are needed. */
  readonly scans: readonly { readonly table: string; readonly columns: readonly number[]; readonly limit: number }[]
  /**
   * Merges the partial result of a range of a scan; ranges of a scan come in order, and then what each local graph has kept of
   * all its ranges. `from` is the local graph, as a graph publishes a key only once.
   */
  merge(scan: number, partial: PartialState, from: number): void
  end(): void
  /** The memory of all that was merged. */
  readonly held: Held
  /** The aggregate that adopts the partial results of a scan, for `openLocal`. */
  aggregate(scan: number): RangeAggregate | undefined
}

/** Opens the final graph of a bounded query. */
export function openFinal(
  query: Query,
  catalog: Catalog,
  options: { readonly session: Session; readonly contents?: Contents; readonly output: GraphOutput },
): Final {
  const plan = unshared(query.plan)
  const fragments = fragmentsOf(plan)
  /** Where the rows of ranges enter. */
  const doors: Operator[] = []
  const openDoorAt = (index: number) => (next: Operator) => {
    doors[index] = next
  }
  const cut = new Map(fragments.map((fragment, index) => [fragment.cut, openDoorAt(index)]))
  const builder = new Builder({
    mode: query.mode,
    catalog,
    session: options.session,
    partitions: () => 1,
    reject: (row) => options.output.reject(row),
    saved: undefined,
    cut,
  })
  builder.run(plan, outputOperator(options.output))
  bringAll(builder, options.contents)
  const aggregate = (scan: number) => builder.built.aggregates.get(fragments[scan]?.plan as Plan)
  return {
    scans: scansOf({ plan }),
    merge(scan, partial, from) {
      const into = aggregate(scan)
      if (partial.kind === 'aggregate') into?.adopt(partial.aggregate, from)
      else if (partial.kind !== 'rows') {
        assert(into instanceof Aggregate, 'sessions are kept nowhere else')
        if (partial.kind === 'kept') into.adopt(partial.held, from)
        else into.adoptRest(partial.rest, from)
      } else if (partial.rows.count > 0) doors[scan]?.push(batchOfRows(partial.rows.count, partial.rows.columns))
    },
    end() {
      for (const door of doors) door.end()
      for (const run of builder.built.values) run()
    },
    held: heldBy(builder.built.holders),
    aggregate,
  }
}
