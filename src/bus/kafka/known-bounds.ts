/** The bounds of a topic's partitions as this process last learned them: from answers of brokers, and from its own appends. */
import type { Offset } from '../../base/quantity.ts'
import type { Bounds } from '../bus.ts'

export type KnownBounds = {
  of(partition: number): Bounds
  /** All before `end` can be read; returns whether that is news. What is known does not shrink. */
  learnEnd(partition: number, end: Offset): boolean
  learnStart(partition: number, start: Offset): void
  /** The log is shorter than was known. */
  cut(partition: number, end: Offset): void
}

/** Bounds of empty partitions, to begin with. */
export function openBounds(partitions: number): KnownBounds {
  const starts = new Float64Array(partitions)
  const ends = new Float64Array(partitions)
  return {
    of: (partition) => ({ start: starts[partition] ?? 0, end: ends[partition] ?? 0 }),
    learnEnd(partition, end) {
      if (end <= (ends[partition] ?? 0)) return false
      ends[partition] = end
      return true
    },
    learnStart(partition, start) {
      starts[partition] = Math.max(starts[partition] ?? 0, start)
    },
    cut(partition, end) {
      ends[partition] = end
    },
  }
}
