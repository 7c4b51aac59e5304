/**
 * Each row once for each of several grouping sets: `expand` of the plan. In batch mode the rows of a batch come set by set, as they
 * are. In a stream the copies of a row follow each other, so that a late one is told once: `window/row-windows.ts`.
 */
import type { Batch, Column } from '../record/column.ts'
import { Gather } from '../record/gather.ts'
import type { Field } from '../record/type.ts'
import type { Mode, PlanOf } from '../sql/plan/plan.ts'
import { type Operator, passing } from './operator.ts'

type ExpandPlan = PlanOf<'expand'>

/** Opens the operator. */
export function openExpand(plan: ExpandPlan, mode: Mode, next: Operator): Operator {
  return mode === 'batch' ? bySet(plan, next) : byRow(plan, next)
}

function bySet({ sets, kept, copied, present, marks }: ExpandPlan, next: Operator): Operator {
  let ones = new Uint8Array(0)
  return passing(next, (batch) => {
    const { count, columns } = batch
    if (ones.length < count) ones = new Uint8Array(count).fill(1)
    for (let set = 0; set < sets; set++) {
      const copies = copied.map((column, index): Column => {
        const copy = columns[column] as Column
        return present[index]?.[set] === true ? copy : { ...copy, nulls: ones }
      })
      const marked = marks.map((mark) => bigints(new Float64Array(count).fill(mark[set] as number)))
      next.push({ ...batch, columns: [...kept.map((column) => columns[column] as Column), ...copies, ...marked] })
    }
  })
}

const bigints = (values: Float64Array): Column => ({ kind: 'bigint', values, exact: undefined, nulls: undefined })

/** Rows of a batch that is put out, about. */
const ENOUGH_ROWS = 4096

function byRow(plan: ExpandPlan, next: Operator): Operator {
  const { sets, kept, copied, present, marks, input } = plan
  const gather = new Gather([...kept, ...copied].map((column) => input.fields[column] as Field))
  const most = Math.max(1, Math.floor(ENOUGH_ROWS / sets))
  const rows = new Int32Array(most * sets)
  /** For each copied column whether it is NULL in a row, and for each mark its value: the same for all batches. */
  const nulls = present.map((each) => Uint8Array.from(rows, (_, at) => (each[at % sets] === true ? 0 : 1)))
  const marked = marks.map((mark) => bigints(Float64Array.from(rows, (_, at) => mark[at % sets] as number)))
  return passing(next, (batch) => {
    const narrow: Batch = { ...batch, columns: [...kept, ...copied].map((column) => batch.columns[column] as Column) }
    for (let from = 0; from < batch.count; from += most) {
      const count = Math.min(most, batch.count - from) * sets
      for (let at = 0; at < count; at++) rows[at] = from + Math.floor(at / sets)
      const taken = gather.take(narrow, rows, count)
      const columns = taken.columns.map((column, index) => {
        const without = nulls[index - kept.length]
        return without === undefined ? column : { ...column, nulls: eitherNull(column, without, count) }
      })
      next.push({ ...taken, columns: [...columns, ...marked] })
    }
  })
}

function eitherNull({ nulls }: Column, without: Uint8Array, count: number): Uint8Array {
  if (nulls === undefined) return without
  const either = new Uint8Array(count)
  for (let row = 0; row < count; row++) either[row] = (nulls[row] as number) | (without[row] as number)
  return either
}
