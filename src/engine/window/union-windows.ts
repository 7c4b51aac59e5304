/**
 * UNION ALL of windowed results in streaming mode: rows in order of window end, then of input, however the inputs were
 * cut into batches. After each window, an input calls `advance` with the watermark that closed it; the rows wait until
 * every input has come as far.
 */
import type { EventTime } from '../../base/quantity.ts'
import { batchOfRows } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import type { Holder } from '../held.ts'
import { type Operator, type OperatorState, Watermarks } from '../operator.ts'
import { RowStore, type RowsState, rowsBytes } from '../sort/row-store.ts'

/** Rows of one input, and the watermark that came after them. */
type Step = { readonly watermark: EventTime; readonly input: number; readonly rows: RowsState }

/** The union of `inputs` inputs; its result is one partition. */
export class UnionWindows implements Holder {
  /** Where the rows of each input go. */
  readonly doors: readonly Operator[]
  readonly #fields: readonly Field[]
  readonly #next: Operator
  readonly #watermarks: Watermarks
  readonly #pending: RowStore[]
  #steps: Step[]
  /** The lowest watermark so far. */
  #passed: EventTime
  /** The number of inputs that have not ended. */
  #open: number

  constructor(inputs: number, fields: readonly Field[], saved: OperatorState | undefined, next: Operator) {
    this.#fields = fields
    this.#next = next
    this.#watermarks = new Watermarks(inputs, saved?.watermarks)
    this.#passed = this.#watermarks.lowest
    this.#steps = [...((saved?.steps as readonly Step[] | undefined) ?? [])]
    this.#open = inputs
    this.#pending = Array.from({ length: inputs }, () => new RowStore(fields))
    this.doors = this.#pending.map((_, input) => ({
      push: (batch) => void this.#pending[input]?.append(batch, undefined, batch.count),
      advance: (_partition, watermark) => this.#advance(input, watermark),
      end: () => this.#end(input),
    }))
  }

  /** The union closes no windows itself. */
  readonly closed: EventTime = -Infinity

  get due(): EventTime {
    return this.#steps.reduce((first, { watermark }) => Math.min(first, watermark), Infinity)
  }

  get bytes(): number {
    return this.#steps.reduce((sum, { rows }) => sum + rowsBytes(rows), 0)
  }

  get groups(): number {
    return this.#steps.reduce((sum, { rows }) => sum + rows.count, 0)
  }

  /** Each window is closed by another watermark, which counts for it here. */
  addWindows(ends: Set<number>): void {
    for (const { watermark } of this.#steps) ends.add(watermark)
  }

  /** Between batches no rows are pending: each input has sent a watermark after its rows. */
  snapshot(): OperatorState {
    return { watermarks: this.#watermarks.values.slice(), steps: structuredClone(this.#steps) }
  }

  #advance(input: number, watermark: EventTime): void {
    this.#close(input, watermark)
    const lowest = this.#watermarks.advance(input, watermark)
    if (lowest === this.#passed) return
    this.#passed = lowest
    this.#emit((step) => step.watermark <= lowest)
    this.#next.advance(0, lowest)
  }

  #close(input: number, watermark: EventTime): void {
    const rows = this.#pending[input]
    if (rows === undefined || rows.count === 0) return
    this.#steps.push({ watermark, input, rows: rows.snapshot() })
    this.#pending[input] = new RowStore(this.#fields)
  }

  #end(input: number): void {
    this.#close(input, Infinity)
    this.#open--
    if (this.#open > 0) return
    this.#emit(() => true)
    this.#next.end()
  }

  #emit(due: (step: Step) => boolean): void {
    const ready = this.#steps.filter(due)
    this.#steps = this.#steps.filter((step) => !due(step))
    ready.sort((a, b) => a.watermark - b.watermark || a.input - b.input)
    for (const { rows } of ready) this.#next.push(batchOfRows(rows.count, rows.columns))
  }
}
