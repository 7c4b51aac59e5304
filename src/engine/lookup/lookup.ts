/**
 * A lookup join: each row with the rows of a table that have its key, in the order of the table. All else is the row's own:
 * partition, record, watermark. Rows come in their order, in batches of bounded size.
 *
 * The table has a content for each partition of the input: a new version takes effect in each at an offset of its own, before
 * which `bring` is called. The operator keeps nothing that a snapshot would need.
 */
import { assert } from '../../base/assert.ts'
import type { Batch, BooleanColumn, Column } from '../../record/column.ts'
import { ColumnGather, Gather } from '../../record/gather.ts'
import type { PlanOf } from '../../sql/plan/plan.ts'
import { compileExpression, type Evaluate } from '../expression/expression.ts'
import type { Operator, Reject, RowSource } from '../operator.ts'
import { indexOf, type LookupContent, type LookupPlace } from './content.ts'
import { type LookupIndex, NONE } from './index-rows.ts'

export type LookupPlan = PlanOf<'lookup'>

/** Rows of a batch that is put out, unless the input's batches are larger: only rows that find several are cut. */
const MOST_ROWS = 8192

type Version = { readonly content: LookupContent; readonly index: LookupIndex }

type Surroundings = {
  /** Where the rows of each partition of the input are read. */
  readonly sources: readonly RowSource[]
  readonly reject: Reject
}

/** The lookups of one query in one table. */
export class Lookup implements Operator {
  readonly table: string
  readonly #plan: LookupPlan
  readonly #condition: Evaluate | undefined
  readonly #surroundings: Surroundings
  readonly #next: Operator
  readonly #versions: (Version | undefined)[]
  readonly #kept: Gather
  readonly #columns: readonly ColumnGather[]
  #found: Int32Array = new Int32Array(0)
  /** Rows to put out: of the input, and of the table (NONE: there is none). */
  #rows: Int32Array = new Int32Array(MOST_ROWS)
  #matches: Int32Array = new Int32Array(MOST_ROWS)
  #absent: Uint8Array = new Uint8Array(MOST_ROWS)

  constructor(plan: LookupPlan, surroundings: Surroundings, next: Operator) {
    this.table = plan.table
    this.#plan = plan
    this.#condition = plan.condition && compileExpression(plan.condition)
    this.#surroundings = surroundings
    this.#next = next
    this.#versions = surroundings.sources.map(() => undefined)
    this.#kept = new Gather(plan.input.fields)
    this.#columns = plan.fields.slice(plan.input.fields.length).map(({ type }) => new ColumnGather(type))
  }

