/**
 * The offsets of a pipeline's readers as a bus shows them: a group for each query and sink, `PIPELINE.query.NAME` and
 * `PIPELINE.sink.NAME` unless the file says otherwise, committed behind each checkpoint. They are for people and their tools,
 * which ask a bus for lag. The checkpoint alone says where to go on, so no part waits for them.
 */
import { isFull } from '../base/disk/full-disk.ts'
import type { Bus, Offsets } from '../bus/bus.ts'
import type { GroupKind } from '../pipeline/group.ts'
import type { OpenTopic } from '../runner/open-topics.ts'
import type { Places } from '../topic/checkpoint.ts'

export type Committing = {
  /** Commits these places, of those groups whose offsets have changed. Called again only after `settled`. */
  begin(places: Places): void
  /** Resolves when the commits are durable, or there was no room for them; rejects with any other Failure. */
  settled(): Promise<void>
}

type Committed = {
  group(kind: GroupKind, name: string): string
  readonly topics: ReadonlyMap<string, Pick<OpenTopic, 'topic'>>
}

/** `committed` gives the pipeline's groups and its topics as they are now. */
export function commitGroups(bus: Pick<Bus, 'commit'>, committed: () => Committed): Committing {
  const before = new Map<string, string>()
  let underWay: Promise<void> = Promise.resolve()
  const commit = async (group: string, read: string, offsets: Offsets): Promise<void> => {
    // By its name on the bus: that of a query's topic is longer than the one in the pipeline.
    const topic = committed().topics.get(read)?.topic.name
    const text = JSON.stringify(offsets)
    const key = `${group} ${topic}`
    if (topic === undefined || text === '{}' || before.get(key) === text) return
    try {
      await bus.commit(group, topic, offsets)
      before.set(key, text)
    } catch (error) {
      // The next checkpoint commits again, and this one has waited for room already.
      if (!isFull(error)) throw error
    }
  }
  return {
    begin({ queries, sinks }) {
      const { group } = committed()
      const ofQueries = Object.entries(queries).flatMap(([query, { offsets }]) =>
        Object.entries(offsets).map(([topic, read]) => commit(group('query', query), topic, read)),
      )
      const ofSinks = Object.entries(sinks).map(([sink, { from, offsets }]) =>
        commit(group('sink', sink), from, offsets),
      )
      underWay = Promise.all([...ofQueries, ...ofSinks]).then(() => undefined)
      underWay.catch(() => undefined)
    },
    settled: () => underWay,
  }
}
