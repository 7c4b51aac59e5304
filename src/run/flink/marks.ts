/**
 * Marks in a topic that Flink writes: records without a value, which no reader hands out, so that rows behind one are told from rows
 * before it, also those of a transaction that is decided later.
 */
import type { Offset } from '../../base/quantity.ts'
import type { Topic } from '../../bus/bus.ts'
import type { Marks } from '../../runner/repeats.ts'

/** Puts a mark into each partition. Resolves with all of them once they are durable. */
export async function putMarks(topic: Topic, before: Marks, now: number): Promise<Marks> {
  const key = Buffer.from(JSON.stringify({ tailrace: 'mark' }))
  const empty = new Uint8Array(0)
  const at = Array.from(
    { length: topic.partitions },
    (_, partition): Promise<Offset> =>
      topic.append(partition, {
        values: { bytes: empty, start: Int32Array.of(0), end: Int32Array.of(0), count: 1 },
        keys: { bytes: key, start: Int32Array.of(0), end: Int32Array.of(key.length), count: 1 },
        nulls: Uint8Array.of(1),
        timestamp: now,
        position: undefined,
      }),
  )
  const offsets = await Promise.all(at)
  return offsets.map((offset, partition) => [...(before[partition] ?? []), offset])
}