  /** The content of the table for the next rows of a place, or for all rows. */
  bring(content: LookupContent, place?: LookupPlace): void {
    for (const [partition, source] of this.#surroundings.sources.entries()) {
      if (place !== undefined && !(source.scan === place.scan && source.partition === place.partition)) continue
      if (this.#versions[partition]?.content === content) continue
      this.#versions[partition] = { content, index: indexOf(content, this.#plan.on) }
    }
  }

  push(batch: Batch): void {
    const [plan, condition] = [this.#plan, this.#condition]
    const version = this.#versions[batch.partition]
    assert(version !== undefined, `table ${plan.table} has a content before rows look it up`)
    const { count } = batch
    if (this.#found.length < count) this.#found = new Int32Array(count)
    const keys = plan.keys.map((column) => batch.columns[column] as Column)
    version.index.find(keys, count, this.#found)
    if (condition !== undefined) this.#pushWhere(batch, version, condition)
    else if (version.index.next === undefined) this.#pushSingle(batch, version.content)
    else this.#pushChains(batch, version)
  }

  advance(partition: number, watermark: number): void {
    this.#next.advance(partition, watermark)
  }

  end(): void {
    this.#next.end()
  }

  /** Where no row finds two: often all rows stay as they are. */
  #pushSingle(batch: Batch, content: LookupContent): void {
    const { count } = batch
    const found = this.#found
    let hits = 0
    for (let row = 0; row < count; row++) hits += (found[row] as number) >= 0 ? 1 : 0
    if (hits === count || this.#plan.outer) {
      this.#next.push({ ...batch, columns: [...batch.columns, ...this.#ofTable(content, found, count)] })
      return
    }
    this.#reserve(hits)
    let at = 0
    for (let row = 0; row < count; row++) {
      const match = found[row] as number
      if (match < 0) continue
      this.#rows[at] = row
      this.#matches[at++] = match
    }
    this.#flush(batch, content, at)
  }

  #pushChains(batch: Batch, { content, index }: Version): void {
    const { outer } = this.#plan
    const { next } = index
    let at = 0
    for (let row = 0; row < batch.count; row++) {
      let match = this.#found[row] as number
      if (match < 0 && !outer) continue
      do {
        if (at === this.#rows.length) at = this.#flush(batch, content, at)
        this.#rows[at] = row
        this.#matches[at++] = match
        match = match < 0 || next === undefined ? NONE : (next[match] as number)
      } while (match >= 0)
    }
    this.#flush(batch, content, at)
  }

  /** Of the rows found, those for which the condition is TRUE; a row without any is put out alone. */
  #pushWhere(batch: Batch, { content, index }: Version, condition: Evaluate): void {
    const { next } = index
    let from = 0
    while (from < batch.count) {
      let at = 0
      let to = from
      // Whole rows only, so that it is known whether one has found any; but one row may find more than fit.
      for (; to < batch.count && at < MOST_ROWS; to++) {
        for (
          let match = this.#found[to] as number;
          match >= 0;
          match = next === undefined ? NONE : (next[match] as number)
        ) {
          this.#reserve(at + 1)
          this.#rows[at] = to
          this.#matches[at++] = match
        }
      }
      this.#pushChosen(batch, content, { from, to, candidates: at }, condition)
      from = to
    }
  }

  #pushChosen(batch: Batch, content: LookupContent, { from, to, candidates }: Candidates, condition: Evaluate): void {
    const joined = this.#joined(batch, content, candidates)
    const { values, nulls, failures } = condition(joined) as BooleanColumn
    const isTrue = (at: number) => values[at] === 1 && nulls?.[at] !== 1
    const rows: number[] = []
    const matches: number[] = []
    for (let row = from, at = 0; row < to; row++) {
      const before = rows.length
      let failed: string | undefined
      for (; at < candidates && this.#rows[at] === row; at++) {
        failed ??= failures?.get(at)
        if (!isTrue(at) || failures?.has(at) === true) continue
        rows.push(row)
        matches.push(this.#matches[at] as number)
      }
      if (failed !== undefined) {
        rows.length = before
        matches.length = before
        this.#surroundings.reject(batch, row, failed)
      } else if (rows.length === before) {
        rows.push(row)
        matches.push(NONE)
      }
    }
    this.#reserve(rows.length)
    this.#rows.set(rows)
    this.#matches.set(matches)
    this.#flush(batch, content, rows.length)
  }

  /** Puts the first `count` rows out; returns 0, the number of those that are left. */
  #flush(batch: Batch, content: LookupContent, count: number): 0 {
    if (count > 0) this.#next.push(this.#joined(batch, content, count))
    return 0
  }

  #joined(batch: Batch, content: LookupContent, count: number): Batch {
    const kept = this.#kept.take(batch, this.#rows, count)
    return { ...kept, columns: [...kept.columns, ...this.#ofTable(content, this.#matches, count)] }
  }

  /** The columns of the table at these of its rows, NULL where there is none. */
  #ofTable(content: LookupContent, matches: Int32Array, count: number): readonly Column[] {
    if (this.#columns.length === 0) return []
    if (this.#absent.length < count) this.#absent = new Uint8Array(Math.max(count, 2 * this.#absent.length))
    let hasAbsent = false
    const absent = this.#absent
    for (let i = 0; i < count; i++) {
      const isAbsent = (matches[i] as number) < 0
      absent[i] = isAbsent ? 1 : 0
      if (isAbsent) {
        hasAbsent = true
        // A gather reads something that is there.
        matches[i] = 0
      }
    }
    const { columns } = this.#plan
    return this.#columns.map((gather, index) => {
      const column = content.columns[columns[index] as number] as Column
      return gather.take(column, matches, count, hasAbsent ? absent : undefined)
    })
  }

  #reserve(count: number): void {
    if (count <= this.#rows.length) return
    const [rows, matches] = [this.#rows, this.#matches]
    this.#rows = new Int32Array(Math.max(count, 2 * rows.length))
    this.#matches = new Int32Array(this.#rows.length)
    this.#rows.set(rows)
    this.#matches.set(matches)
  }
}

/** Rows [from, to) of a batch, and how many rows of the table they have found together. */
type Candidates = { readonly from: number; readonly to: number; readonly candidates: number }
