/**
 * What the next records are to say, before any of their values is made: which record each is (a duplicate is an earlier one once
 * more), its event time, and what is wrong with it if it is bad.
 */
import { below, draw, recordState } from '../mix.ts'
import type { EventClock } from './event-clock.ts'
import { FATE, type Fates } from './fates.ts'
import { FLAW_CODES, type Flaw } from './flaw.ts'

/** How far back in time out of order and late records are, in microseconds: at most, and at least. */
export type Shifts = { readonly disorder: number; readonly late: number }

export type PlanParts = {
  readonly seed: number
  readonly fates: Fates
  readonly clock: EventClock
  readonly shifts: Shifts
  /** The flaws that a bad record may have. */
  readonly flaws: readonly Flaw[]
}

const SHIFT_SALT = 0x0051_11f7
const FLAW_SALT = 0x0da3_a6e0

/** The plan of up to `capacity` records, filled again for each batch. Times are microseconds since the start. */
export class RecordPlan {
  count = 0
  /** Whose values the record has: its own number, or that of the one it repeats. */
  readonly numbers: Float64Array
  readonly micros: Float64Array
  /** The event time before it was moved back. */
  readonly inOrder: Float64Array
  readonly fates: Uint8Array
  /** A code of `FLAW_CODES`; 0: none. */
  readonly flaws: Uint8Array
  readonly #parts: PlanParts

  constructor(capacity: number, parts: PlanParts) {
    this.numbers = new Float64Array(capacity)
    this.micros = new Float64Array(capacity)
    this.inOrder = new Float64Array(capacity)
    this.fates = new Uint8Array(capacity)
    this.flaws = new Uint8Array(capacity)
    this.#parts = parts
  }

  /** Plans the records from number `first` on. */
  fill(first: number, count: number): void {
    const { fates, clock } = this.#parts
    this.count = count
    for (let row = 0; row < count; row++) {
      const n = first + row
      const fate = fates.of(n)
      const m = fate === FATE.duplicate ? fates.repeatedBy(n) : n
      const time = clock.timeOf(m)
      this.numbers[row] = m
      this.fates[row] = fate
      this.inOrder[row] = time
      this.micros[row] = fate === FATE.sound ? time : time - movedBack(m, m === n ? fate : fates.of(m), this.#parts)
      this.flaws[row] = fate === FATE.bad ? flawOf(n, this.#parts) : 0
    }
  }

  /** The number of the burst that record `n` is in; -1: it is in none. */
  burstOf(n: number): number {
    return this.#parts.clock.burstOf(n)
  }

  /** When record `n` happened, before anything was moved back. */
  timeOf(n: number): number {
    return this.#parts.clock.timeOf(n)
  }

  /** Whether record `n` comes as what it is: it is neither bad nor a duplicate of another. */
  comes(n: number): boolean {
    const fate = this.#parts.fates.of(n)
    return fate !== FATE.bad && fate !== FATE.duplicate
  }
}

/** By how many microseconds the event time of record `n` is moved back. */
export function movedBack(n: number, fate: number, { seed, shifts }: Pick<PlanParts, 'seed' | 'shifts'>): number {
  const random = draw(recordState(seed ^ SHIFT_SALT, n), 1)
  if (fate === FATE.disordered) return 1 + below(random, shifts.disorder)
  return fate === FATE.late ? shifts.late + below(random, shifts.late) : 0
}

/** The code of what is wrong with bad record `n`. */
export function flawOf(n: number, { seed, flaws }: Pick<PlanParts, 'seed' | 'flaws'>): number {
  return FLAW_CODES[flaws[below(draw(recordState(seed ^ FLAW_SALT, n), 1), flaws.length)] as Flaw]
}
