/** The clocks of all topics of a pipeline that may fall quiet. Each knows the topics that queries read together with its own. */
import type { Clock } from '../base/clock.ts'
import type { Duration } from '../base/quantity.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import { type OpenTopic, topicOf } from './open-topics.ts'
import type { QueryReader } from './query-reader.ts'
import { openTopicWatch, runTopicClock, type TopicWatch } from './topic-clock.ts'

export type ClocksContext = {
  readonly pipeline: CheckedPipeline
  readonly topics: ReadonlyMap<string, OpenTopic>
  readonly readers: readonly QueryReader[]
  readonly clock: Clock
  /** Whether the sources of a topic have nothing to read and nothing is on its way into it. */
  atRest(topic: string): boolean
  /** Aborted to stop the clocks before their topics have ended. */
  readonly halt?: AbortSignal
}

export type TopicClocks = {
  /** Resolves when all topics have ended, or the clocks are halted. Rejects with the Failure of the bus. */
  run(): Promise<void>
  /** For how long nothing was appended to a partition of a topic, as its clock last saw. */
  quietMs(topic: string, partition: number): Duration
}

/** The clocks of these topics: none moves before `run`. */
export function openTopicClocks(clocks: ClocksContext): TopicClocks {
  const { pipeline, topics, readers: all, clock, atRest, halt } = clocks
  const watches = new Map<string, TopicWatch>()
  for (const [name, { checked, topic, ticks }] of topics) {
    const { idleMs = Infinity } = checked
    const readers = all.filter((reader) => reader.topic === name)
    watches.set(name, openTopicWatch({ topic, ticks, readers, idleMs, clock, atRest: () => atRest(name) }))
  }
  const groups = readTogether(pipeline)
  const runOne = async (name: string, watch: TopicWatch): Promise<void> => {
    if (watch.idleMs === Infinity || watch.ticks === undefined) return
    const together = groups.flatMap((group) =>
      group.has(name) ? [[...group].flatMap((other) => (other === name ? [] : (watches.get(other) ?? [])))] : [],
    )
    const { ended } = topicOf(topics, name)
    await runTopicClock(watch, together, halt === undefined ? ended.signal : AbortSignal.any([ended.signal, halt]))
  }
  return {
    async run() {
      await Promise.all([...watches].map(([name, watch]) => runOne(name, watch)))
    },
    quietMs: (topic, partition) => watches.get(topic)?.quietMs(partition) ?? 0,
  }
}

/** For each query that waits for several topics: the topics that it reads, itself or through other queries. */
function readTogether({ queries }: CheckedPipeline): readonly ReadonlySet<string>[] {
  const sources = new Map<string, ReadonlySet<string>>()
  for (const { name, reads } of queries) {
    sources.set(name, new Set(reads.flatMap((read) => [...(sources.get(read) ?? [read])])))
  }
  const elsewhere = queries.flatMap(({ ticks }) => ticks?.together ?? []).map((topics) => new Set(topics))
  return [...sources.values(), ...elsewhere].filter(({ size }) => size > 1)
}
