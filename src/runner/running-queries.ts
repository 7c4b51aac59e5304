/**
 * The queries of a pipeline at work: their readers, and the clocks of the topics that they read. Readers are shared, so
 * where any query or topic differs, all of them are halted between two batches and opened anew from a checkpoint.
 */
import type { CheckedPipeline } from '../pipeline/checked.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type OpeningQueries, openQueries } from './open-queries.ts'
import { topicOf } from './open-topics.ts'
import type { QueryReader } from './query-reader.ts'
import type { Runner } from './runner.ts'
import { openTopicClocks, type TopicClocks } from './topic-clocks.ts'

type Running = Omit<OpeningQueries, 'halt'> & {
  /** Whether a topic's sources have nothing to read and nothing is on its way into it. */
  atRest(topic: string): boolean
  /** Called with the failure of any reader or clock. */
  fail(error: unknown): void
}

/** All that queries at work depend on, as plain data: where it is equal, they need not be opened anew. */
export function queriesMadeOf(pipeline: CheckedPipeline): readonly unknown[] {
  const { queries, topics, timezone } = pipeline
  return [
    timezone,
    // What an alert says may change where its state does not.
    queries.map((query) => [
      query.name,
      fingerprintOf(query, pipeline),
      query.stateLimit,
      query.query.alert,
      query.ticks,
    ]),
    topics.map(({ name, fingerprint, idleMs }) => [name, fingerprint, idleMs]),
  ]
}

/** Opens the queries of a pipeline with their readers and clocks; `start` lets them run. Throws as `openQueries` does. */
export function runningQueries(running: Running): Runner {
  const { pipeline, topics, fail } = running
  const halt = new AbortController()
  const opened = openQueries({ ...running, halt: halt.signal })
  const { queries, readers } = opened
  let isStarted = false
  let reading: readonly { readonly reader: QueryReader; readonly done: Promise<void> }[] = []
  let clocks: TopicClocks | undefined
  let ticking = Promise.resolve()
  const readersOf = (topic: string) => readers.filter((reader) => reader.topic === topic)
  return {
    queries,
    readers,
    madeOf: queriesMadeOf(pipeline),
    readersOf,
    start() {
      if (isStarted) return
      isStarted = true
      reading = readers.map((reader) => ({ reader, done: reader.run().catch(fail) }))
      const declared = new Map(pipeline.topics.map(({ name }) => [name, topicOf(topics, name)]))
      const watched = { ...running, topics: declared, readers, halt: halt.signal }
      clocks = openTopicClocks(watched)
      ticking = clocks.run().catch(fail)
    },
    async halt() {
      halt.abort()
      await Promise.all(reading.map(({ done }) => done))
      // Also of readers that never ran: a reload that fails puts back the queries from before, and halts these.
      for (const reader of readers) reader.close()
      await ticking
    },
    filled: async () => undefined,
    async ended(query) {
      await Promise.all(reading.filter(({ reader }) => reader.queries.includes(query)).map(({ done }) => done))
    },
    quietMs: (topic, partition) => clocks?.quietMs(topic, partition) ?? 0,
    clocksEnded: () => ticking,
  }
}
