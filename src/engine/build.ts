/**
 * Makes the running operators of a plan, from the result backwards: each operator is given the one that takes its rows.
 *
 * At a `cut` a part of the plan runs elsewhere: the node there is not built, and `partial.ts` brings its rows instead.
 */
import { assert, unreachable } from '../base/assert.ts'
import { inputsOf } from '../sql/plan/inputs.ts'
import type { Plan, PlanOf } from '../sql/plan/plan.ts'
import { sessionsBelow } from '../sql/plan/sessions.ts'
import type { WindowPlan } from '../sql/plan/window-of.ts'
import type { Demand } from './aggregate/emit.ts'
import { type AggregatePlan, aggregateSpec } from './aggregate/spec.ts'
import { Alert } from './alert/alert.ts'
import { type BuildOptions, type Built, emptyBuilt, type ScanPlan } from './built.ts'
import { openExpand } from './expand.ts'
import { compileExpression } from './expression/expression.ts'
import { openFilter } from './filter.ts'
import type { Holder } from './held.ts'
import { Join } from './join/join.ts'
import { isPart } from './join/parts.ts'
import { Lookup, type LookupPlan } from './lookup/lookup.ts'
import { type InTimePlan, inputInTime, openInTime } from './open-in-time.ts'
import { type Operator, type OperatorState, type Reject, type RowSource, rejecting } from './operator.ts'
import { neededOfOvers } from './over/needed.ts'
import { openProject } from './project.ts'
import type { RankPlan } from './rank/plan.ts'
import { openWindowRank } from './rank/rank.ts'
import { RankStore } from './rank/store.ts'
import { Scan } from './scan.ts'
import { openGroupsOf } from './session/open.ts'
import { Sort } from './sort/sort.ts'
import { RowPlaces } from './sources.ts'
import { statefulNodes, statefulOf } from './state-layout.ts'
import { openStreamJoin } from './stream-join/open.ts'
import { sliceable } from './trace.ts'
import { openUnion } from './union.ts'
import { openUnnest } from './unnest.ts'
import { runValues } from './values.ts'
import { readingBy, windowTime } from './window/reading.ts'
import type { WindowReading } from './window/row-windows.ts'
import { UnionWindows } from './window/union-windows.ts'
import { openWindow } from './window/window.ts'

type UnionPlan = PlanOf<'union'>
type Snapshotting = { snapshot(): OperatorState }

const ANY_ORDER: Demand = { ordered: false, stepwise: false, whole: false }
const IN_ORDER: Demand = { ...ANY_ORDER, ordered: true }

/** Builds the operators of one plan. `built` is complete when `run` returns. */
export class Builder {
  readonly built: Built = emptyBuilt()
  readonly #options: BuildOptions
  readonly #sliced = new Set<Plan>()
  #places: RowPlaces | undefined
  #paths: ReadonlyMap<Plan, string> = new Map()
  #needed: ReadonlyMap<Plan, ReadonlySet<number>> = new Map()

  constructor(options: BuildOptions) {
    this.#options = options
  }

  /** Builds a whole plan; its rows go to `output`. No node may be in two places, see `unshared`. */
  run(plan: Plan, output: Operator): void {
    this.#places = new RowPlaces(plan, this.#options)
    this.#paths = statefulNodes(plan, this.#options.mode)
    this.#needed = neededOfOvers(plan)
    this.#build(plan, output, IN_ORDER)
  }

