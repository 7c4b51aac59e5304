/**
 * The place of the last flush that worked. There is one flush at a time; while it is under way, no write may begin. A flush
 * that fails leaves the place as it was, which is as true as before: the next checkpoint tries again.
 */
import { Failure } from '../../base/failure.ts'
import type { Changes } from './changes.ts'
import type { DeliveryPlace } from './delivery.ts'

type FlushedPlace = Pick<DeliveryPlace, 'offsets' | 'state'>

/** The flushes of one sink. */
export class Flushing {
  readonly #changes: Changes
  readonly #warn: (message: string) => void
  #place: FlushedPlace
  #underWay: Promise<void> | undefined
  #isFailing = false

  constructor(before: FlushedPlace, changes: Changes, warn: (message: string) => void) {
    this.#place = before
    this.#changes = changes
    this.#warn = warn
  }

  get place(): FlushedPlace {
    return this.#place
  }

  get isUnderWay(): boolean {
    return this.#underWay !== undefined
  }

  /** Begins a flush, or joins the one under way. `work` gives undefined where there is nothing to be flushed any more. */
  flush(work: () => Promise<FlushedPlace | undefined>): Promise<void> {
    this.#underWay ??= this.#flush(work).finally(() => {
      this.#underWay = undefined
      this.#changes.happen()
    })
    return this.#underWay
  }

  async #flush(work: () => Promise<FlushedPlace | undefined>): Promise<void> {
    try {
      const place = await work()
      if (place === undefined) return
      this.#place = place
      if (this.#isFailing) this.#warn('what was written is kept again')
      this.#isFailing = false
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      if (!this.#isFailing) this.#warn(`${error.message}; what was written is kept by a later checkpoint`)
      this.#isFailing = true
    }
  }
}
