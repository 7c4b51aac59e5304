/**
 * The windows of rows, for operators that keep rows until their window closes, and which rows came too late. A row that is
 * late for any of its windows is rejected with its `Lateness`; it still counts in those of its windows that are open.
 */
import { assert } from '../../base/assert.ts'
import type { EventTime } from '../../base/quantity.ts'
import type { Batch, DoubleColumn } from '../../record/column.ts'
import type { Lateness } from '../graph.ts'
import type { Reject, Writable } from '../operator.ts'
import type { WallTime, WindowTime } from './time.ts'

/** How the window of a row is read. */
export type WindowReading = {
  /** Columns of the input; if one of them is not among the keys, it follows from the other. */
  readonly start: number | undefined
  readonly end: number | undefined
  /** Undefined if the rows come from window functions of different sizes: they then have both columns. */
  readonly windows: WindowTime | undefined
  /** Whether rows carry slices (see `window.ts`) instead of windows. */
  readonly sliced: boolean
}

/** The end and start of each row's window: columns of the batch, or computed from the one that it has. */
export class RowWindows {
  ends: Float64Array = new Float64Array(0)
  starts: Float64Array = new Float64Array(0)
  readonly #reading: WindowReading | undefined
  /** What `dropLate` reports of a row, written over for each. */
  readonly #lateness: Writable<Lateness> = { watermark: 0, lateMs: 0, windows: 0, from: 0, to: 0, counted: 0 }
  /** The slice and window end that the lateness was last computed for, and the watermark that closes what the row missed. */
  #sliceStart = Number.NaN
  #sliceEnd = Number.NaN
  #sliceClosing = 0

  constructor(reading: WindowReading | undefined) {
    this.#reading = reading
  }

  /** Finds the windows of a batch, valid until the next call. */
  read({ columns, count }: Batch): void {
    const reading = this.#reading
    if (reading === undefined) {
      if (this.ends.length >= count) return
      this.ends = new Float64Array(count).fill(Infinity)
      this.starts = new Float64Array(count)
      return
    }
    const { start, end, windows } = reading
    if (start !== undefined && end !== undefined) {
      this.ends = (columns[end] as DoubleColumn).values
      this.starts = (columns[start] as DoubleColumn).values
    } else if (end !== undefined) {
      this.ends = (columns[end] as DoubleColumn).values
      this.starts = derived(this.starts, count)
      for (let row = 0; row < count; row++) this.starts[row] = windows?.startOf(this.ends[row] as number) ?? 0
    } else {
      this.starts = (columns[start as number] as DoubleColumn).values
      this.ends = derived(this.ends, count)
      const size = windows?.size ?? 0
      for (let row = 0; row < count; row++) this.ends[row] = (this.starts[row] as number) + size
    }
  }

  /**
   * Rejects the late rows of the batch that was read last, and sets the ids of those whose window had closed to -1. Returns
   * whether there are any of these.
   */
  dropLate(batch: Batch, ids: Int32Array, reject: Reject): boolean {
    const { watermark, count, origin } = batch
    const reading = this.#reading
    if (watermark === undefined || reading === undefined || count === 0) return false
    assert(origin === undefined || (origin[0] as number) <= (origin[count - 1] as number), 'records come in order')
    const { ends, starts } = this
    const unit = reading.sliced ? (reading.windows?.unit ?? Infinity) : Infinity
    let any = false
    let end = Number.NaN
    let closing = 0
    for (let row = 0; row < count; row++) {
      if (ends[row] !== end) {
        end = ends[row] as number
        closing = end === Infinity ? -Infinity : closingOf(reading.windows, end)
      }
      if ((watermark[row] as number) < closing) {
        // Late for earlier windows: the first window that counts a slice is not its first, or the copy before was late.
        if (end - (starts[row] as number) > unit) reject(batch, row, this.#slice(batch, row, reading))
        else if (any && ids[row - 1] === -1 && isCopy(origin, row)) reject(batch, row, this.#copies(batch, row, ids))
        continue
      }
      any = true
      ids[row] = -1
      if (reading.sliced) reject(batch, row, this.#slice(batch, row, reading))
      // A row may have a copy for each window it is in: its record is rejected once, with the last copy that is late.
      else if (row + 1 === count || !isCopy(origin, row + 1)) reject(batch, row, this.#copies(batch, row + 1, ids))
    }
    return any
  }

  /** The lateness of a row that stands for all windows of its slice. */
  #slice({ watermark }: Batch, row: number, { windows }: WindowReading): Lateness {
    const slice = windows as WindowTime
    const lateness = this.#lateness
    const start = this.starts[row] as number
    const end = this.ends[row] as number
    if (start !== this.#sliceStart || end !== this.#sliceEnd) {
      this.#sliceStart = start
      this.#sliceEnd = end
      const first = slice.firstEnd(start)
      const last = slice.lastEnd(start)
      lateness.to = end === Infinity ? last : end - slice.unit
      lateness.windows = (lateness.to - first) / slice.unit + 1
      lateness.from = slice.startOf(first)
      lateness.counted = (last - lateness.to) / slice.unit
      // A row that is late for all its windows would count if the last were open; one late for some, if the first were.
      this.#sliceClosing = slice.closing(end === Infinity ? last : first)
    }
    lateness.watermark = watermark?.[row] as number
    lateness.lateMs = lateness.watermark - this.#sliceClosing + 1
    return lateness
  }

  /** The lateness of a row with copies, of which those before `until` are late and those from `until` on are not. */
  #copies({ watermark, origin, count }: Batch, until: number, ids: Int32Array): Lateness {
    const { windows } = this.#reading as WindowReading
    const lateness = this.#lateness
    const last = until - 1
    let first = last
    while (first > 0 && isCopy(origin, first) && ids[first - 1] === -1) first--
    let after = until
    while (after < count && isCopy(origin, after)) after++
    lateness.counted = after - until
    lateness.watermark = watermark?.[last] as number
    lateness.to = this.ends[last] as number
    const missed = this.ends[lateness.counted === 0 ? last : first] as number
    lateness.lateMs = lateness.watermark - closingOf(windows, missed) + 1
    lateness.windows = until - first
    lateness.from = this.starts[first] as number
    return lateness
  }
}

/** Whether a row comes from the same record as the row before it. */
const isCopy = (origin: Int32Array | undefined, row: number): boolean =>
  origin !== undefined && row > 0 && origin[row] === origin[row - 1]

/** The watermark that closes a window; without a window function, its columns are event times. */
export const closingOf = (windows: WindowTime | undefined, end: WallTime): EventTime => windows?.closing(end) ?? end - 1

function derived(known: Float64Array, count: number): Float64Array {
  return known.length >= count ? known : new Float64Array(count)
}