  #build(plan: Plan, next: Operator, demand: Demand): void {
    const cut = this.#options.cut?.get(plan)
    if (cut !== undefined) {
      cut(next)
      return
    }
    switch (plan.kind) {
      case 'scan':
        this.#buildScan(plan, next)
        break
      case 'values':
        this.built.values.push(() => runValues(plan, next, this.#rejecting(plan)))
        break
      case 'filter': {
        const predicate = compileExpression(plan.predicate)
        this.#build(plan.input, openFilter(predicate, plan.fields, next, this.#rejecting(plan.input)), demand)
        break
      }
      case 'project': {
        const expressions = plan.expressions.map(compileExpression)
        this.#build(plan.input, openProject(expressions, plan.fields, next, this.#rejecting(plan.input)), demand)
        break
      }
      case 'unnest':
        this.#build(plan.input, openUnnest(plan, next), { ...demand, whole: false })
        break
      case 'expand':
        this.#build(plan.input, openExpand(plan, this.#options.mode, next), { ...demand, whole: false })
        break
      case 'lookup':
        this.#build(plan.input, this.#openLookup(plan, next), { ...demand, whole: false })
        break
      case 'window':
        this.#buildWindow(plan, next, demand)
        break
      case 'aggregate':
        this.#buildAggregate(plan, next, demand)
        break
      case 'rank':
        this.#buildRank(plan, next, demand)
        break
      case 'first':
      case 'over':
      case 'session':
      case 'changes':
      case 'alert':
        this.#buildInTime(plan, next, demand)
        break
      case 'sort':
        this.#build(plan.input, this.#openSort(plan, next), plan.order.length === 0 ? demand : ANY_ORDER)
        break
      case 'union':
        this.#buildUnion(plan, next, demand)
        break
      case 'join':
        this.#buildJoin(plan, next, demand)
        break
      default:
        unreachable(plan)
    }
  }

  #openSort(plan: PlanOf<'sort'>, next: Operator): Sort {
    const sort = new Sort({ ...plan, saved: this.#saved(plan) }, next)
    this.#keep(plan, sort)
    this.built.holders.push(sort)
    return sort
  }

  /** Operators with rows, or sessions, that wait for their time. */
  #buildInTime(plan: InTimePlan, next: Operator, demand: Demand): void {
    const { mode, session } = this.#options
    const input = inputInTime(plan)
    const own = { mode, ...session, partitions: this.#sources(input).length, saved: this.#saved(plan) }
    const opening = { ...own, demand, needed: this.#needed.get(plan) }
    const operator = openInTime(plan, opening, next, this.#rejecting(plan.kind === 'changes' ? plan : input))
    if (operator instanceof Alert) this.built.alerts.push(operator)
    this.#keepWindows(plan, operator)
    this.#build(input, operator, plan.kind === 'over' ? IN_ORDER : ANY_ORDER)
  }

  #openLookup(plan: LookupPlan, next: Operator): Lookup {
    const sources = this.#sources(plan.input)
    const lookup = new Lookup(plan, { sources, reject: this.#rejecting(plan.input) }, next)
    this.built.lookups.push(lookup)
    return lookup
  }

  #buildJoin(plan: PlanOf<'join'>, next: Operator, demand: Demand): void {
    if (plan.time !== undefined) return void this.#buildStreamJoin(plan, next)
    const build = isPart(plan.left) ? 'left' : 'right'
    const join = new Join({ plan, build, saved: this.#saved(plan), reject: this.#rejecting(plan) }, next)
    this.#keep(plan, join)
    this.built.holders.push(join)
    for (const side of ['left', 'right'] as const) {
      const input = plan[side]
      if (input.kind === 'scan' && isPart(input)) this.built.joins.push({ part: input.table, join })
      else this.#build(input, join.doors[side], side === build ? ANY_ORDER : { ...demand, whole: false })
    }
  }

  #buildUnion(plan: UnionPlan, next: Operator, demand: Demand): void {
    const { inputs, fields } = plan
    if (this.#isStateful(plan)) {
      const union = new UnionWindows(inputs.length, fields, this.#saved(plan), next)
      this.#keepWindows(plan, union)
      for (const [index, input] of inputs.entries()) {
        this.#build(input, union.doors[index] as Operator, { ordered: true, stepwise: true, whole: false })
      }
      return
    }
    const partitions = inputs.map((input) => this.#sources(input).length)
    const doors = openUnion(partitions, next)
    for (const [index, input] of inputs.entries())
      this.#build(input, doors[index] as Operator, { ...demand, stepwise: false })
  }

  #buildStreamJoin(plan: PlanOf<'join'>, next: Operator): void {
    const side = (input: Plan) => ({ partitions: this.#sources(input).length, reject: this.#rejecting(input) })
    const sides = [side(plan.left), side(plan.right)]
    const own = { ...this.#options.session, saved: this.#saved(plan) }
    const join = openStreamJoin({ plan, sides, ...own }, next, this.#rejecting(plan))
    this.#keepWindows(plan, join)
    for (const [side, door] of join.doors.entries()) this.#build(inputsOf(plan)[side] as Plan, door, IN_ORDER)
  }

  #isStateful(plan: Plan): boolean {
    return statefulOf(plan, this.#options.mode) !== undefined
  }

  #buildAggregate(plan: AggregatePlan, next: Operator, demand: Demand): void {
    const { mode, adopter, keeps } = this.#options
    const sessions = sessionsBelow(plan)
    const slices = sliceable(plan)
    if (slices !== undefined) this.#sliced.add(slices)
    const input = sessions?.input ?? plan.input
    const spec = aggregateSpec(plan, this.#readingOf(plan, slices !== undefined))
    const own = { partitions: this.#sources(input).length, demand, saved: this.#saved(plan) }
    const aggregate = openGroupsOf({ spec, mode, sessions, adopter, keeps, ...own }, next, this.#rejecting(input))
    this.#keepWindows(plan, aggregate)
    this.built.aggregates.set(plan, aggregate)
    this.#build(input, aggregate, ANY_ORDER)
  }

  #sources(plan: Plan): readonly RowSource[] {
    assert(this.#places !== undefined, 'scans are numbered before anything is built')
    return this.#places.sources(plan)
  }

  #buildScan(plan: ScanPlan, next: Operator): void {
    const { catalog, mode } = this.#options
    const table = catalog.get(plan.table)
    const column = table?.rowtime === undefined ? -1 : plan.columns.indexOf(table.rowtime.field)
    const partitions = this.#options.partitions(plan.table)
    const rowtime = column < 0 ? undefined : { column, delay: table?.rowtime?.delay ?? 0 }
    const streaming = mode === 'streaming' && this.#options.stamped !== true
    const scan = new Scan({ partitions, rowtime, streaming, saved: this.#saved(plan) }, next)
    this.#keep(plan, scan)
    this.built.scans[this.#sources(plan)[0]?.scan ?? 0] = { plan, scan, partitions }
  }

  #buildWindow(plan: WindowPlan, next: Operator, demand: Demand): void {
    const mode = this.#sliced.has(plan) ? 'slice' : 'expand'
    const windows = windowTime(plan, this.#options.session.timezone)
    const options = { input: plan.input.fields, time: plan.time, windows, mode } as const
    this.#build(plan.input, openWindow(options, next, this.#rejecting(plan.input)), demand)
  }

  #buildRank(plan: RankPlan, next: Operator, { stepwise, whole }: Demand): void {
    if (!this.#isStateful(plan)) {
      this.#build(plan.input, openWindowRank(plan, next, whole), { ordered: false, stepwise, whole: true })
      return
    }
    const { input, partitionBy } = plan
    const reading = plan.windowed ? this.#readingBy(input, partitionBy) : undefined
    const partitions = this.#sources(input).length
    const rank = new RankStore({ plan, partitions, reading, saved: this.#saved(plan) }, next, this.#rejecting(input))
    this.#keepWindows(plan, rank)
    this.#build(input, rank, ANY_ORDER)
  }

  #readingOf(plan: AggregatePlan, sliced: boolean): WindowReading | undefined {
    return plan.windowed ? { ...this.#readingBy(plan.input, plan.keys), sliced } : undefined
  }

  #readingBy(input: Plan, keys: readonly number[]): WindowReading {
    return readingBy(input, keys, this.#options.session.timezone)
  }

  #rejecting(input: Plan): Reject {
    return rejecting(this.#sources(input), this.#options.reject)
  }

  #saved(plan: Plan): OperatorState | undefined {
    return this.#options.saved?.[this.#pathOf(plan)]
  }

  #keepWindows(plan: Plan, operator: Snapshotting & Holder & { readonly closed: number; readonly due: number }): void {
    this.#keep(plan, operator)
    this.built.holders.push(operator)
    this.built.closers.push(operator)
  }

  #keep(plan: Plan, operator: Snapshotting): void {
    this.built.states.set(this.#pathOf(plan), () => operator.snapshot())
  }

  #pathOf(plan: Plan): string {
    const path = this.#paths.get(plan)
    assert(path !== undefined, `an operator of a ${plan.kind} with state has a path`)
    return path
  }
}
