/**
 * Times at which something happens, known beforehand: one in each period of event time since the start, at a time in it that the
 * seed decides. A time is a whole minute after the start of its period where the incident lasts as long as that.
 */
import { below, draw, recordState } from '../mix.ts'

/** One in each `every`, for as long as `for`; both in ms. */
export type Recurrence = { readonly every: number; readonly for: number }

/** An incident: its number, and its span in microseconds since the start; the end is not in it. */
export type Incident = { readonly k: number; readonly from: number; readonly to: number }

const MICROS = 1000
const MINUTE_MS = 60_000

/** The incidents of a recurrence. */
export class Incidents {
  readonly #recurrence: Recurrence
  readonly #seed: number
  #current: Incident = { k: -1, from: 0, to: 0 }

  constructor(seed: number, recurrence: Recurrence) {
    this.#seed = seed
    this.#recurrence = recurrence
  }

  /** Incident `k`, from 0. */
  at(k: number): Incident {
    if (k === this.#current.k) return this.#current
    const { every, for: lasts } = this.#recurrence
    const unit = Math.min(MINUTE_MS, lasts)
    const places = Math.floor((every - lasts) / unit) + 1
    const from = (k * every + unit * below(draw(recordState(this.#seed, k), 1), places)) * MICROS
    this.#current = { k, from, to: from + lasts * MICROS }
    return this.#current
  }

  /** The number of the incident at a time, in microseconds since the start; -1: there is none. */
  during(micros: number): number {
    const { from, to } = this.#current
    if (micros >= from && micros < to) return this.#current.k
    const k = Math.floor(micros / (this.#recurrence.every * MICROS))
    if (k < 0) return -1
    const incident = this.at(k)
    return micros >= incident.from && micros < incident.to ? k : -1
  }

  /** Those that begin before a time, in microseconds since the start. */
  before(micros: number): readonly Incident[] {
    const periods = Math.ceil(micros / (this.#recurrence.every * MICROS))
    return Array.from({ length: Math.max(0, periods) }, (_, k) => this.at(k)).filter(({ from }) => from < micros)
  }
}
