/** How far a reader is in a topic, and what lies before it. */
import type { TopicReader } from '../../bus/bus.ts'
import type { PlaceStatus } from './status.ts'

/** A reader's place in a topic whose bounds are known; where it has none yet, it will read all that is kept. `only`: of these partitions. */
export function placeIn(
  topic: Pick<TopicReader, 'name' | 'partitions' | 'bounds'>,
  offsetOf: (partition: number) => number | undefined,
  only: readonly number[] = Array.from({ length: topic.partitions }, (_, partition) => partition),
): PlaceStatus {
  const partitions = only.map((partition) => {
    const { start, end } = topic.bounds(partition)
    const offset = offsetOf(partition)
    return { partition, offset: offset ?? null, lag: Math.max(0, end - Math.max(start, offset ?? start)) }
  })
  return { topic: topic.name, lag: partitions.reduce((sum, { lag }) => sum + lag, 0), partitions }
}
