/**
 * Slots by the time at which somebody has to look at them: an hour that has come is looked at as a whole. A slot whose time has
 * moved on meanwhile is listed anew by the caller, so a session that grows costs nothing while it does.
 */
import { widened } from '../../record/gather.ts'

/** Slots, each listed once at most. */
export class Calendar {
  /** The length of an hour of this calendar. */
  readonly #hour: number
  /** The last slot that was listed of each hour; each leads to the one before it. */
  readonly #hours = new Map<number, number>()
  #before: Int32Array = new Int32Array(0)
  /** No hour is before this one. */
  #first = Infinity

  constructor(hour: number) {
    this.#hour = hour
  }

  get bytes(): number {
    return this.#before.byteLength + this.#hours.size * 48
  }

  list(slot: number, time: number): void {
    const hour = Math.floor(time / this.#hour)
    if (slot >= this.#before.length) this.#before = widened(this.#before, slot + 64)
    this.#before[slot] = this.#hours.get(hour) ?? -1
    this.#hours.set(hour, slot)
    if (hour < this.#first) this.#first = hour
  }

  /** Whether there is an hour that begins before `time`. */
  hasBefore(time: number): boolean {
    return this.#first * this.#hour < time
  }

  /** Takes off all slots of the hours that begin before `time`: some of them may be of a later time. */
  take(time: number, taken: (slot: number) => void): void {
    if (!this.hasBefore(time)) return
    const due: number[] = []
    let first = Infinity
    for (const hour of this.#hours.keys()) {
      if (hour * this.#hour < time) due.push(hour)
      else if (hour < first) first = hour
    }
    this.#first = first
    const heads = due.sort((a, b) => a - b).map((hour) => this.#hours.get(hour) as number)
    for (const hour of due) this.#hours.delete(hour)
    for (const head of heads) {
      for (let slot = head; slot >= 0; ) {
        const before = this.#before[slot] as number
        taken(slot)
        slot = before
      }
    }
  }
}
