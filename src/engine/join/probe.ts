/** Finds the pairs of probe rows in a complete build side, and puts out what the join wants of them. */
import { assert } from '../../base/assert.ts'
import { type Batch, type BooleanColumn, batchOfRows, type Column, makeColumn } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import { columnsOf } from '../../sql/expression/columns.ts'
import type { Expression } from '../../sql/expression/expression.ts'
import type { PlanOf } from '../../sql/plan/plan.ts'
import { compileExpression, type Evaluate } from '../expression/expression.ts'
import { NONE } from '../lookup/index-rows.ts'
import type { Operator, Reject } from '../operator.ts'
import { type BuildRows, comparableKeys, findFirst, nextMatch, type SideName } from './build.ts'
import { PairList, SideColumns } from './pairs.ts'

export type ProbeOptions = { readonly plan: PlanOf<'join'>; readonly build: SideName; readonly reject: Reject }

/** A condition on pairs, and the columns of each side that it reads. */
type Condition = {
  readonly evaluate: Evaluate
  readonly ofProbe: ReadonlySet<number>
  readonly ofBuild: ReadonlySet<number>
}

/** The probing half of a join. */
export class Probe {
  readonly #plan: PlanOf<'join'>
  readonly #next: Operator
  readonly #reject: Reject
  readonly #isBuildLeft: boolean
  readonly #probeFields: readonly Field[]
  readonly #probeKeys: readonly number[]
  /** Whether rows of a side without a pair come out, with NULLs. */
  readonly #keepsProbe: boolean
  readonly #keepsBuild: boolean
  /** Whether rows are chosen, and not paired. */
  readonly #chooses: boolean
  readonly #condition: Condition | undefined
  readonly #ofProbe: SideColumns
  readonly #ofBuild: SideColumns
  readonly #pairs = new PairList()
  #build: BuildRows | undefined
  /** 1 where a build row has found a pair; only where the join asks for it. */
  #matched: Uint8Array | undefined
  #found: Int32Array = new Int32Array(0)
  /** Rows of the probe batch that have a pair, or whose condition failed: for semi and anti joins. */
  #has: Uint8Array = new Uint8Array(0)
  /** Whether the probe row whose pairs are being tested has had one. */
  #isPaired = false
  /** Rows of the batch for which the condition failed: they are rejected, and come out neither alone nor chosen. */
  readonly #failed = new Set<number>()

  constructor({ plan, build, reject }: ProbeOptions, next: Operator) {
    const { join } = plan
    this.#plan = plan
    this.#next = next
    this.#reject = reject
    this.#isBuildLeft = build === 'left'
    const [own, other] = this.#isBuildLeft ? [plan.left, plan.right] : [plan.right, plan.left]
    const probe = this.#isBuildLeft ? 'right' : 'left'
    this.#probeFields = other.fields
    this.#probeKeys = plan.keys.map((key) => key[probe])
    this.#keepsProbe = join === 'full' || join === probe
    this.#chooses = join === 'semi' || join === 'anti'
    this.#keepsBuild = join === 'full' || join === build || (this.#chooses && this.#isBuildLeft)
    this.#condition = plan.condition && this.#conditionOf(plan.condition)
    this.#ofProbe = new SideColumns(other.fields)
    this.#ofBuild = new SideColumns(own.fields)
  }

  /** Takes the build side, before any probe row. */
  start(build: BuildRows): void {
    this.#build = build
    this.#matched = this.#keepsBuild ? new Uint8Array(build.count) : undefined
  }

