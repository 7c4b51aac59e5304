/**
 * UNION ALL: the partitions of its inputs one after the other. Each input has a door of its own; the union ends when all
 * have ended.
 */
import type { Operator } from './operator.ts'

/** The doors, one for each input, given how many partitions each has. */
export function openUnion(partitions: readonly number[], next: Operator): readonly Operator[] {
  let open = partitions.length
  let first = 0
  return partitions.map((count) => {
    const base = first
    first += count
    return {
      push: (batch) => next.push({ ...batch, partition: base + batch.partition }),
      advance: (partition, watermark) => next.advance(base + partition, watermark),
      end() {
        open--
        if (open === 0) next.end()
      },
    }
  })
}
