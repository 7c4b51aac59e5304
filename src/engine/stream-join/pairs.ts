/**
 * Pairs of rows that a streaming join has found, and rows that will find no more, on their way to the result. They are gathered,
 * so that the condition is computed over many at once; what comes out is in the order in which it was added.
 *
 * | Kind | a pair that fits | a row that is settled |
 * | --- | --- | --- |
 * | inner | is put out | |
 * | left, right, full | is put out | if none fitted, is put out with NULLs beside it |
 * | semi, anti | | is put out if one fitted; if none did |
 */
import type { EventTime } from '../../base/quantity.ts'
import { type Batch, type BooleanColumn, type Column, makeColumn } from '../../record/column.ts'
import { ColumnGather } from '../../record/gather.ts'
import { columnsOf } from '../../sql/expression/columns.ts'
import { compileExpression, type Evaluate } from '../expression/expression.ts'
import type { Operator, Reject } from '../operator.ts'
import type { JoinPlan } from './side.ts'

/** Pairs and settled rows that are handled together. */
const MOST = 1 << 12
const NONE = -1
/** The condition on a pair could not be computed. */
const FAILED = 2

/** The rows of one side, by slot, and which of them have fitted (1). */
export type SideRows = { readonly columns: readonly Column[]; readonly fitted: Uint8Array }

/** Of a join: whether rows of a side come out, or count, by themselves. */
export const isSettled = (join: JoinPlan['join'], side: 'left' | 'right'): boolean =>
  join === 'full' || join === side || (side === 'left' && (join === 'semi' || join === 'anti'))

/** Pairs of slots of two sides. */
export class Pairs {
  readonly #plan: JoinPlan
  readonly #next: Pick<Operator, 'push'>
  readonly #reject: Reject
  readonly #condition: Evaluate | undefined
  /** Whether the condition reads a column. */
  readonly #isRead: readonly boolean[]
  readonly #gathers: readonly ColumnGather[]
  readonly #unread: readonly Column[]
  readonly #width: number
  /** -1 in one of the two: a row of the other side is settled. */
  readonly #left = new Int32Array(MOST)
  readonly #right = new Int32Array(MOST)
  readonly #stamps = new Float64Array(MOST)
  readonly #absentLeft = new Uint8Array(MOST)
  readonly #absentRight = new Uint8Array(MOST)
  #count = 0
  #sides: readonly [SideRows, SideRows] | undefined

  constructor(plan: JoinPlan, next: Pick<Operator, 'push'>, reject: Reject) {
    const fields = [...plan.left.fields, ...plan.right.fields]
    this.#plan = plan
    this.#next = next
    this.#reject = reject
    this.#width = plan.left.fields.length
    this.#condition = plan.condition && compileExpression(plan.condition)
    const read = new Set(plan.condition === undefined ? [] : columnsOf(plan.condition))
    this.#isRead = fields.map((_, column) => read.has(column))
    this.#gathers = fields.map(({ type }) => new ColumnGather(type))
    this.#unread = fields.map(({ type }) => makeColumn(type, 0))
  }

  /** The sides whose rows are added from now on, up to `flush`. */
  of(left: SideRows, right: SideRows): void {
    this.#sides = [left, right]
  }

  /** A pair of rows with equal keys. `stamp`: the watermark before what comes of it. */
  add(left: number, right: number, stamp: EventTime = 0): void {
    if (this.#count === MOST) this.flush()
    this.#left[this.#count] = left
    this.#right[this.#count] = right
    this.#stamps[this.#count++] = stamp
  }

  /** A row that will find no more. */
  settle(side: 'left' | 'right', slot: number, stamp: EventTime = 0): void {
    if (side === 'left') this.add(slot, NONE, stamp)
    else this.add(NONE, slot, stamp)
  }

  /** Puts out what was added. */
  flush(): void {
    const count = this.#count
    this.#count = 0
    if (count === 0 || this.#sides === undefined) return
    const [left, right] = this.#sides
    const fits = this.#fits(count)
    const { join } = this.#plan
    const showsPairs = join !== 'semi' && join !== 'anti'
    const wanted = join === 'semi' ? 1 : 0
    let kept = 0
    let pair = 0
    for (let i = 0; i < count; i++) {
      const l = this.#left[i] as number
      const r = this.#right[i] as number
      let isOut: boolean
      if (l === NONE) isOut = right.fitted[r] === 0
      else if (r === NONE) isOut = left.fitted[l] === wanted
      else {
        const fit = fits === undefined ? 1 : (fits[pair++] as number)
        // Of rows for which it is not known, none comes out by itself.
        if (fit === 1 || (fit === FAILED && join !== 'semi')) {
          left.fitted[l] = 1
          right.fitted[r] = 1
        }
        isOut = fit === 1 && showsPairs
      }
      if (!isOut) continue
      this.#left[kept] = l
      this.#right[kept] = r
      this.#stamps[kept++] = this.#stamps[i] as number
    }
    if (kept > 0) this.#put(kept, left, right)
  }

  /** Of each pair of two rows, whether the condition is TRUE (1), not TRUE (0), or failed; undefined: there is none. */
  #fits(count: number): Uint8Array | undefined {
    if (this.#condition === undefined) return undefined
    const [lefts, rights] = [new Int32Array(count), new Int32Array(count)]
    let pairs = 0
    for (let i = 0; i < count; i++) {
      const l = this.#left[i] as number
      const r = this.#right[i] as number
      if (l === NONE || r === NONE) continue
      lefts[pairs] = l
      rights[pairs++] = r
    }
    const fits = new Uint8Array(pairs)
    if (pairs === 0) return fits
    const [left, right] = this.#sides as readonly [SideRows, SideRows]
    const width = this.#width
    const columns = this.#gathers.map((gather, column) => {
      if (this.#isRead[column] !== true) return this.#unread[column] as Column
      return column < width
        ? gather.take(left.columns[column] as Column, lefts, pairs)
        : gather.take(right.columns[column - width] as Column, rights, pairs)
    })
    const batch: Batch = { count: pairs, columns, partition: 0, origin: undefined, watermark: undefined }
    const { values, nulls, failures } = this.#condition(batch) as BooleanColumn
    for (let i = 0; i < pairs; i++) fits[i] = nulls?.[i] === 1 ? 0 : (values[i] as number)
    for (const [row, reason] of failures ?? []) {
      if (row >= pairs) continue
      this.#reject(batch, row, reason)
      fits[row] = FAILED
    }
    return fits
  }

  #put(count: number, left: SideRows, right: SideRows): void {
    const [absentLeft, absentRight] = [this.#absentLeft, this.#absentRight]
    let anyLeft = false
    let anyRight = false
    for (let i = 0; i < count; i++) {
      const noLeft = this.#left[i] === NONE
      const noRight = this.#right[i] === NONE
      absentLeft[i] = noLeft ? 1 : 0
      absentRight[i] = noRight ? 1 : 0
      anyLeft ||= noLeft
      anyRight ||= noRight
    }
    const width = this.#width
    const shown = this.#plan.fields.length
    const columns = this.#gathers.slice(0, shown).map((gather, column) => {
      return column < width
        ? gather.take(left.columns[column] as Column, this.#left, count, anyLeft ? absentLeft : undefined)
        : gather.take(right.columns[column - width] as Column, this.#right, count, anyRight ? absentRight : undefined)
    })
    const isTimed = this.#plan.time?.kind === 'interval'
    this.#next.push({
      count,
      columns,
      partition: 0,
      origin: undefined,
      watermark: isTimed ? this.#stamps : undefined,
    })
  }
}
