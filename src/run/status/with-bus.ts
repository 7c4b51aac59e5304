/** Adds to a status what only the bus knows: brokers, replicas, sizes, groups and their members. */
import type { Bounds } from '../../bus/bus.ts'
import type { BusLook, GroupLook, PartitionLook, TopicLook } from '../../bus/look.ts'
import { flinkGroup } from '../../flink/flink-table.ts'
import { NO_PARTITION, topicOfPartitions } from './of-run.ts'
import { placeIn } from './place-in.ts'
import type { GroupStatus, PartitionStatus, PipelineStatus, PlaceStatus, TopicStatus } from './status.ts'

/** The status with a look at its bus. Without `all`, topics and groups of others on a shared bus are left out. */
export function withBus(status: PipelineStatus, look: BusLook, all: boolean): PipelineStatus {
  const { bus, cluster, brokers } = look
  const isShared = cluster !== undefined
  const known = new Map(status.topics.map((topic) => [topic.name, topic]))
  const looked = look.topics.map((topic) => lookedTopic(topic, known.get(topic.name)))
  const there = new Set(looked.map(({ name }) => name))
  const topics = [...looked, ...status.topics.filter(({ name }) => !there.has(name))]
  const own = topics.filter(({ kind }) => !isShared || all || kind !== null)
  const groups = look.groups
    .map((group) => groupStatus(group, status, topics))
    .filter((group) => !isShared || all || isOurs(group, own))
  return {
    ...status,
    bus: { type: bus, cluster: cluster ?? null, brokers, trouble: status.bus.trouble },
    topics: own.map((topic) => ({ ...topic, readers: readersOf(topic.name, { ...status, groups }) })),
    groups,
  }
}

/** A topic as the bus has it. The bounds of a topic that is known stay: they fit the places of its readers. */
export function lookedTopic({ name, partitions }: TopicLook, known?: TopicStatus): TopicStatus {
  const merged = partitions.map(({ start, end, bytes, leader, replicas, inSync }, partition): PartitionStatus => {
    const before = known?.partitions[partition]
    return {
      ...NO_PARTITION,
      partition,
      ...boundsLooked({ start, end }),
      ...before,
      bytes: bytes ?? before?.bytes ?? null,
      leader: leader ?? null,
      replicas,
      inSync,
    }
  })
  const plain = topicOfPartitions(name, merged)
  return { ...plain, ...known, partitions: merged, records: plain.records, bytes: plain.bytes }
}

/** Bounds as a look has them. Where the bus does not tell them, none, and the trouble of the look says so. */
export const boundsLooked = ({ start, end }: Pick<PartitionLook, 'start' | 'end'>): Bounds =>
  start === undefined || end === undefined ? { start: 0, end: 0 } : { start, end }

const isOurs = ({ part, isGone, reads, members }: GroupStatus, own: readonly TopicStatus[]): boolean => {
  const names = [...reads.map(({ topic }) => topic), ...members.flatMap((member) => Object.keys(member.reads))]
  return part !== null || isGone || own.some(({ name }) => names.includes(name))
}

function groupStatus(group: GroupLook, status: PipelineStatus, topics: readonly TopicStatus[]): GroupStatus {
  const { name, state, members, committed } = group
  const reads = Object.entries(committed).map(([topic, offsets]): PlaceStatus => {
    const partitions = topics.find((one) => one.name === topic)?.partitions ?? []
    const bounds = (partition: number) => partitions[partition] ?? { start: 0, end: 0 }
    return placeIn({ name: topic, partitions: partitions.length, bounds }, (partition) => offsets[partition])
  })
  const part = partOf(name, status)
  const { pipeline } = status
  const wasPart = pipeline !== null && ['query', 'sink'].some((kind) => name.startsWith(`${pipeline}.${kind}.`))
  return {
    name,
    part,
    isGone: wasPart && part === null && status.state !== 'starting',
    state,
    lag: reads.reduce((sum, { lag }) => sum + lag, 0),
    reads,
    members,
  }
}

function partOf(group: string, { pipeline, queries, sinks }: PipelineStatus): string | null {
  const job = queries.find(({ name }) => pipeline !== null && group === flinkGroup(pipeline, name))
  if (job !== undefined) return `job ${job.name}`
  const query = queries.find((one) => one.group === group)
  if (query !== undefined) return `query ${query.name}`
  const sink = sinks.find((one) => one.group === group)
  return sink === undefined ? null : `sink ${sink.name}`
}

const readersOf = (topic: string, status: Readers): TopicStatus['readers'] =>
  placesIn(topic, status).map(({ name, place }) => ({ name, lag: place.lag }))

type Readers = Pick<PipelineStatus, 'queries' | 'sinks' | 'groups'>

/** Those that read a topic: queries and sinks as they stand, other groups as they have committed. */
export function placesIn(
  topic: string,
  { queries, sinks, groups }: Readers,
): readonly { readonly name: string; readonly place: PlaceStatus }[] {
  const readers = [
    ...queries.map(({ name, reads }) => ({ name: `query ${name}`, reads })),
    ...sinks.map(({ name, reads }) => ({ name: `sink ${name}`, reads: [reads] })),
    ...groups
      .filter(({ part, isGone }) => (part === null && !isGone) || part?.startsWith('job ') === true)
      .map(({ name, part, reads }) => ({ name: part ?? `group ${name}`, reads })),
  ]
  return readers.flatMap(({ name, reads }) => {
    const place = reads.find((one) => one.topic === topic)
    return place === undefined ? [] : [{ name, place }]
  })
}
