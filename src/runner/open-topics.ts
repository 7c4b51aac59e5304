/** Opens the topics of a pipeline, each with its dead letters and the ticks of its clock. */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { Offset } from '../base/quantity.ts'
import type { Bus, Offsets, Topic, TopicReader, TopicSettings } from '../bus/bus.ts'
import { firstSince, marksIn, offsetsOf } from '../bus/fetched.ts'
import { SMALLEST_STRETCH, stretchBytes } from '../pipeline/check/space.ts'
import {
  allTopics,
  type CheckedPipeline,
  type CheckedTopic,
  deadOf,
  type RetentionRule,
  type TopicStart,
  ticksOf,
} from '../pipeline/checked.ts'
import type { Checkpoint } from '../topic/checkpoint.ts'
import { type DeadLetters, openDeadLetters } from '../topic/dead-letter.ts'
import { deadBefore } from '../topic/letters-before.ts'
import { ordinalsOf } from '../topic/result-topic.ts'
import { openTickLog, type TickLog, type Ticks } from '../topic/tick-log.ts'
import { watchDeleted } from './deleted-unread.ts'

/** A topic as queries read it. */
export type ReadTopic = {
  readonly checked: CheckedTopic
  readonly topic: TopicReader
  /** Where readers begin that have no place in it yet; a partition without an offset, at its first record. */
  readonly starts: Offsets
  readonly dead: DeadLetters
  /** undefined: its clock moves with records only. */
  readonly ticks: Ticks | undefined
  /** Aborted when nothing more will be appended in this run. */
  readonly ended: AbortController
}

/** A topic of the pipeline, open. */
export type OpenTopic = ReadTopic & {
  readonly topic: Topic
  readonly ticks: TickLog | undefined
  /** The ordinals of the next rows; none where the topic is not of a query. */
  readonly ordinals: Offsets
  /** The topic that keeps the dead letters. */
  readonly letters: Topic
  /** Offsets of the letters that are marks of processes which have taken over; absent: none. */
  readonly marks?: number
  /** Offsets that were deleted before queries and sinks had read them; 0 where retention is ours, which counts itself. */
  deleted(): number
}

type Opening = {
  readonly bus: Bus
  /** The bus for what the queries append, where a process has claimed them; by default, the same. */
  readonly claimed?: Bus | undefined
  /** Whether another process has appended to topics that the bus has open. */
  readonly isShared?: boolean
  readonly checkpoint: Checkpoint
  readonly clock: Clock
  warn(message: string): void
  /** Topics that are open already, by name. They stay open until the run ends, also where the pipeline has them no more. */
  readonly topics?: Map<string, OpenTopic>
}

/** Opens those of the pipeline's topics that are not open yet, and gives them all. Rejects with the Failure of the bus. */
export async function openTopics(
  pipeline: CheckedPipeline,
  { bus, claimed = bus, isShared = false, checkpoint, clock, warn, topics = new Map() }: Opening,
): Promise<Map<string, OpenTopic>> {
  const all = allTopics(pipeline)
  const made = new Set([...pipeline.queries, ...pipeline.reports].map(({ name }) => name))
  const open = async (
    { partitions, settings }: CheckedTopic,
    name: string,
    { by = claimed, ...rule }: Pick<RetentionRule, 'bytes'> & Partial<RetentionRule> & { readonly by?: Bus },
  ) => {
    const topic = await by.topic(name, partitions, settings)
    if (isShared) await topic.refresh()
    bus.space(name)?.closeAt(stretchBytes(rule, partitions, pipeline.limits.disk) ?? Number.POSITIVE_INFINITY)
    return topic
  }
  const openLetters = (checked: CheckedTopic) =>
    open({ ...checked, settings: letterSettings(checked) }, deadOf(checked), checked.dead)
  // Sources append to the others.
  const openOwn = (checked: CheckedTopic) =>
    open(checked, checked.topic, { ...checked.retention, by: made.has(checked.name) ? claimed : bus })
  // All at once, as each waits for the device; the loop below opens them again, which is at once then.
  const missing = all.filter(({ name }) => !topics.has(name))
  await Promise.all(missing.flatMap((checked) => [openOwn(checked), openLetters(checked)]))
  for (const checked of all) {
    const { name } = checked
    const isResult = pipeline.queries.some((query) => query.name === name)
    const known = topics.get(name)
    if (known !== undefined) {
      const ticks = known.ticks ?? (await openTicks(pipeline, checked, { bus: claimed, isShared, clock }))
      topics.set(name, { ...known, checked, ticks, ordinals: await ordinalsIn(known.topic, isResult) })
      continue
    }
    const opened = await openOwn(checked)
    const isOurs = bus.space(checked.topic) !== undefined
    const { topic, count } = isOurs ? { topic: opened, count: () => 0 } : watchDeleted(opened, checked, warn)
    const letters = await openLetters(checked)
    const dead = await openDeadLetters(checked.topic, letters, deadBefore(checkpoint, name), clock)
    const ticks = await openTicks(pipeline, checked, { bus: claimed, isShared, clock })
    const ordinals = await ordinalsIn(topic, isResult)
    const starts = await startsIn(topic, checked.start)
    const ended = new AbortController()
    const marks = isShared ? await marksIn(letters) : 0
    topics.set(name, { checked, topic, starts, dead, letters, marks, ticks, ordinals, ended, deleted: count })
  }
  return topics
}

