/** Counts values by bounds, as Prometheus keeps a histogram: exact, in a memory that does not grow. */

/** What was noted so far. */
export type HistogramCounts = {
  /** The bounds, ascending. */
  readonly bounds: readonly number[]
  /** By bound, how many values were at most that; one count per bound, each containing those before it. */
  readonly atMost: readonly number[]
  readonly count: number
  readonly sum: number
}

export type Histogram = {
  note(value: number): void
  counts(): HistogramCounts
}

/** Seconds of work that is quick on this machine and may take minutes on another. */
export const SECONDS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** A histogram with these bounds, ascending. */
export function openHistogram(bounds: readonly number[]): Histogram {
  const within = bounds.map(() => 0)
  let count = 0
  let sum = 0
  return {
    note(value) {
      const at = bounds.findIndex((bound) => value <= bound)
      if (at >= 0) within[at] = (within[at] ?? 0) + 1
      count++
      sum += value
    },
    counts() {
      let below = 0
      const atMost = within.map((some) => {
        below += some
        return below
      })
      return { bounds, atMost, count, sum }
    },
  }
}
