/**
 * ORDER BY, OFFSET and LIMIT of bounded input: keeps all rows, or, with a limit, about twice as many as it wants. Rows that
 * are equal in the order are sorted by their other columns, so that the result does not depend on how they came.
 * Without an order (LIMIT alone) rows pass as they come.
 */
import { batchOfRows } from '../../record/column.ts'
import { Gather } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import type { OrderKey } from '../../sql/plan/plan.ts'
import type { Holder } from '../held.ts'
import type { Operator, OperatorState } from '../operator.ts'
import { FirstRows } from './first-rows.ts'
import type { RowsState } from './row-store.ts'

const BATCH_ROWS = 1 << 12

export type SortOptions = {
  readonly fields: readonly Field[]
  readonly order: readonly OrderKey[]
  readonly offset: number
  readonly limit: number | undefined
  readonly saved: OperatorState | undefined
}

/** A running sort. */
export class Sort implements Operator, Holder {
  readonly #options: SortOptions
  readonly #next: Operator
  readonly #first: FirstRows
  readonly #gather: Gather
  /** The number of rows that came, if there is no order. */
  #passed: number

  constructor(options: SortOptions, next: Operator) {
    this.#options = { ...options, saved: undefined }
    this.#next = next
    const { fields, order, offset, limit } = options
    const wanted = limit === undefined ? Infinity : offset + limit
    this.#first = new FirstRows(fields, order, wanted, options.saved?.rows as RowsState | undefined)
    this.#gather = new Gather(fields)
    this.#passed = (options.saved?.passed as number | undefined) ?? 0
  }

  push(batch: Parameters<Operator['push']>[0]): void {
    const { order, offset, limit } = this.#options
    if (order.length > 0) {
      this.#first.add(batch)
      return
    }
    const from = Math.max(0, offset - this.#passed)
    const to = limit === undefined ? batch.count : Math.min(batch.count, offset + limit - this.#passed)
    this.#passed += batch.count
    if (from === 0 && to === batch.count) this.#next.push(batch)
    else if (to > from) {
      const rows = Int32Array.from({ length: to - from }, (_, i) => from + i)
      this.#next.push(this.#gather.take(batch, rows, rows.length))
    }
  }

  advance(partition: number, watermark: number): void {
    this.#next.advance(partition, watermark)
  }

  end(): void {
    const { order, offset, limit } = this.#options
    if (order.length > 0) {
      const { columns, rows } = this.#first.sorted()
      const batch = batchOfRows(rows.length, columns)
      const to = limit === undefined ? rows.length : Math.min(rows.length, offset + limit)
      for (let from = offset; from < to; from += BATCH_ROWS) {
        const next = rows.subarray(from, Math.min(to, from + BATCH_ROWS))
        this.#next.push({ ...this.#gather.take(batch, next, next.length), origin: undefined })
      }
    }
    this.#next.end()
  }

  get bytes(): number {
    return this.#first.rows.bytes
  }

  get groups(): number {
    return this.#first.rows.count
  }

  addWindows(): void {}

  snapshot(): OperatorState {
    return { rows: this.#first.rows.snapshot(), passed: this.#passed }
  }
}
