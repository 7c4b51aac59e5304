/**
 * What an answer that changes is made of: groups or ranks, which take rows and know which of their own rows they touched. At the end of
 * a step, `settle` gives these rows as they were before it and as they are now.
 */
import type { EventTime } from '../../base/quantity.ts'
import type { Batch } from '../../record/column.ts'
import type { OperatorState } from '../operator.ts'

export type Core = {
  /** Takes rows [from, to) of a batch, which came when the watermark was `at`. */
  take(batch: Batch, from: number, to: number, at: EventTime): void
  /** Its own rows that were touched since the last call. Valid until the next `take`. */
  settle(): Settled
  /** Forgets what had no row for `ttl` before a watermark; called between two steps. */
  forget(at: EventTime): void
  /** Whether it was touched since it was settled. */
  readonly isTouched: boolean
  readonly bytes: number
  /** Groups, or ranked rows. */
  readonly size: number
  snapshot(): OperatorState
}

export type Settled = { readonly before: Batch; readonly now: Batch }

/** What is over is looked for this often within a `ttl`. */
const LOOKS = 8

/** When the rows of keys came last, by id: what is over counts as forgotten, whether it was removed or not. */
export class Touched {
  /** Of each id, the watermark of its last row. */
  at: Float64Array
  readonly #ttl: number
  #lookAt: EventTime

  constructor(ttl: number | undefined, saved: TouchedState | undefined) {
    this.#ttl = ttl ?? Infinity
    this.at = saved?.at.slice() ?? new Float64Array(0)
    this.#lookAt = saved?.lookAt ?? -Infinity
  }

  /** Room for `size` ids. */
  grow(size: number): void {
    if (size <= this.at.length) return
    const wider = new Float64Array(Math.max(size, 2 * this.at.length, 64))
    wider.set(this.at)
    this.at = wider
  }

  /** Whether what had its last row at `at[id]` is forgotten at a watermark. A row from before the first watermark is not. */
  isOver(id: number, now: EventTime): boolean {
    const at = this.at[id] as number
    return at !== -Infinity && now - at >= this.#ttl
  }

  /** The ids below `size` that are over at a watermark, where it is time to look; undefined: it is not. */
  look(size: number, now: EventTime): Uint8Array | undefined {
    if (this.#ttl === Infinity || now < this.#lookAt || now === -Infinity) return undefined
    this.#lookAt = now + Math.ceil(this.#ttl / LOOKS)
    const over = new Uint8Array(size)
    for (let id = 0; id < size; id++) {
      if (this.at[id] === -Infinity) this.at[id] = now
      else if (this.isOver(id, now)) over[id] = 1
    }
    return over
  }

  /** Moves ids to others; -1: it is gone. */
  rename(renamed: Int32Array): void {
    const before = this.at
    this.at = new Float64Array(before.length)
    for (let id = 0; id < renamed.length; id++) {
      const to = renamed[id] as number
      if (to >= 0) this.at[to] = before[id] as number
    }
  }

  snapshot(size: number): TouchedState {
    return { at: this.at.slice(0, size), lookAt: this.#lookAt }
  }
}

export type TouchedState = { readonly at: Float64Array; readonly lookAt: number }
