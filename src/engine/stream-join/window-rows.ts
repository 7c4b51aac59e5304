/** The rows of a window join that wait until their window closes: of each window, those of either side in the order in which they came. */
import { assert } from '../../base/assert.ts'
import type { Batch } from '../../record/column.ts'
import { widened } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'
import type { WallTime } from '../window/time.ts'

/** Bytes of a window besides its rows. */
const WINDOW_BYTES = 400

type SideState = { readonly rows: RowsState; readonly partitions: Int32Array }
export type WindowState = { readonly end: WallTime; readonly start: WallTime; readonly sides: readonly SideState[] }

/** Rows of one side, each with its partition. */
export class SideOfWindow {
  readonly store: RowStore
  #partitions: Int32Array
  #isInOrder = true

  constructor(fields: readonly Field[], saved?: SideState) {
    this.store = new RowStore(fields, saved?.rows)
    this.#partitions = saved?.partitions.slice() ?? new Int32Array(0)
    for (let row = 1; row < this.store.count; row++) this.#isInOrder &&= this.#isBehind(row)
  }

  get bytes(): number {
    return this.store.bytes + this.#partitions.byteLength
  }

  add(batch: Batch, rows: Int32Array): void {
    const at = this.store.append(batch, rows, rows.length)
    const end = at + rows.length
    if (end > this.#partitions.length) this.#partitions = widened(this.#partitions, end)
    this.#partitions.fill(batch.partition, at, end)
    this.#isInOrder &&= at === 0 || this.#isBehind(at)
  }

  /** The rows by partition, then place. */
  inOrder(): Int32Array {
    const rows = Int32Array.from({ length: this.store.count }, (_, row) => row)
    if (this.#isInOrder) return rows
    return rows.sort((a, b) => (this.#partitions[a] as number) - (this.#partitions[b] as number) || a - b)
  }

  snapshot(): SideState {
    return { rows: this.store.snapshot(), partitions: this.#partitions.slice(0, this.store.count) }
  }

  #isBehind(row: number): boolean {
    return (this.#partitions[row - 1] as number) <= (this.#partitions[row] as number)
  }
}

export type OpenWindow = {
  readonly end: WallTime
  readonly start: WallTime
  readonly sides: readonly [SideOfWindow, SideOfWindow]
}

/** The windows that are open. */
export class OpenWindows {
  readonly #fields: readonly [readonly Field[], readonly Field[]]
  /** By end, then start. */
  readonly #windows = new Map<WallTime, Map<WallTime, OpenWindow>>()
  /** Rows of the batch at hand. */
  readonly #picked = new Map<OpenWindow, number[]>()
  groups = 0

  constructor(left: readonly Field[], right: readonly Field[], saved: readonly WindowState[] | undefined) {
    this.#fields = [left, right]
    for (const { end, start, sides } of saved ?? []) {
      const [first, second] = sides
      assert(first !== undefined && second !== undefined, 'a saved window has two sides')
      this.#put({ end, start, sides: [new SideOfWindow(left, first), new SideOfWindow(right, second)] })
      this.groups += first.rows.count + second.rows.count
    }
  }

  get bytes(): number {
    let bytes = 0
    for (const { sides } of this.all()) bytes += WINDOW_BYTES + sides[0].bytes + sides[1].bytes
    return bytes
  }

  get ends(): Iterable<WallTime> {
    return this.#windows.keys()
  }

  /** The windows, in no order. */
  *all(): Iterable<OpenWindow> {
    for (const ofEnd of this.#windows.values()) yield* ofEnd.values()
  }

  /** Adds the rows of a batch of one side, but those whose id is -1. */
  add(
    side: 0 | 1,
    batch: Batch,
    at: { readonly ends: Float64Array; readonly starts: Float64Array; readonly ids: Int32Array },
  ): void {
    let window: OpenWindow | undefined
    let rows: number[] = []
    for (let row = 0; row < batch.count; row++) {
      if ((at.ids[row] as number) < 0) continue
      const end = at.ends[row] as number
      const start = at.starts[row] as number
      if (window === undefined || window.end !== end || window.start !== start) {
        window = this.#windows.get(end)?.get(start) ?? this.#open(end, start)
        rows = this.#picked.get(window) ?? []
        this.#picked.set(window, rows)
      }
      rows.push(row)
    }
    for (const [of, picked] of this.#picked) {
      of.sides[side].add(batch, Int32Array.from(picked))
      this.groups += picked.length
    }
    this.#picked.clear()
  }

  /** Takes out the windows that are due, by end, then start. */
  take(isDue: (end: WallTime) => boolean): readonly OpenWindow[] {
    const due = [...this.#windows.keys()].filter(isDue).sort((a, b) => a - b)
    return due.flatMap((end) => {
      const windows = [...(this.#windows.get(end) as Map<WallTime, OpenWindow>).values()]
      this.#windows.delete(end)
      for (const { sides } of windows) this.groups -= sides[0].store.count + sides[1].store.count
      return windows.sort((a, b) => a.start - b.start)
    })
  }

  snapshot(): readonly WindowState[] {
    return [...this.all()].map(({ end, start, sides }) => ({ end, start, sides: sides.map((side) => side.snapshot()) }))
  }

  #open(end: WallTime, start: WallTime): OpenWindow {
    const [left, right] = this.#fields
    return this.#put({ end, start, sides: [new SideOfWindow(left), new SideOfWindow(right)] })
  }

  #put(window: OpenWindow): OpenWindow {
    const ofEnd = this.#windows.get(window.end) ?? new Map<WallTime, OpenWindow>()
    this.#windows.set(window.end, ofEnd.set(window.start, window))
    return window
  }
}
