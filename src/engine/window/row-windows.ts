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

  /** The ends of the windows that a record missed, and of those in which it counts: floods of late rows make no objects. */
  readonly #missed = new Set<WallTime>()
  readonly #counted = new Set<WallTime>()

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
    /** The first row of the record. */
    let first = 0
    let isRecordLate = false
    for (let row = 0; row < count; row++) {
      if (ends[row] !== end) {
        end = ends[row] as number
        closing = end === Infinity ? -Infinity : closingOf(reading.windows, end)
      }
      const isFirst = !isCopy(origin, row)
      if (isFirst) first = row
      if ((watermark[row] as number) < closing) {
        // Late for earlier windows: the first window that counts a slice is not its first.
        if (isFirst && end - (starts[row] as number) > unit) reject(batch, row, this.#slice(batch, row, reading))
      } else {
        any = true
        ids[row] = -1
        isRecordLate = true
        if (isFirst && reading.sliced) reject(batch, row, this.#slice(batch, row, reading))
      }
      // A record may have several rows, one for each of its windows and items: it is rejected once.
      if (!isRecordLate || (row + 1 < count && isCopy(origin, row + 1))) continue
      isRecordLate = false
      if (!reading.sliced) reject(batch, row, this.#copies(batch, [first, row + 1], ids))
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

  /** The lateness of a record, some of whose rows [from, to) are late: their id is -1. */
  #copies({ watermark }: Batch, [from, to]: readonly [number, number], ids: Int32Array): Lateness {
    const { windows } = this.#reading as WindowReading
    const lateness = this.#lateness
    const [missed, counted] = [this.#missed, this.#counted]
    missed.clear()
    counted.clear()
    lateness.from = Infinity
    lateness.to = -Infinity
    let earliest = Infinity
    for (let row = from; row < to; row++) {
      const end = this.ends[row] as number
      if (ids[row] !== -1) counted.add(end)
      else {
        missed.add(end)
        earliest = Math.min(earliest, end)
        lateness.from = Math.min(lateness.from, this.starts[row] as number)
        lateness.to = Math.max(lateness.to, end)
      }
    }
    lateness.windows = missed.size
    lateness.counted = counted.size
    lateness.watermark = watermark?.[from] as number
    // A row that is late for all its windows would count if the last were open; one late for some, if the first were.
    const needed = counted.size === 0 ? lateness.to : earliest
    lateness.lateMs = lateness.watermark - closingOf(windows, needed) + 1
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
