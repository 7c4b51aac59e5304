/**
 * A window table function: adds window_start, window_end and window_time behind the columns of each row. No row is late
 * here; the aggregate or rank behind decides that.
 *
 * `expand` gives a copy of each row for each window that it is in, by end. `slice`, for an aggregate that follows, gives
 * each row once: window_start is the slice's start, and window_end is the end of the first window that can still count the
 * row (Infinity if its partition has closed them all). For tumbling windows both give the plain window without a copy.
 */
import type { Batch, Column, DoubleColumn } from '../../record/column.ts'
import { Gather, widened } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import { type Operator, passing, type Reject } from '../operator.ts'
import type { WindowTime } from './time.ts'

const NO_TIME = 'the event time is NULL, so the row is in no window'

export type WindowOptions = {
  readonly input: readonly Field[]
  /** Index of the time column of the input. */
  readonly time: number
  readonly windows: WindowTime
  readonly mode: 'expand' | 'slice'
}

/** Opens a window function; rows whose time is NULL are rejected. */
export function openWindow(options: WindowOptions, next: Operator, reject: Reject): Operator {
  const { windows, time, mode } = options
  const timed = new Gather(options.input)
  const expanded = new Gather(options.input)
  const out = new WindowColumns()
  let rows = new Int32Array(0)

  /** The batch without the rows whose time is NULL. */
  const withTime = (batch: Batch): Batch => {
    const nulls = batch.columns[time]?.nulls
    if (nulls === undefined || !nulls.subarray(0, batch.count).includes(1)) return batch
    const kept = new Int32Array(batch.count)
    let count = 0
    for (let row = 0; row < batch.count; row++) {
      if (nulls[row] === 1) reject(batch, row, NO_TIME)
      else kept[count++] = row
    }
    return timed.take(batch, kept, count)
  }

  const pushOnce = (batch: Batch) => {
    const { values } = batch.columns[time] as DoubleColumn
    out.reserve(batch.count)
    if (windows.kind === 'tumble') tumble(windows, values, batch.count, out)
    else slice(windows, values, batch, out)
    next.push({ ...batch, columns: [...batch.columns, ...out.columns] })
  }

  const pushExpanded = (batch: Batch) => {
    const { values } = batch.columns[time] as DoubleColumn
    let count = 0
    for (let row = 0; row < batch.count; row++) {
      const wall = windows.toWall(values[row] as number)
      const last = windows.lastEnd(windows.sliceOf(wall))
      for (let end = windows.firstEndAt(wall); end <= last; end += windows.unit) {
        if (count === rows.length) rows = widened(rows, 256)
        out.reserve(count + 1)
        out.set(count, windows.startOf(end), end, windows.timeOf(end))
        rows[count++] = row
      }
    }
    if (count === 0) return
    const copies = expanded.take(batch, rows, count)
    next.push({ ...copies, columns: [...copies.columns, ...out.columns] })
  }

  return passing(next, (all) => {
    const batch = withTime(all)
    if (batch.count === 0) return
    if (mode === 'slice' || windows.kind === 'tumble') pushOnce(batch)
    else pushExpanded(batch)
  })
}

/** Consecutive rows are mostly in one window, so the last window is tried first. */
function tumble(windows: WindowTime, times: Float64Array, count: number, out: WindowColumns): void {
  const { start, end, time } = out
  let from = Number.NaN
  let to = Number.NaN
  let windowTime = 0
  for (let row = 0; row < count; row++) {
    const wall = windows.zone === undefined ? (times[row] as number) : windows.toWall(times[row] as number)
    if (!(wall >= from && wall < to)) {
      from = windows.sliceOf(wall)
      to = from + windows.size
      windowTime = windows.timeOf(to)
    }
    start[row] = from
    end[row] = to
    time[row] = windowTime
  }
}

function slice(windows: WindowTime, times: Float64Array, batch: Batch, out: WindowColumns): void {
  const { start, end, time } = out
  const { watermark } = batch
  let from = Number.NaN
  let to = Number.NaN
  let onTime = 0
  for (let row = 0; row < batch.count; row++) {
    const wall = windows.toWall(times[row] as number)
    if (!(wall >= from && wall < to)) {
      from = windows.sliceOf(wall)
      to = from + windows.unit
      onTime = windows.closing(to)
    }
    const passed = watermark === undefined ? -Infinity : (watermark[row] as number)
    start[row] = from
    end[row] = passed < onTime ? to : windows.firstOpenEnd(from, passed)
    time[row] = 0
  }
}

class WindowColumns {
  start: Float64Array = new Float64Array(0)
  end: Float64Array = new Float64Array(0)
  time: Float64Array = new Float64Array(0)

  get columns(): Column[] {
    return [this.start, this.end, this.time].map((values) => ({ kind: 'double', values, nulls: undefined }))
  }

  reserve(count: number): void {
    if (count <= this.start.length) return
    this.start = widened(this.start, count)
    this.end = widened(this.end, count)
    this.time = widened(this.time, count)
  }

  set(row: number, start: number, end: number, time: number): void {
    this.start[row] = start
    this.end[row] = end
    this.time[row] = time
  }
}