  push(batch: Batch): void {
    const build = this.#build
    assert(build !== undefined, 'the build side is there before rows look for pairs')
    const { count } = batch
    if (this.#found.length < count) this.#found = new Int32Array(count)
    this.#failed.clear()
    const keys = comparableKeys(batch.columns, this.#probeKeys, this.#probeFields, count)
    findFirst(build, keys, count, this.#found)
    if (this.#chooses && !this.#isBuildLeft) this.#choose(batch, build)
    else if (this.#condition !== undefined || this.#chooses) this.#pairWhere(batch, build)
    else if (build.index !== undefined && build.index.next === undefined) this.#pairSingle(batch, build)
    else this.#pairAll(batch, build)
  }

  /** Puts out the build rows that the join wants without a pair, or all that have one. */
  finish(): void {
    const [build, matched] = [this.#build, this.#matched]
    if (build === undefined || matched === undefined) return
    const wanted = this.#plan.join === 'semi' ? 1 : 0
    const empty = this.#probeFields.map(({ type }) => makeColumn(type, 1))
    const pairs = this.#pairs
    for (let row = 0; row < build.count; row++) {
      if (matched[row] !== wanted) continue
      pairs.add(NONE, row)
      if (pairs.isFull) this.#emit(empty, build)
    }
    this.#emit(empty, build)
  }

  #conditionOf(condition: Expression): Condition {
    const width = this.#plan.left.fields.length
    const columns = [...columnsOf(condition)]
    const left = new Set(columns.filter((column) => column < width))
    const right = new Set(columns.filter((column) => column >= width).map((column) => column - width))
    const [ofProbe, ofBuild] = this.#isBuildLeft ? [right, left] : [left, right]
    return { evaluate: compileExpression(condition), ofProbe, ofBuild }
  }

  /** Where no row finds two: often all rows stay as they are. */
  #pairSingle(batch: Batch, build: BuildRows): void {
    const { count } = batch
    const found = this.#found
    const matched = this.#matched
    let hits = 0
    for (let row = 0; row < count; row++) hits += (found[row] as number) >= 0 ? 1 : 0
    if (matched !== undefined) {
      for (let row = 0; row < count; row++) if ((found[row] as number) >= 0) matched[found[row] as number] = 1
    }
    if (hits === count || this.#keepsProbe) {
      this.#put(count, batch.columns, this.#ofBuild.take(build.columns, found, count))
      return
    }
    const pairs = this.#pairs
    for (let row = 0; row < count; row++) {
      const match = found[row] as number
      if (match < 0) continue
      pairs.add(row, match)
      if (pairs.isFull) this.#emit(batch.columns, build)
    }
    this.#emit(batch.columns, build)
  }

  #pairAll(batch: Batch, build: BuildRows): void {
    const pairs = this.#pairs
    const matched = this.#matched
    for (let row = 0; row < batch.count; row++) {
      let match = this.#found[row] as number
      if (match < 0 && !this.#keepsProbe) continue
      do {
        pairs.add(row, match)
        if (pairs.isFull) this.#emit(batch.columns, build)
        if (match < 0) break
        if (matched !== undefined) matched[match] = 1
        match = nextMatch(build, match)
      } while (match >= 0)
    }
    this.#emit(batch.columns, build)
  }

  /** The pairs for which the condition is TRUE. Behind the candidates of a row stands NONE, where a row without a pair is kept. */
  #pairWhere(batch: Batch, build: BuildRows): void {
    const pairs = this.#pairs
    this.#isPaired = false
    for (let row = 0; row < batch.count; row++) {
      for (let match = this.#found[row] as number; match >= 0; match = nextMatch(build, match)) {
        pairs.add(row, match)
        if (pairs.isFull) this.#test(batch, build)
      }
      if (!this.#keepsProbe) continue
      pairs.add(row, NONE)
      if (pairs.isFull) this.#test(batch, build)
    }
    this.#test(batch, build)
  }

  /** Puts out the candidates that are pairs, and marks their build rows. */
  #test(batch: Batch, build: BuildRows): void {
    const pairs = this.#pairs
    const { rows, matches, count } = pairs
    if (count === 0) return
    const passes = this.#passes(batch, build)
    const matched = this.#matched
    pairs.count = 0
    for (let i = 0; i < count; i++) {
      const match = matches[i] as number
      if (match < 0) {
        if (!this.#isPaired && !this.#failed.has(rows[i] as number)) pairs.add(rows[i] as number, NONE)
        this.#isPaired = false
      } else if (passes(i)) {
        this.#isPaired = true
        if (matched !== undefined) matched[match] = 1
        pairs.add(rows[i] as number, match)
      }
    }
    if (this.#chooses) pairs.count = 0
    else this.#emit(batch.columns, build)
  }

  /** Whether the condition is TRUE for a candidate. */
  #passes(batch: Batch, build: BuildRows): (candidate: number) => boolean {
    const { rows, matches, count } = this.#pairs
    if (this.#condition === undefined) return () => true
    const { evaluate, ofProbe, ofBuild } = this.#condition
    const probe = this.#ofProbe.take(batch.columns, rows, count, ofProbe)
    const built = this.#ofBuild.take(build.columns, matches, count, ofBuild)
    const { values, nulls, failures } = evaluate(batchOfRows(count, this.#inOrder(probe, built))) as BooleanColumn
    if (failures !== undefined) this.#rejectFailed(batch, failures)
    return (i) => values[i] === 1 && nulls?.[i] !== 1 && failures?.has(i) !== true
  }

  #rejectFailed(batch: Batch, failures: ReadonlyMap<number, string>): void {
    const { rows, matches, count } = this.#pairs
    for (const [i, reason] of failures) {
      const row = rows[i] as number
      if (i >= count || (matches[i] as number) < 0 || this.#failed.has(row)) continue
      this.#failed.add(row)
      this.#reject({ ...batch, partition: 0 }, row, reason)
    }
  }

  /** Of a semi join the rows with a pair, of an anti join those without. */
  #choose(batch: Batch, build: BuildRows): void {
    const { count } = batch
    if (this.#has.length < count) this.#has = new Uint8Array(count)
    const has = this.#has
    if (this.#condition !== undefined) this.#findAny(batch, build)
    else for (let row = 0; row < count; row++) has[row] = (this.#found[row] as number) >= 0 ? 1 : 0
    if (this.#plan.demand === 'not-in' && build.count > 0) {
      // Of a row it is not known whether it is in a set with a NULL, and of a NULL whether it is in any.
      if (build.hasNull) has.fill(1, 0, count)
      const nulls = batch.columns[this.#probeKeys.at(-1) as number]?.nulls
      if (nulls !== undefined) for (let row = 0; row < count; row++) if (nulls[row] === 1) has[row] = 1
    }
    const wanted = this.#plan.join === 'semi' ? 1 : 0
    for (const row of this.#failed) has[row] = 1 - wanted
    const pairs = this.#pairs
    for (let row = 0; row < count; row++) {
      if (has[row] !== wanted) continue
      pairs.add(row, NONE)
      if (pairs.isFull) this.#emit(batch.columns, build)
    }
    this.#emit(batch.columns, build)
  }

  /** Marks the rows that have a pair; of a row that has one, no others are tested with those that follow. */
  #findAny(batch: Batch, build: BuildRows): void {
    const [has, pairs] = [this.#has, this.#pairs]
    has.fill(0, 0, batch.count)
    const test = () => {
      const { rows, count } = pairs
      const passes = this.#passes(batch, build)
      for (let i = 0; i < count; i++) if (passes(i)) has[rows[i] as number] = 1
      pairs.count = 0
    }
    for (let row = 0; row < batch.count; row++) {
      for (let match = this.#found[row] as number; match >= 0 && has[row] === 0; match = nextMatch(build, match)) {
        pairs.add(row, match)
        if (pairs.isFull) test()
      }
    }
    if (pairs.count > 0) test()
  }

  /** Puts the pairs out and forgets them. */
  #emit(probe: readonly Column[], build: BuildRows): void {
    const pairs = this.#pairs
    const { rows, matches, count } = pairs
    pairs.count = 0
    if (count === 0) return
    if (!this.#chooses)
      this.#put(count, this.#ofProbe.take(probe, rows, count), this.#ofBuild.take(build.columns, matches, count))
    else if (this.#isBuildLeft) this.#next.push(batchOfRows(count, this.#ofBuild.take(build.columns, matches, count)))
    else this.#next.push(batchOfRows(count, this.#ofProbe.take(probe, rows, count)))
  }

  #put(count: number, probe: readonly Column[], built: readonly Column[]): void {
    this.#next.push(batchOfRows(count, this.#inOrder(probe, built)))
  }

  #inOrder(probe: readonly Column[], built: readonly Column[]): readonly Column[] {
    return this.#isBuildLeft ? [...built, ...probe] : [...probe, ...built]
  }
}
