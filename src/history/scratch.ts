/**
 * Runs a query over the history of topics that belong to somebody else, as if it had been there from the first record that
 * is kept: the same partitions, the same ticks, in streaming mode. Its rows and dead letters go to a bus of their own; what
 * is read is only looked at, and may be written to meanwhile.
 */
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { Bus, Topic } from '../bus/bus.ts'
import type { FolderReader, TopicReader } from '../bus/embedded/reading.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import { closeWindows, openQueries } from '../runner/open-queries.ts'
import { type OpenTopic, openTopics, topicOf } from '../runner/open-topics.ts'
import { NO_CHECKPOINT } from '../topic/checkpoint.ts'
import { openDeadLetters } from '../topic/dead-letter.ts'
import { openTickLog } from '../topic/tick-log.ts'

export type Scratch = {
  /** The topic of its rows. */
  readonly result: Topic
  readonly rows: number
  /** Rows that were late for all their windows. */
  readonly late: number
}

/** `pipeline` has the query `name` among its own; `history` are their topics, `bus` takes what the query makes. */
export async function runScratch(
  pipeline: CheckedPipeline,
  name: string,
  history: FolderReader,
  { bus, clock }: { readonly bus: Bus; readonly clock: Clock },
): Promise<Scratch> {
  const queries = pipeline.queries.filter((query) => query.name === name)
  const [query] = queries
  if (query === undefined) throw new Error(`internal error: the pipeline has no query ${name}`)
  const own = { ...pipeline, queries, topics: pipeline.topics.filter((topic) => topic.name === name), reports: [] }
  const topics = await openTopics(own, { bus, checkpoint: NO_CHECKPOINT, clock })
  for (const checked of pipeline.topics.filter((topic) => query.reads.includes(topic.name))) {
    topics.set(checked.name, await openHistory(checked, history, bus, clock))
  }
  const opened = openQueries({ pipeline: own, topics, checkpoint: NO_CHECKPOINT, reset: new Map(), clock })
  await Promise.all(opened.readers.map((reader) => reader.run()))
  for (const one of opened.queries) {
    closeWindows(one, topics)
    await one.result.settled()
  }
  for (const { dead } of topics.values()) await dead.settled()
  return {
    result: topicOf(topics, name).topic,
    rows: opened.queries.reduce((sum, { tally }) => sum + tally.rows, 0),
    late: [...topics.values()].reduce((sum, { dead }) => sum + dead.late(name), 0),
  }
}

async function openHistory(
  checked: OpenTopic['checked'],
  history: FolderReader,
  bus: Bus,
  clock: Clock,
): Promise<OpenTopic> {
  const letters = await bus.topic(`${checked.topic}.dead`, checked.partitions)
  const ticks = history.topics().some(({ name }) => name === `${checked.topic}.ticks`)
    ? await openTickLog(lookedInto(history.topic(`${checked.topic}.ticks`)), clock)
    : undefined
  const ended = new AbortController()
  ended.abort()
  return {
    checked,
    topic: lookedInto(history.topic(checked.topic)),
    dead: await openDeadLetters(checked.topic, letters, undefined, clock),
    ticks,
    ordinals: {},
    letters,
    ended,
  }
}

/** A topic that has what it has, and takes nothing. */
function lookedInto(reader: TopicReader): Topic {
  const refuse = async (): Promise<never> => {
    throw new Failure('in-use', `topic ${reader.name} is only read here`)
  }
  return {
    name: reader.name,
    partitions: reader.partitions,
    bounds: (partition) => reader.bounds(partition),
    read: async (partition, offset, maxBytes) => reader.read(partition, offset, maxBytes),
    onAppend: () => () => {},
    lastMark: async () => undefined,
    stretches: () => [],
    append: refuse,
    trim: refuse,
    roll: refuse,
  }
}
