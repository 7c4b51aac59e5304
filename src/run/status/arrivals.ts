/** When the first and the last record of a partition arrived: it costs a read of each. */
import type { TopicReader } from '../../bus/bus.ts'
import { arrivalFrom } from '../../bus/fetched.ts'
import { isoText } from './clock-status.ts'
import type { PartitionStatus } from './status.ts'

/** The partition with the arrivals of its records. The bounds of the topic are fresh. Rejects with the Failure of a read. */
export async function withArrivals(topic: TopicReader, partition: PartitionStatus): Promise<PartitionStatus> {
  const { start, end } = topic.bounds(partition.partition)
  if (start === end) return partition
  const [firstArrival, lastArrival] = await Promise.all(
    [start, end - 1].map(async (offset) => {
      const time = await arrivalFrom(topic, partition.partition, offset)
      return time === undefined ? null : isoText(time)
    }),
  )
  return { ...partition, firstArrival: firstArrival ?? null, lastArrival: lastArrival ?? null }
}
