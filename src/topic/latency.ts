/**
 * The time from the arrival of a record to the durable rows that it made complete. Times are counted in steps of about a
 * twentieth, so a run of any length takes the same memory.
 */
import { type HistogramCounts, openHistogram, SECONDS } from '../base/meter/histogram.ts'

const STEP = Math.log(1.05)

export type Latency = { readonly count: number; readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }

export type LatencyMeter = {
  note(milliseconds: number): void
  summary(): Latency
  /** The summary of the times noted since the last call. */
  recent(): Latency
  /** All times by fixed bounds, in seconds. */
  seconds(): HistogramCounts
}

/** A meter without any times yet. */
export function openLatencyMeter(): LatencyMeter {
  const all = openCounts()
  let since = openCounts()
  const seconds = openHistogram(SECONDS)
  return {
    note(milliseconds) {
      all.note(milliseconds)
      since.note(milliseconds)
      seconds.note(Math.max(0, milliseconds) / 1000)
    },
    summary: () => all.summary(),
    seconds: seconds.counts,
    recent() {
      const recent = since.summary()
      since = openCounts()
      return recent
    },
  }
}

function openCounts() {
  const counts = new Map<number, number>()
  let count = 0
  let maxMs = 0
  const quantile = (share: number): number => {
    let seen = 0
    for (const [step, some] of [...counts].sort(([a], [b]) => a - b)) {
      seen += some
      if (seen >= share * count) return Math.min(maxMs, Math.exp(step * STEP) - 1)
    }
    return 0
  }
  return {
    note(milliseconds: number): void {
      const known = Math.max(0, milliseconds)
      const step = Math.ceil(Math.log(1 + known) / STEP)
      counts.set(step, (counts.get(step) ?? 0) + 1)
      count++
      maxMs = Math.max(maxMs, known)
    },
    summary: (): Latency => ({ count, p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs }),
  }
}
