/**
 * The sinks of a pipeline that fill a table which its reports read. A report that is due waits for them: after a stop, or while the
 * store was away, they are behind, and the rows of the span are still in the topic, or still in the source's file.
 */
import type { Offset } from '../base/quantity.ts'
import type { CheckedPipeline, CheckedSink } from '../pipeline/checked.ts'
import { topicOf } from '../runner/open-topics.ts'
import type { AwaitedTopic } from './reached.ts'

type Fed = Pick<CheckedPipeline, 'tables' | 'sinks' | 'queries' | 'folder'>

/** The sinks that write to one of these tables. */
export function feedersOf(tables: readonly string[], { tables: all, sinks, folder }: Fed): readonly CheckedSink[] {
  const places = new Set(
    tables.flatMap((name) => {
      const table = all.get(name)
      return table === undefined ? [] : [`${table.type.name} ${table.type.place(table.options, folder)}`]
    }),
  )
  return sinks.filter(({ type, options }) => places.has(`${type.name} ${type.place?.(options, folder)}`))
}

/** The topics of sources from which the rows of these sinks come, be it by way of queries; each once. */
export function sourceTopicsOf(feeders: readonly CheckedSink[], { queries }: Pick<Fed, 'queries'>): readonly string[] {
  const found = new Set<string>()
  const follow = (from: string): void => {
    const query = queries.find(({ name }) => name === from)
    if (query === undefined) found.add(from)
    else for (const name of query.reads) follow(name)
  }
  for (const { from } of feeders) follow(from)
  return [...found]
}

/**
 * Whether these sinks have delivered all that is in their topics now, as a function to ask again. `delivered`: by partition, the
 * offset before which a sink has delivered everything; undefined where nobody knows.
 */
export async function watchFeeders(
  feeders: readonly CheckedSink[],
  topics: ReadonlyMap<string, AwaitedTopic>,
  delivered: (sink: string) => readonly Offset[] | undefined,
): Promise<() => boolean> {
  for (const { from } of feeders) await topicOf(topics, from).topic.refresh()
  const wanted = feeders.map(({ name, from }) => {
    const { topic } = topicOf(topics, from)
    return { name, ends: Array.from({ length: topic.partitions }, (_, partition) => topic.bounds(partition).end) }
  })
  return () =>
    wanted.every(({ name, ends }) => {
      const offsets = delivered(name)
      return offsets === undefined || ends.every((end, partition) => (offsets[partition] ?? end) >= end)
    })
}
