/**
 * Drops rows that a query has put out before, where another engine, or another job of Flink, begins before the place at which the
 * last one ended: it has to read again all rows of the windows that were open.
 *
 * The rows of the query come in order of a time (the end of their windows), and whatever made them before has put out all rows up to a
 * time and none beyond. So at a mark, a place from which rows may come again, the greatest time that came before it is the floor:
 * rows behind the mark that are not above the floor are repeated. What has passed is part of the query's state, and so the same rows are
 * dropped after any restart.
 */
import { assert } from '../base/assert.ts'
import type { EventTime, Offset } from '../base/quantity.ts'
import { comesInOrder } from '../engine/trace.ts'
import type { RepeatsPlan } from '../pipeline/checked.ts'
import type { Batch, Column } from '../record/column.ts'
import { Gather } from '../record/gather.ts'
import type { Field } from '../record/type.ts'
import type { Query } from '../sql/plan/plan.ts'
import type { RepeatsState } from '../topic/checkpoint.ts'

/** Offsets, by partition of the topic that is read, from which on rows may be repeated; ascending. Marks are added while rows come. */
export type Marks = readonly (readonly Offset[])[]

export type Repeats = {
  /** The rows that were not put out before, without their offset; undefined where all were. Valid until the next call. */
  without(batch: Batch): Batch | undefined
  /** Rows dropped so far. */
  dropped(): number
  snapshot(): RepeatsState
}

/** The state of a query of which the rows up to a time are out: all of its partitions begin there. */
export const putOutUpTo = (partitions: number, time: EventTime): RepeatsState => ({
  reached: Array(partitions).fill(time),
  floor: Array(partitions).fill(time),
  passed: Array(partitions).fill(0),
})

/** Over rows of these fields, in `partitions` partitions. Without a state, nothing was put out before. */
export function openRepeats(
  { time, offset }: RepeatsPlan,
  fields: readonly Field[],
  from: { readonly marks: () => Marks; readonly state: RepeatsState },
): Repeats {
  const gather = new Gather(fields)
  const [reached, floor, passed] = [[...from.state.reached], [...from.state.floor], [...from.state.passed]]
  let rows = new Int32Array(0)
  let dropped = 0
  return {
    without(batch) {
      const { partition, count, columns } = batch
      const times = numbersOf(columns[time])
      const offsets = offset === undefined ? undefined : numbersOf(columns[offset])
      const marks = from.marks()[partition] ?? []
      if (rows.length < count) rows = new Int32Array(count)
      let kept = 0
      for (let row = 0; row < count; row++) {
        while (
          offsets !== undefined &&
          (offsets.values[row] as number) >= (marks[passed[partition] as number] ?? Infinity)
        ) {
          floor[partition] = reached[partition] as number
          passed[partition] = (passed[partition] as number) + 1
        }
        const at = times.nulls?.[row] === 1 ? undefined : (times.values[row] as number)
        if (at !== undefined && at <= (floor[partition] as number)) continue
        if (at !== undefined && at > (reached[partition] as number)) reached[partition] = at
        rows[kept++] = row
      }
      dropped += count - kept
      if (kept === 0) return undefined
      const fresh = kept === count ? batch : gather.take(batch, rows, kept)
      return offset === undefined ? fresh : { ...fresh, columns: fresh.columns.slice(0, offset) }
    },
    dropped: () => dropped,
    snapshot: () => ({ reached: [...reached], floor: [...floor], passed: [...passed] }),
  }
}

function numbersOf(column: Column | undefined) {
  assert(column?.kind === 'double' || column?.kind === 'bigint', 'times and offsets are numbers')
  return column
}

/** How rows of a query are known that were put out before; undefined where they come in order of no time. */
export function repeatsPlan({ plan }: Query): RepeatsPlan | undefined {
  if (!comesInOrder(plan)) return undefined
  const rowtime = plan.fields.findIndex((field) => field.rowtime === true)
  const time = rowtime >= 0 ? rowtime : plan.fields.findIndex(({ window }) => window === 'end' || window === 'time')
  return time < 0 ? undefined : { time, offset: undefined }
}
