/**
 * The windows of rows, for what keeps rows until their window closes, and which rows came too late. A row that is late for
 * all its windows is dropped and told of; one that is late for some is told of, and kept in the others.
 */
import type { Batch, DoubleColumn } from '../../record/column.ts'
import type { Lateness } from '../graph.ts'
import type { Reject } from '../operator.ts'
import type { WindowTime } from './time.ts'

/** How the window of a row is read. */
export type WindowReading = {
  /** Columns of the input; where one is not among the keys, it follows from the other. */
  readonly start: number | undefined
  readonly end: number | undefined
  /** Undefined where rows with these columns were merged from tables of different windows: then they need both. */
  readonly windows: WindowTime | undefined
  /** Whether rows carry slices (see `window.ts`) in place of windows. */
  readonly sliced: boolean
}

/** The end and start of each row's window, as two arrays: those of the batch, or made from the one that it has. */
export class RowWindows {
  ends: Float64Array = new Float64Array(0)
  starts: Float64Array = new Float64Array(0)
  readonly #reading: WindowReading | undefined

  constructor(reading: WindowReading | undefined) {
    this.#reading = reading
  }

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

  /** Gives rows of a batch that was read the id -1 where their window had closed; whether there are any. */
  dropLate(batch: Batch, ids: Int32Array, reject: Reject): boolean {
    const { watermark, count, origin } = batch
    const reading = this.#reading
    if (watermark === undefined || reading === undefined) return false
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
        // The first of a slice's windows that counts it is not the first that it is in, or a copy before this one was late.
        if (end - (starts[row] as number) > unit) reject(batch, row, this.#slice(batch, row, reading))
        else if (any && ids[row - 1] === -1 && isCopy(origin, row)) reject(batch, row, this.#copies(batch, row, ids))
        continue
      }
      any = true
      ids[row] = -1
      if (reading.sliced) reject(batch, row, this.#slice(batch, row, reading))
      // Where a row has a copy for each window it is in, the last of them speaks for all.
      else if (row + 1 === count || !isCopy(origin, row + 1)) reject(batch, row, this.#copies(batch, row + 1, ids))
    }
    return any
  }

  /** What a row missed that is there once for all its windows. */
  #slice({ watermark }: Batch, row: number, { windows }: WindowReading): Lateness {
    const slice = windows as WindowTime
    const passed = watermark?.[row] as number
    const start = this.starts[row] as number
    const end = this.ends[row] as number
    const first = slice.firstEnd(start)
    const last = slice.lastEnd(start)
    const to = end === Infinity ? last : end - slice.unit
    const missed = (to - first) / slice.unit + 1
    // What is late for all windows needs the last of them to be open, what is late for some needs the first.
    const lateMs = passed - slice.closing(end === Infinity ? last : first) + 1
    return {
      watermark: passed,
      lateMs,
      windows: missed,
      from: slice.startOf(first),
      to,
      counted: (last - to) / slice.unit,
    }
  }

  /** What a row missed of which there are copies, all before `until` late: `until` may be the first that is not. */
  #copies({ watermark, origin, count }: Batch, until: number, ids: Int32Array): Lateness {
    const { windows } = this.#reading as WindowReading
    const last = until - 1
    let first = last
    while (first > 0 && isCopy(origin, first) && ids[first - 1] === -1) first--
    let after = until
    while (after < count && isCopy(origin, after)) after++
    const counted = after - until
    const passed = watermark?.[last] as number
    const to = this.ends[last] as number
    const lateMs = passed - closingOf(windows, this.ends[counted === 0 ? last : first] as number) + 1
    return { watermark: passed, lateMs, windows: until - first, from: this.starts[first] as number, to, counted }
  }
}

/** Whether a row is of the same record as the one before it. */
const isCopy = (origin: Int32Array | undefined, row: number): boolean =>
  origin !== undefined && row > 0 && origin[row] === origin[row - 1]

const closingOf = (windows: WindowTime | undefined, end: number) => windows?.closing(end) ?? end - 1

function derived(known: Float64Array, count: number): Float64Array {
  return known.length >= count ? known : new Float64Array(count)
}
