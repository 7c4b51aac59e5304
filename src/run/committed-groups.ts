/**
 * The offsets that a bus shows of a pipeline's readers: of each query and each sink one group, `PIPELINE.query.NAME`,
 * `PIPELINE.sink.NAME`, committed behind each checkpoint. They are for people and their tools, which ask a bus for lag;
 * where to go on is said by the checkpoint alone, so nobody waits for them.
 */
import { isFull } from '../base/full-disk.ts'
import type { Bus, Offsets } from '../bus/bus.ts'
import type { OpenTopic } from '../runner/open-topics.ts'
import type { Places } from '../topic/checkpoint.ts'

export type GroupKind = 'query' | 'sink'

export const groupName = (pipeline: string, kind: GroupKind, name: string): string => `${pipeline}.${kind}.${name}`

/** Whether the group is that of a query or sink, whatever its pipeline is called. */
export const isGroupOf = (group: string, kind: GroupKind, name: string): boolean => group.endsWith(`.${kind}.${name}`)

export type Committing = {
  /** Commits these places; what a group has committed already is not written again. */
  begin(places: Places): void
  /** Resolves when what was begun is committed, or there was no room for it; rejects where it failed otherwise. */
  settled(): Promise<void>
}

type Committed = { readonly name: string; readonly topics: ReadonlyMap<string, Pick<OpenTopic, 'topic'>> }

export function commitGroups(bus: Pick<Bus, 'commit'>, committed: () => Committed): Committing {
  const before = new Map<string, string>()
  let underWay: Promise<void> = Promise.resolve()
  const commit = async (group: string, read: string, offsets: Offsets): Promise<void> => {
    // By the bus's own name: that of a query's topic is longer than the one in the pipeline.
    const topic = committed().topics.get(read)?.topic.name
    const text = JSON.stringify(offsets)
    const key = `${group} ${topic}`
    if (topic === undefined || text === '{}' || before.get(key) === text) return
    try {
      await bus.commit(group, topic, offsets)
      before.set(key, text)
    } catch (error) {
      // There will be a next time, and the checkpoint has waited for room already.
      if (!isFull(error)) throw error
    }
  }
  return {
    begin({ queries, sinks }) {
      const { name } = committed()
      const ofQueries = Object.entries(queries).flatMap(([query, { offsets }]) =>
        Object.entries(offsets).map(([topic, read]) => commit(groupName(name, 'query', query), topic, read)),
      )
      const ofSinks = Object.entries(sinks).map(([sink, { from, offsets }]) =>
        commit(groupName(name, 'sink', sink), from, offsets),
      )
      underWay = Promise.all([...ofQueries, ...ofSinks]).then(() => undefined)
      underWay.catch(() => undefined)
    },
    settled: () => underWay,
  }
}
