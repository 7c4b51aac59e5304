/**
 * Joins rows of equal windows. The rows of a window wait until every partition of both inputs has closed it; then they are put out:
 * each row of the left side, by partition and place, with the rows of the right side that fit it, likewise; and rows that none fits
 * where the kind of join keeps them, those of the right side last. So what comes out, and in which order, follows from the rows and
 * their partitions alone.
 *
 * A row whose own partition has closed its window is late, as it is for an aggregate. Docs: docs/decisions/071-streaming-joins.md.
 */
import { assert } from '../../base/assert.ts'
import type { EventTime } from '../../base/quantity.ts'
import type { Batch } from '../../record/column.ts'
import type { Holder } from '../held.ts'
import { type Operator, type OperatorState, type Reject, Watermarks } from '../operator.ts'
import { closingOf, RowWindows, type WindowReading } from '../window/row-windows.ts'
import type { WallTime } from '../window/time.ts'
import { KeyFinder } from './key-finder.ts'
import { isSettled, Pairs } from './pairs.ts'
import type { JoinPlan, JoinSide } from './side.ts'
import { type OpenWindow, OpenWindows, type WindowState } from './window-rows.ts'

export type WindowJoinOptions = {
  readonly plan: JoinPlan
  readonly sides: readonly [
    JoinSide & { readonly reading: WindowReading },
    JoinSide & { readonly reading: WindowReading },
  ]
  readonly saved: OperatorState | undefined
}

/** A running window join. Its rows are one partition. */
export class WindowJoin implements Holder {
  /** Where the rows of the left and of the right input go. */
  readonly doors: readonly [Operator, Operator]
  readonly #plan: JoinPlan
  readonly #sides: WindowJoinOptions['sides']
  readonly #next: Operator
  readonly #pairs: Pairs
  readonly #windows: OpenWindows
  readonly #reading: readonly [RowWindows, RowWindows]
  readonly #watermarks: Watermarks
  readonly #finder: KeyFinder
  #closed: EventTime
  /** End of the last window put out. */
  #emitted: WallTime
  #open = 2
  #ids = new Int32Array(0)

  constructor({ plan, sides, saved }: WindowJoinOptions, next: Operator, reject: Reject) {
    this.#plan = plan
    this.#sides = sides
    this.#next = next
    this.#pairs = new Pairs(plan, next, reject)
    this.#finder = new KeyFinder(plan)
    this.#windows = new OpenWindows(
      plan.left.fields,
      plan.right.fields,
      saved?.windows as readonly WindowState[] | undefined,
    )
    this.#reading = [new RowWindows(sides[0].reading), new RowWindows(sides[1].reading)]
    this.#watermarks = new Watermarks(sides[0].partitions + sides[1].partitions, saved?.watermarks)
    this.#closed = this.#watermarks.lowest
    this.#emitted = (saved?.emitted as number | undefined) ?? -Infinity
    const door = (side: 0 | 1, base: number): Operator => ({
      push: (batch) => this.#push(side, batch),
      advance: (partition, watermark) => this.#advance(base + partition, watermark),
      end: () => this.#end(),
    })
    this.doors = [door(0, 0), door(1, sides[0].partitions)]
  }

  /** The watermark that closes the last window put out. */
  get closed(): EventTime {
    return this.#closing(this.#emitted)
  }

  /** The watermark that closes the first window that is open. */
  get due(): EventTime {
    let first: WallTime = Infinity
    for (const end of this.#windows.ends) if (end < first) first = end
    return this.#closing(first)
  }

  get bytes(): number {
    return this.#windows.bytes
  }

  get groups(): number {
    return this.#windows.groups
  }

  addWindows(ends: Set<number>): void {
    for (const end of this.#windows.ends) ends.add(end)
  }

  snapshot(): OperatorState {
    return {
      watermarks: this.#watermarks.values.slice(),
      emitted: this.#emitted,
      windows: this.#windows.snapshot(),
    }
  }

  #closing(end: WallTime): EventTime {
    return closingOf(this.#sides[0].reading.windows, end)
  }

  #push(side: 0 | 1, batch: Batch): void {
    const { partitions, reject } = this.#sides[side]
    assert(batch.partition < partitions, 'a batch is of one of the partitions of its input')
    if (this.#ids.length < batch.count) this.#ids = new Int32Array(batch.count)
    const ids = this.#ids.fill(0, 0, batch.count)
    const reading = this.#reading[side]
    reading.read(batch)
    reading.dropLate(batch, ids, reject)
    this.#windows.add(side, batch, { ends: reading.ends, starts: reading.starts, ids })
  }

  #advance(partition: number, watermark: EventTime): void {
    const lowest = this.#watermarks.advance(partition, watermark)
    if (lowest === this.#closed) return
    this.#closed = lowest
    this.#emit((end) => lowest >= this.#closing(end))
    this.#next.advance(0, lowest)
  }

  #end(): void {
    this.#open--
    if (this.#open > 0) return
    this.#emit(() => true)
    this.#next.end()
  }

  #emit(isDue: (end: WallTime) => boolean): void {
    for (const window of this.#windows.take(isDue)) {
      this.#emitted = Math.max(this.#emitted, window.end)
      this.#join(window)
    }
  }

  #join({ sides: [left, right] }: OpenWindow): void {
    const { join, condition } = this.#plan
    const fittedLeft = new Uint8Array(left.store.count)
    const fittedRight = new Uint8Array(right.store.count)
    const pairs = this.#pairs
    pairs.of({ columns: left.store.columns, fitted: fittedLeft }, { columns: right.store.columns, fitted: fittedRight })
    const isOneEnough = condition === undefined && (join === 'semi' || join === 'anti')
    const rights = right.inOrder()
    const found = this.#finder.find(left, right, rights)
    for (const row of left.inOrder()) {
      for (let at = found.first(row); at >= 0; at = isOneEnough ? -1 : found.after(at)) {
        pairs.add(row, rights[at] as number)
      }
      if (isSettled(join, 'left')) pairs.settle('left', row)
    }
    if (isSettled(join, 'right')) for (const row of rights) pairs.settle('right', row)
    pairs.flush()
  }
}
