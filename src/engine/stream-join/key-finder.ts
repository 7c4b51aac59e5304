/**
 * Finds the rows of the right side of a window that may fit a row of the left side: those with equal keys. NULL equals nothing; but of
 * NOT IN, whose key is the last, a NULL on either side may be equal to anything.
 */
import type { Column } from '../../record/column.ts'
import { Dictionary } from '../../record/dictionary.ts'
import { ColumnGather } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import { timeKeys } from '../../sql/plan/inputs.ts'
import type { JoinKey } from '../../sql/plan/plan.ts'
import { comparableKeys } from '../join/build.ts'
import { KeyWriter } from '../key/key.ts'
import type { JoinPlan } from './side.ts'
import type { SideOfWindow } from './window-rows.ts'

const NONE = -1

/** Places in the order of the right rows, -1 where there is no more. */
type Found = {
  /** The first that may fit the left row. */
  first(left: number): number
  /** The next one after a place that was found for the same row. */
  after(at: number): number
}

/** Rows of one side, in the order in which they are numbered. */
type Rows = { readonly columns: readonly Column[]; readonly rows: Int32Array }

/** Finds rows with equal keys. */
export class KeyFinder {
  readonly #plan: JoinPlan
  readonly #keys: readonly JoinKey[]
  readonly #writer = new KeyWriter()

  constructor(plan: JoinPlan) {
    this.#plan = plan
    // All rows at hand are of one window.
    const ofWindow = timeKeys(plan.time)
    this.#keys = plan.keys.filter(
      (key) => !ofWindow.some(({ left, right }) => left === key.left && right === key.right),
    )
  }

  find(left: SideOfWindow, right: SideOfWindow, rights: Int32Array): Found {
    const lefts = Int32Array.from({ length: left.store.count }, (_, row) => row)
    const ofLeft: Rows = { columns: left.store.columns, rows: lefts }
    const ofRight: Rows = { columns: right.store.columns, rows: rights }
    const key = this.#keys.at(-1)
    if (this.#plan.demand === 'not-in' && key !== undefined) return this.#maybeIn(ofLeft, ofRight, key)
    const { firsts, next, leftIds } = this.#chains(ofLeft, ofRight, this.#keys)
    return {
      first: (row) => firstOf(firsts, leftIds[row] as number),
      after: (at) => next[at] as number,
    }
  }

  /** Of NOT IN, rows that may equal: all for a NULL, else those with the same key, and then those whose key is NULL. */
  #maybeIn(ofLeft: Rows, ofRight: Rows, key: JoinKey): Found {
    const equal = this.#chains(ofLeft, ofRight, this.#keys)
    const any = this.#chains(ofLeft, ofRight, this.#keys.slice(0, -1))
    const rightNulls = this.#taken(ofRight, 'right', key).nulls
    const leftNulls = this.#taken(ofLeft, 'left', key).nulls
    const isNull = (at: number) => rightNulls?.[at] === 1
    const nextNull = (at: number) => {
      let found = at
      while (found >= 0 && !isNull(found)) found = any.next[found] as number
      return found
    }
    let row = NONE
    const firstNull = () => nextNull(firstOf(any.firsts, any.leftIds[row] as number))
    return {
      first(left) {
        row = left
        if (leftNulls?.[left] === 1) return firstOf(any.firsts, any.leftIds[left] as number)
        const found = firstOf(equal.firsts, equal.leftIds[left] as number)
        return found >= 0 ? found : firstNull()
      },
      after(at) {
        if (leftNulls?.[row] === 1) return any.next[at] as number
        if (isNull(at)) return nextNull(any.next[at] as number)
        const found = equal.next[at] as number
        return found >= 0 ? found : firstNull()
      },
    }
  }

  /** For each key the first of the right rows that have it, for each of these the next one, and the keys of the left rows. */
  #chains(left: Rows, right: Rows, keys: readonly JoinKey[]) {
    const dictionary = new Dictionary()
    const rightIds = this.#ids(dictionary, 'right', right, keys)
    const firsts = new Int32Array(dictionary.size).fill(NONE)
    const next = new Int32Array(rightIds.length).fill(NONE)
    for (let at = rightIds.length - 1; at >= 0; at--) {
      const id = rightIds[at] as number
      if (id < 0) continue
      next[at] = firsts[id] as number
      firsts[id] = at
    }
    return { firsts, next, leftIds: this.#ids(dictionary, 'left', left, keys) }
  }

  /** The ids of the keys of rows; -1: one of them is NULL. */
  #ids(dictionary: Dictionary, side: 'left' | 'right', rows: Rows, keys: readonly JoinKey[]): Int32Array {
    const count = rows.rows.length
    const ids = new Int32Array(count)
    if (keys.length === 0) return ids.fill(dictionary.idOf(NO_KEY, 0, 0))
    const columns = keys.map((key) => this.#column(rows, side, key))
    dictionary.lookup(this.#writer.write(columns, 0, count, undefined), 0, count, ids)
    for (const { nulls } of columns) {
      if (nulls !== undefined) for (let row = 0; row < count; row++) if (nulls[row] === 1) ids[row] = NONE
    }
    return ids
  }

  #column(rows: Rows, side: 'left' | 'right', key: JoinKey): Column {
    const field = this.#plan[side].fields[key[side]] as Field
    return comparableKeys([this.#taken(rows, side, key)], [0], [field], rows.rows.length)[0] as Column
  }

  /** A key of rows as it is: NaN is no NULL. */
  #taken({ columns, rows }: Rows, side: 'left' | 'right', key: JoinKey): Column {
    const { type } = this.#plan[side].fields[key[side]] as Field
    return new ColumnGather(type).take(columns[key[side]] as Column, rows, rows.length)
  }
}

const NO_KEY = new Uint8Array(0)

const firstOf = (firsts: Int32Array, id: number): number =>
  id < 0 || id >= firsts.length ? NONE : (firsts[id] as number)
