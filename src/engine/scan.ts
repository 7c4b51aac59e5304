/**
 * Where decoded rows enter. In streaming mode each row gets the watermark that its partition had before the row: the
 * greatest event time so far minus the delay. It never moves back, and a row without an event time does not move it.
 */
import { assert } from '../base/assert.ts'
import type { Duration, EventTime } from '../base/quantity.ts'
import type { Batch, DoubleColumn } from '../record/column.ts'
import { type Operator, type OperatorState, Watermarks } from './operator.ts'

export type ScanOptions = {
  readonly partitions: number
  /** Index of the event time among the columns read, and the watermark delay; undefined if the query does not read it. */
  readonly rowtime: { readonly column: number; readonly delay: Duration } | undefined
  readonly streaming: boolean
  readonly saved: OperatorState | undefined
}

/** The scan of one table. */
export class Scan {
  readonly #options: ScanOptions
  readonly #next: Operator
  readonly #watermarks: Watermarks
  #before: Float64Array = new Float64Array(0)

  constructor(options: ScanOptions, next: Operator) {
    this.#options = options
    this.#next = next
    this.#watermarks = new Watermarks(options.partitions, options.saved?.watermarks)
  }

  push(batch: Batch): void {
    assert(batch.partition < this.#options.partitions, 'a batch is of one of the partitions of its table')
    if (!this.#options.streaming) {
      this.#next.push(batch)
      return
    }
    const { partition } = batch
    const before = this.#watermarks.values[partition] as number
    const after = this.#stamp(batch, before)
    this.#next.push({ ...batch, watermark: this.#before })
    if (after === before) return
    this.#watermarks.advance(partition, after)
    this.#next.advance(partition, after)
  }

  watermark(partition: number): EventTime {
    return this.#watermarks.values[partition] as number
  }

  end(): void {
    this.#next.end()
  }

  /** Moves the watermarks of all partitions up, as the end of the input has closed windows that were still open. */
  close(watermark: EventTime): void {
    for (const partition of this.#watermarks.values.keys()) this.tick(partition, watermark)
  }

  /** Moves the watermark of one partition up, unless it is already as far. */
  tick(partition: number, watermark: EventTime): void {
    if (watermark <= this.watermark(partition)) return
    this.#watermarks.advance(partition, watermark)
    this.#next.advance(partition, watermark)
  }

  snapshot(): OperatorState {
    return { watermarks: this.#watermarks.values.slice() }
  }

  /** Sets the watermark before each row; returns the one after the last. */
  #stamp(batch: Batch, first: EventTime): EventTime {
    const { rowtime } = this.#options
    const { count } = batch
    if (this.#before.length < count) this.#before = new Float64Array(count)
    const before = this.#before
    if (rowtime === undefined) {
      before.fill(first, 0, count)
      return first
    }
    const { values, nulls } = batch.columns[rowtime.column] as DoubleColumn
    const { delay } = rowtime
    let watermark = first
    for (let row = 0; row < count; row++) {
      before[row] = watermark
      const next = (values[row] as number) - delay
      if (next > watermark && (nulls === undefined || nulls[row] === 0)) watermark = next
    }
    return watermark
  }
}
