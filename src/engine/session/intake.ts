/** Puts the rows of batches into the pieces of their sessions. Rows that are late, or of no time, are rejected. */
import type { EventTime } from '../../base/quantity.ts'
import type { Batch, Column, DoubleColumn } from '../../record/column.ts'
import type { Dictionary } from '../../record/dictionary.ts'
import type { Lateness } from '../graph.ts'
import { KeyWriter } from '../key/key.ts'
import type { Reject, Writable } from '../operator.ts'
import type { WindowTime } from '../window/time.ts'
import type { Pieces } from './pieces.ts'

const NO_TIME = 'the event time is NULL, so the row is in no window'
const NO_KEY = new Uint8Array(0)

export type IntakeOptions = {
  readonly windows: WindowTime
  /** The column of event time, and those of the key. */
  readonly time: number
  readonly keys: readonly number[]
  readonly dictionary: Dictionary
}

/** Where rows come in, for all partitions. */
export class SessionIntake {
  /** Of each row of the batch at hand the slot of its piece; -1: it is in none. */
  slots: Int32Array = new Int32Array(0)
  readonly #options: IntakeOptions
  readonly #reject: Reject
  readonly #writer = new KeyWriter()
  #ids = new Int32Array(0)
  #walls = new Float64Array(0)
  /** What is reported of a late row, written over for each. */
  readonly #late: Writable<Lateness> = { watermark: 0, lateMs: 0, windows: 1, from: 0, to: 0, counted: 0 }

  constructor(options: IntakeOptions, reject: Reject) {
    this.#options = options
    this.#reject = reject
  }

  /** The array in which `place` says, of `count` rows, which piece each is in. */
  reserve(count: number): Int32Array {
    if (this.slots.length < count) {
      this.slots = new Int32Array(count)
      this.#ids = new Int32Array(count)
      this.#walls = new Float64Array(count)
    }
    return this.slots
  }

  /**
   * Puts the rows of a batch into pieces, after `reserve`. `before`: the watermark of the partition, for rows of a stream that
   * were merged from several and do not bring their own; undefined in batch mode.
   */
  place(batch: Batch, pieces: Pieces, before: EventTime | undefined): void {
    const { count } = batch
    const watermark = batch.watermark ?? (before === undefined ? undefined : new Float64Array(count).fill(before))
    const { dictionary, time } = this.#options
    this.#findKeys(batch)
    const walls = this.#wallsOf(batch.columns[time] as DoubleColumn, batch)
    const rows = { count, ids: this.#ids, walls, watermark, slots: this.slots }
    pieces.place(rows, dictionary.size)
    if (watermark !== undefined) this.#rejectLate(batch, walls, watermark)
  }

  #findKeys(batch: Batch): void {
    const { keys, dictionary } = this.#options
    if (keys.length === 0) {
      this.#ids.fill(dictionary.idOf(NO_KEY, 0, 0), 0, batch.count)
      return
    }
    const columns = keys.map((key) => batch.columns[key] as Column)
    dictionary.lookup(this.#writer.write(columns, 0, batch.count, undefined), 0, batch.count, this.#ids)
  }

  /** The times of the rows on the clock of their windows. A row of no time gets no key. */
  #wallsOf({ values, nulls }: DoubleColumn, batch: Batch): Float64Array {
    const { windows } = this.#options
    if (nulls !== undefined) {
      for (let row = 0; row < batch.count; row++) {
        if (nulls[row] !== 1) continue
        this.#ids[row] = -1
        this.#reject(batch, row, NO_TIME)
      }
    }
    if (windows.zone === undefined) return values
    for (let row = 0; row < batch.count; row++) this.#walls[row] = windows.toWall(values[row] as number)
    return this.#walls
  }

  #rejectLate(batch: Batch, walls: Float64Array, watermark: Float64Array): void {
    let reported = -1
    for (let row = 0; row < batch.count; row++) {
      if ((this.slots[row] as number) >= 0 || (this.#ids[row] as number) < 0) continue
      // A record may have several rows, one for each of its items: it is rejected once.
      const record = batch.origin?.[row] ?? row
      if (record !== reported) this.#reject(batch, row, this.#lateness(walls[row] as number, watermark[row] as number))
      reported = record
    }
  }

  #lateness(from: number, watermark: EventTime): Lateness {
    const { windows } = this.#options
    const late = this.#late
    late.from = from
    late.to = from + windows.size
    late.watermark = watermark
    late.lateMs = watermark - windows.closing(late.to) + 1
    return late
  }
}
