/**
 * Runs a query over the history of a pipeline's topics, as if it had been there from the first record that is kept: the same
 * partitions, the same ticks, in streaming mode. Its rows and dead letters go to a bus of their own. The history is only
 * read, and may grow meanwhile.
 */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { Bus, BusReader, Topic } from '../bus/bus.ts'
import { type CheckedPipeline, deadOf, ticksOf } from '../pipeline/checked.ts'
import { type LookupTables, openLookupTables } from '../runner/lookup-tables.ts'
import { closeWindows, openQueries } from '../runner/open-queries.ts'
import { openTopics, type ReadTopic, topicOf } from '../runner/open-topics.ts'
import { NO_CHECKPOINT } from '../topic/checkpoint.ts'
import { openDeadLetters } from '../topic/dead-letter.ts'
import { lateOfAll } from '../topic/dead-tally.ts'
import { readTicks } from '../topic/tick-log.ts'
import { readOnce, type SentAgainPlace } from './without-sent-again.ts'

export type Scratch = {
  /** The topic of its rows. */
  readonly result: Topic
  readonly rows: number
  /** Rows that were late for all their windows. */
  readonly late: number
}

type ScratchContext = {
  readonly bus: Bus
  readonly clock: Clock
  readonly tables?: LookupTables
  /** Records that were sent again are left out, as this says; if not given, none are. */
  readonly sentAgain?: SentAgainPlace
}

/**
 * Runs the query `name` of the pipeline over the topics of `history`; its rows and dead letters go to `bus`. Rejects with
 * the Failure of a query or of a bus.
 */
export async function runScratch(
  pipeline: CheckedPipeline,
  name: string,
  history: BusReader,
  { bus, clock, tables, sentAgain }: ScratchContext,
): Promise<Scratch> {
  const queries = pipeline.queries.filter((query) => query.name === name)
  const [query] = queries
  assert(query !== undefined, `the pipeline has a query ${name}`)
  const own = { ...pipeline, queries, reports: [] }
  const rows = pipeline.topics.filter((topic) => topic.name === name)
  const known = tables ?? openLookupTables({ pipeline: () => pipeline, warn() {} })
  const anew = { checkpoint: NO_CHECKPOINT, clock }
  const topics = await openTopics({ ...own, topics: rows }, { bus, warn() {}, ...anew })
  const read = new Map<string, ReadTopic>()
  for (const checked of pipeline.topics.filter((topic) => query.reads.includes(topic.name))) {
    const once = sentAgain === undefined ? checked : readOnce(checked, sentAgain)
    read.set(checked.name, await openHistory(once, history, bus, clock))
  }
  const opened = openQueries({ pipeline: own, topics, history: read, reset: new Map(), tables: known, ...anew })
  await Promise.all(opened.readers.map((reader) => reader.run()))
  const all = [...topics.values(), ...read.values()]
  for (const one of opened.queries) {
    closeWindows(one, all)
    await one.result.settled()
  }
  for (const { dead } of all) await dead.settled()
  const tallies = all.map(({ dead }) => dead.tally)
  return {
    result: topicOf(topics, name).topic,
    rows: opened.queries.reduce((sum, { tally }) => sum + tally.rows, 0),
    late: lateOfAll(tallies, name).rows,
  }
}

async function openHistory(
  checked: ReadTopic['checked'],
  history: BusReader,
  bus: Bus,
  clock: Clock,
): Promise<ReadTopic> {
  const letters = await bus.topic(deadOf(checked), checked.partitions)
  const ticks = ticksOf(checked)
  const hasTicks = (await history.topics()).some(({ name }) => name === ticks)
  const ended = new AbortController()
  ended.abort()
  return {
    checked,
    topic: await history.reader(checked.topic),
    starts: {},
    dead: await openDeadLetters(checked.topic, letters, undefined, clock),
    ticks: hasTicks ? await readTicks(await history.reader(ticks)) : undefined,
    ended,
  }
}
