/** What a bus without brokers tells of itself, from what any bus can be asked. */
import type { BusReader } from './bus.ts'
import type { BusLook, PartitionLook, TopicLook } from './look.ts'

/** A look at a bus that this machine keeps alone, under its name in the pipeline file. Rejects as the bus does. */
export async function lookAlone(
  bus: string,
  reader: Pick<BusReader, 'topics' | 'reader' | 'groupNames' | 'groups'>,
): Promise<BusLook> {
  const topics: TopicLook[] = []
  for (const { name } of await reader.topics()) {
    const topic = await reader.reader(name)
    await topic.refresh()
    const looks = Array.from({ length: topic.partitions }, async (_, partition): Promise<PartitionLook> => {
      const bytes = await topic.bytes(partition)
      return { ...topic.bounds(partition), bytes, leader: undefined, replicas: [], inSync: [] }
    })
    topics.push({ name, partitions: await Promise.all(looks) })
  }
  const groups = [...(await reader.groups(await reader.groupNames()))].map(([name, committed]) => {
    return { name, state: 'Empty', members: [], committed: Object.fromEntries(committed) }
  })
  return { bus, cluster: undefined, brokers: [], topics, groups, trouble: [] }
}
