/** The clocks of all topics of a pipeline that may fall quiet. Each knows the topics that queries read together with its own. */
import type { Clock } from '../base/clock.ts'
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

/** Runs the clocks; resolves when all topics have ended, or the clocks are halted. */
export async function runTopicClocks(clocks: ClocksContext): Promise<void> {
  const { pipeline, topics, readers: all, clock, atRest, halt } = clocks
  const watches = new Map<string, TopicWatch>()
  for (const [name, { checked, topic, ticks }] of topics) {
    const { idleMs = Infinity } = checked
    const readers = all.filter((reader) => reader.topic === name)
    watches.set(name, openTopicWatch({ topic, ticks, readers, idleMs, clock, atRest: () => atRest(name) }))
  }
  const groups = readTogether(pipeline)
  const running = [...watches].map(async ([name, watch]) => {
    if (watch.idleMs === Infinity || watch.ticks === undefined) return
    const together = groups.flatMap((group) =>
      group.has(name) ? [[...group].flatMap((other) => (other === name ? [] : (watches.get(other) ?? [])))] : [],
    )
    const { ended } = topicOf(topics, name)
    await runTopicClock(watch, together, halt === undefined ? ended.signal : AbortSignal.any([ended.signal, halt]))
  })
  await Promise.all(running)
}

/** For each query that waits for several topics: the topics that it reads, itself or through other queries. */
function readTogether({ queries }: CheckedPipeline): readonly ReadonlySet<string>[] {
  const sources = new Map<string, ReadonlySet<string>>()
  for (const { name, reads } of queries) {
    sources.set(name, new Set(reads.flatMap((read) => [...(sources.get(read) ?? [read])])))
  }
  return [...sources.values()].filter(({ size }) => size > 1)
}
