/**
 * UNNEST: a row for each item of an array or a map. An item's row is that of its list in all else: partition, record,
 * watermark. Rows come in the order of the lists and of the items in them, in batches of bounded size.
 *
 * Items that follow each other, as in decoded JSON, are put out as a part of their column; others are gathered.
 */
import type { Batch, Column, ListColumn, MapColumn } from '../record/column.ts'
import { ColumnGather, Gather } from '../record/gather.ts'
import { sliceOf } from '../record/slice.ts'
import type { Field } from '../record/type.ts'
import { itemPlace } from '../sql/plan/inputs.ts'
import type { PlanOf } from '../sql/plan/plan.ts'
import { type Operator, passing } from './operator.ts'

/** Rows of a batch that is put out: it stays in the processor's cache. Only longer lists are cut. */
const MOST_ROWS = 8192
/** A batch with more rows is put out before the next list. */
const ENOUGH_ROWS = MOST_ROWS / 2

/** The item of a row whose list has none. */
const NO_ITEM = -1

/** Opens an UNNEST. */
export function openUnnest(plan: PlanOf<'unnest'>, next: Operator): Operator {
  const out = new Items(plan, next)
  // The fields of a ROW that is NULL would be a row of NULLs: Flink leaves it out, but not with a place.
  const element = plan.input.fields[plan.list]?.type
  const skipsNull = !plan.numbered && element?.kind === 'ARRAY' && element.element.kind === 'ROW'
  return passing(next, (batch) => {
    const list = batch.columns[plan.list] as ListColumn | MapColumn
    const skipped = skipsNull && list.kind === 'list' ? list.items.nulls : undefined
    out.begin(batch, list)
    const { start, end, nulls } = list
    for (let row = 0; row < batch.count; row++) {
      const isNull = nulls !== undefined && nulls[row] === 1
      const from = start[row] as number
      const to = isNull ? from : (end[row] as number)
      const hasItems = skipped === undefined ? out.add(row, from, to) : out.addPresent(row, [from, to], skipped)
      if (!hasItems && plan.outer) out.addNone(row)
      if (out.count >= ENOUGH_ROWS) out.flush()
    }
    out.flush()
  })
}

/** The rows that are put out next: for each, the row that has its list, its item, and its place in the list. */
class Items {
  readonly #plan: PlanOf<'unnest'>
  readonly #next: Operator
  readonly #gather: Gather
  readonly #parts: readonly ColumnGather[]
  readonly #place: number
  readonly #rows: Int32Array
  readonly #items: Int32Array
  readonly #places: Int32Array
  readonly #absent: Uint8Array
  count = 0
  /** Whether each item follows the one before. */
  #isRun = true
  #hasAbsent = false
  #batch: Batch | undefined
  #list: ListColumn | MapColumn | undefined

  constructor(plan: PlanOf<'unnest'>, next: Operator) {
    this.#plan = plan
    this.#next = next
    this.#gather = new Gather(plan.kept.map((column) => plan.input.fields[column] as Field))
    this.#parts = plan.fields.slice(plan.kept.length).map(({ type }) => new ColumnGather(type))
    this.#place = itemPlace(plan)
    this.#rows = new Int32Array(MOST_ROWS)
    this.#items = new Int32Array(MOST_ROWS)
    this.#places = new Int32Array(MOST_ROWS)
    this.#absent = new Uint8Array(MOST_ROWS)
  }

  begin(batch: Batch, list: ListColumn | MapColumn): void {
    this.#batch = { ...batch, columns: this.#plan.kept.map((column) => batch.columns[column] as Column) }
    this.#list = list
  }

  /** Adds items [from, to), whose places begin at `place`; false if there are none. */
  add(row: number, from: number, to: number, place = 1): boolean {
    for (let at = from; at < to; ) {
      const count = Math.min(to - at, MOST_ROWS - this.count)
      const first = this.count
      this.#isRun &&= first === 0 || this.#items[first - 1] === at - 1
      for (let i = 0; i < count; i++) {
        this.#rows[first + i] = row
        this.#items[first + i] = at + i
        this.#places[first + i] = place + at - from + i
      }
      this.count = first + count
      at += count
      if (this.count === MOST_ROWS) this.flush()
    }
    return to > from
  }

  /** Adds the items of the range that are not marked. */
  addPresent(row: number, [from, to]: readonly [number, number], marks: Uint8Array): boolean {
    let isAny = false
    for (let at = from; at < to; at++) {
      if (marks[at] !== 1) isAny = this.add(row, at, at + 1, at - from + 1)
    }
    return isAny
  }

  /** Adds a row without an item. */
  addNone(row: number): void {
    const at = this.count
    this.#hasAbsent = true
    this.#isRun = false
    this.#rows[at] = row
    this.#items[at] = NO_ITEM
    this.count = at + 1
    if (this.count === MOST_ROWS) this.flush()
  }

  /** Puts the rows out. */
  flush(): void {
    const count = this.count
    const batch = this.#batch
    const list = this.#list
    if (count === 0 || batch === undefined || list === undefined) return
    const absent = this.#hasAbsent ? this.#marked(count) : undefined
    const kept = this.#gather.take(batch, this.#rows, count)
    const parts = this.#plan.parts.map((part, index) => {
      if (part === this.#place) return { kind: 'int', values: this.#places, nulls: absent } as const
      const column = partOf(list, part)
      if (this.#isRun) return sliceOf(column, this.#items[0] as number, (this.#items[0] as number) + count)
      return (this.#parts[index] as ColumnGather).take(column, this.#items, count, absent)
    })
    this.count = 0
    this.#isRun = true
    this.#hasAbsent = false
    this.#next.push({ ...kept, columns: [...kept.columns, ...parts] })
  }

  /** Marks the rows without an item, and gives them item 0, so that a gather reads something that is there. */
  #marked(count: number): Uint8Array {
    for (let i = 0; i < count; i++) {
      const isAbsent = this.#items[i] === NO_ITEM
      this.#absent[i] = isAbsent ? 1 : 0
      if (isAbsent) this.#items[i] = 0
    }
    return this.#absent
  }
}

function partOf(list: ListColumn | MapColumn, part: number): Column {
  if (list.kind === 'map') return part === 0 ? list.keys : list.values
  const { items } = list
  return items.kind === 'row' ? (items.fields[part] as Column) : items
}
