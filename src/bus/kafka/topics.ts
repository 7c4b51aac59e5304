/**
 * The topics of a bus that are open. Each has one reader for the whole process, so that what one part of a pipeline appends is
 * handed to the others in memory; and a writer for each that appends to it.
 */
import { Failure } from '../../base/failure.ts'
import type { Topic, TopicSettings } from '../bus.ts'
import { checkName, checkPartitions } from '../topic-name.ts'
import { openKafkaReader } from './kafka-reader.ts'
import { type Appending, type KafkaTopic, type SharedTopic, type WriteContext, writerOn } from './kafka-topic.ts'
import type { KafkaOptions } from './options.ts'
import { findTopic } from './topic-form.ts'

export type NamedTopic = { readonly name: string; readonly partitions: number; readonly settings: TopicSettings }

/** Opens a topic, or makes it; one that is open is given again. Rejects with a Failure. */
export type SharedTopics = (wanted: NamedTopic) => Promise<SharedTopic>

/** Opens topics of the options' cluster. */
export function shareTopics(context: WriteContext, { prefix, replication }: KafkaOptions): SharedTopics {
  return once(async ({ name, partitions, settings: given }) => {
    const settings = { ...given, replication: given.replication ?? replication }
    const found = await findTopic(context.cluster, { topic: prefix + name, partitions, settings })
    return { name, found, opened: await openKafkaReader(context, found.state, name) }
  })
}

/** The topics of one that appends. */
export type Writers = {
  topic(name: string, partitions: number, settings?: TopicSettings): Promise<Topic>
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

type Writing = Appending & {
  readonly prefix: string
  readonly open: SharedTopics
  /** What has to be done before a topic is read or appended to. */
  begin(topic: SharedTopic): void | Promise<void>
}

/** The topics for one that appends to them. */
export function openWriters(context: WriteContext, { prefix, open, begin, ...appending }: Writing): Writers {
  const opened = new Map<string, Promise<KafkaTopic>>()
  const openOnce = once(async (wanted) => {
    const topic = await open(wanted)
    await begin(topic)
    return writerOn(context, topic, appending, wanted.settings)
  }, opened)
  return {
    async topic(name, partitions, settings = {}) {
      checkPartitions(prefix + name, partitions)
      checkName('topic', name)
      const { topic } = await openOnce({ name, partitions, settings })
      if (topic.partitions === partitions) return topic
      throw new Failure('pipeline', `topic ${name} has ${topic.partitions} partitions on Kafka, not ${partitions}`, {
        hint: `Write 'partitions: ${topic.partitions}': records do not move between partitions.`,
      })
    },
    async settled() {
      for (const one of await Promise.allSettled(opened.values())) {
        if (one.status === 'fulfilled') await one.value.settled()
      }
    },
  }
}

/** Opens each topic once; one that could not be opened is tried again. */
function once<Opened>(
  open: (wanted: NamedTopic) => Promise<Opened>,
  known: Map<string, Promise<Opened>> = new Map(),
): (wanted: NamedTopic) => Promise<Opened> {
  return (wanted) => {
    const { name } = wanted
    const before = known.get(name)
    if (before !== undefined) return before
    const opening = open(wanted)
    known.set(name, opening)
    opening.catch(() => known.delete(name))
    return opening
  }
}
