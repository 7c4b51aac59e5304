/** Measures what a source delivers, for people: nothing here is asked of each line. */
import type { Clock } from '../base/clock.ts'
import type { Duration } from '../base/quantity.ts'
import type { Records } from '../record/column.ts'
import type { Deliver } from '../source/source.ts'

export type SourceMeter = {
  /** The same delivery, measured. */
  around(deliver: Deliver): Deliver
  /** Keeps a warning of the source. */
  warned(text: string): void
  status(): SourceProgress
}

/** Counts are of this run, times in ms since 1970. */
export type SourceProgress = {
  readonly lines: number
  /** As they came, line ends included. */
  readonly bytes: number
  readonly lastArrival: number | undefined
  /** How long its oldest delivery under way has waited; 0: none waits. */
  readonly waitsMs: Duration
  /** The last thing that it has warned of. */
  readonly warning: { readonly text: string; readonly at: number } | undefined
}

/** A meter of a source that has delivered nothing yet. */
export function openSourceMeter(clock: Clock): SourceMeter {
  /** When the deliveries under way began, oldest first. */
  const began = new Set<{ readonly at: Duration }>()
  let lines = 0
  let bytes = 0
  let lastArrival: number | undefined
  let warning: SourceProgress['warning']
  return {
    around: (deliver) => async (some, place, of) => {
      if (some.count === 0) return deliver(some, place, of)
      const one = { at: clock.elapsed() }
      lines += some.count
      bytes += spanOf(some)
      began.add(one)
      lastArrival = clock.now()
      try {
        await deliver(some, place, of)
      } finally {
        began.delete(one)
      }
    },
    warned(text) {
      warning = { text, at: clock.now() }
    },
    status() {
      const [oldest] = began
      return { lines, bytes, lastArrival, warning, waitsMs: oldest === undefined ? 0 : clock.elapsed() - oldest.at }
    },
  }
}

/** From the first record to the end of the last: sources cut records one after the other. */
function spanOf({ start, end, count }: Records): number {
  return Math.max(0, (end[count - 1] ?? 0) - (start[0] ?? 0))
}