async function startsIn(topic: Topic, start: TopicStart): Promise<Offsets> {
  if (start === 'earliest') return {}
  const partitions = Array.from({ length: topic.partitions }, (_, partition) => partition)
  const offsets = await Promise.all(
    partitions.map((partition) =>
      start === 'latest' ? topic.bounds(partition).end : firstSince(topic, partition, start),
    ),
  )
  return offsetsOf(topic.partitions, (partition) => offsets[partition] as Offset)
}

const ordinalsIn = async (topic: Topic, isResult: boolean): Promise<Offsets> =>
  isResult ? await ordinalsOf(topic) : {}

/**
 * The ticks of a topic that has `idle`, of a query whose rows others read, of a topic whose rows are looked up in tables, and of
 * any topic that has ticks already.
 */
async function openTicks(
  { queries }: CheckedPipeline,
  checked: CheckedTopic,
  { bus, isShared, clock }: { readonly bus: Bus; readonly isShared: boolean; readonly clock: Clock },
): Promise<TickLog | undefined> {
  const { name, partitions, idleMs } = checked
  const isRead = queries.some((query) => query.name === name) && queries.some(({ reads }) => reads.includes(name))
  const ticks = ticksOf(checked)
  const isThere = (await bus.topics()).some((known) => known.name === ticks)
  const isLookedUp = queries.some(({ reads, lookups }) => lookups.length > 0 && reads.includes(name))
  if (!isRead && !isLookedUp && idleMs === undefined && !isThere) return undefined
  const make = async (): Promise<Topic> => {
    const topic = await bus.topic(ticks, partitions, ownSettings(checked))
    if (isShared) await topic.refresh()
    bus.space(ticks)?.closeAt(SMALLEST_STRETCH)
    return topic
  }
  return openTickLog(isRead || isThere ? await make() : { partitions, make }, clock)
}

/** All topics on the bus of a topic of the pipeline: its own, its dead letters and its ticks. */
export const keptIn = ({ topic, letters, ticks }: OpenTopic): readonly Topic[] =>
  [topic, letters, ticks?.topic()].filter((one) => one !== undefined)

/** Dead letters and ticks are the pipeline's own: they are as safe as the topic, and wait for nothing to be gathered. */
const ownSettings = ({ settings: { replication, compression }, retention: { timeMs, bytes } }: CheckedTopic) => ({
  replication,
  compression,
  retention: { timeMs, bytes },
})

/** A default may change with the version: a topic of letters that exists keeps what it was made with. */
const letterSettings = (checked: CheckedTopic): TopicSettings => {
  const { timeMs, bytes, isGiven } = checked.dead
  return { ...ownSettings(checked), retention: { timeMs, bytes, isFirm: isGiven } }
}

/** The topic of this name, which the caller knows to be open. */
export function topicOf<Open>(topics: ReadonlyMap<string, Open>, name: string): Open {
  const topic = topics.get(name)
  assert(topic !== undefined, `topic ${name} is open`)
  return topic
}
