/**
 * The event times of records in order: record n is at n / rate after the start, give or take less than the time between two, as
 * real ones do not come by the beat. During a burst, records come `factor` times as dense; between bursts they come a little
 * less dense than the rate, so that each period has as many as the rate says.
 */
import { below, draw, recordState } from '../mix.ts'
import { type Incident, Incidents, type Recurrence } from './incidents.ts'

/** Bursts: how often, for how long, and how many times as dense. */
export type Bursts = Recurrence & { readonly factor: number }

const SECOND = 1_000_000
/** Makes the times of bursts independent of everything else. */
const BURST_SALT = 0x0b57_0000
const JITTER_SALT = 0x0717_7e12

/** The times of the records of a seed. Times are microseconds since the start. */
export class EventClock {
  readonly #seed: number
  readonly #gap: number
  /** Less than the time between two records, at any time. */
  readonly #jitter: number
  readonly #bursts: Bursts | undefined
  readonly #incidents: Incidents | undefined
  /** Records of a period, and those of a microsecond between bursts. */
  readonly #perPeriod: number
  readonly #density: number
  /** Record of the period at which its burst begins and ends. */
  #period = -1
  #first = 0
  #last = 0
  #burst: Incident = { k: -1, from: 0, to: 0 }

  /** `rate` in records a second of event time. */
  constructor(seed: number, rate: number, bursts: Bursts | undefined) {
    this.#seed = seed
    this.#gap = SECOND / rate
    this.#bursts = bursts !== undefined && bursts.factor > 1 ? bursts : undefined
    this.#jitter = this.#gap / (2 * (this.#bursts?.factor ?? 1))
    if (this.#bursts === undefined) {
      this.#perPeriod = 0
      this.#density = rate / SECOND
      return
    }
    const { every, for: lasts, factor } = this.#bursts
    this.#incidents = new Incidents(seed ^ BURST_SALT, this.#bursts)
    this.#perPeriod = Math.max(1, Math.round((rate * every) / 1000))
    this.#density = this.#perPeriod / (1000 * (every - lasts + factor * lasts))
  }

  /** When record `n` happened. Never before record n - 1. */
  timeOf(n: number): number {
    const exact = this.#bursts === undefined ? n * this.#gap : this.#timeWithBursts(n, this.#bursts)
    if (this.#jitter < 1) return Math.floor(exact)
    return Math.floor(exact + below(draw(recordState(this.#seed ^ JITTER_SALT, n), 1), this.#jitter))
  }

  /** The number of the burst that record `n` is in; -1: it is in none. */
  burstOf(n: number): number {
    if (this.#bursts === undefined) return -1
    const inPeriod = n - this.#enter(n, this.#bursts) * this.#perPeriod
    return inPeriod >= this.#first && inPeriod < this.#last ? this.#period : -1
  }

  /** The bursts that begin before a time. */
  burstsBefore(micros: number): readonly Incident[] {
    return this.#incidents?.before(micros) ?? []
  }

  #enter(n: number, { every, factor }: Bursts): number {
    const period = Math.floor(n / this.#perPeriod)
    if (period !== this.#period) {
      this.#period = period
      this.#burst = (this.#incidents as Incidents).at(period)
      const begin = this.#burst.from - period * every * 1000
      this.#first = Math.ceil(begin * this.#density)
      this.#last = Math.ceil((begin + factor * (this.#burst.to - this.#burst.from)) * this.#density)
    }
    return period
  }

  #timeWithBursts(n: number, bursts: Bursts): number {
    const period = this.#enter(n, bursts)
    const inPeriod = n - period * this.#perPeriod
    const begin = period * bursts.every * 1000
    if (inPeriod < this.#first) return begin + inPeriod / this.#density
    const { from, to } = this.#burst
    const before = (from - begin) * this.#density
    if (inPeriod < this.#last) return from + (inPeriod - before) / (bursts.factor * this.#density)
    return to + (inPeriod - before) / this.#density - bursts.factor * (to - from)
  }
}
