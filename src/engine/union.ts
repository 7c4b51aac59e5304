/**
 * UNION ALL: its partitions are those of its inputs, one input after the other. Each input pushes through a door of its
 * own; the union ends when all inputs have ended.
 */
import { assert } from '../base/assert.ts'
import type { Operator } from './operator.ts'

/** Opens a union; `partitions` are the numbers of partitions of its inputs. Returns the door of each input. */
export function openUnion(partitions: readonly number[], next: Operator): readonly Operator[] {
  let open = partitions.length
  let first = 0
  return partitions.map((count) => {
    const base = first
    first += count
    return {
      push(batch) {
        assert(batch.partition < count, 'a batch is of one of the partitions of its input')
        next.push({ ...batch, partition: base + batch.partition })
      },
      advance: (partition, watermark) => next.advance(base + partition, watermark),
      end() {
        open--
        if (open === 0) next.end()
      },
    }
  })
}
