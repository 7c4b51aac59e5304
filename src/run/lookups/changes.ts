/** Where the versions of a lookup table take effect, and which of them a replay may still need. */
import { assert } from '../../base/assert.ts'
import { entryOf } from '../../base/entry.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import { type OpenTopic, topicOf } from '../../runner/open-topics.ts'
import type { QueryReader } from '../../runner/query-reader.ts'
import type { Places } from '../../topic/checkpoint.ts'
import type { TableVersion } from '../../topic/table-versions.ts'

/** Versions before the one in use that are kept for `backfill` and `replay`, where no checkpoint needs them. */
const KEPT_VERSIONS = 16
const END = Number.POSITIVE_INFINITY

export type LookedUp = {
  readonly pipeline: CheckedPipeline
  readonly topics: ReadonlyMap<string, OpenTopic>
  readersOf(topic: string): readonly QueryReader[]
  /** The places of the last durable checkpoint. */
  places(): Places
}

/** Each partition of the topics whose rows are looked up in the table. */
function partitionsOf({ pipeline, topics }: LookedUp, table: string) {
  const queries = pipeline.queries.filter(({ lookups }) => lookups.includes(table))
  const names = [...new Set(queries.flatMap(({ reads }) => reads))]
  return names.flatMap((name) => {
    const { topic, ticks } = topicOf(topics, name)
    assert(ticks !== undefined, `topic ${name} keeps versions of tables`)
    const readers = queries.filter(({ reads }) => reads.includes(name)).map((query) => query.name)
    return Array.from({ length: topic.partitions }, (_, partition) => ({ name, topic, ticks, partition, readers }))
  })
}

/**
 * Writes the changes that bring a version into use, for each partition that has not come to it. Readers wait for them from this call
 * on; resolves when all are durable. Rejects with the Failure of the bus.
 */
export async function changeTo(version: TableVersion, looked: LookedUp): Promise<void> {
  const changes = partitionsOf(looked, version.table).map(({ name, topic, ticks, partition }) => {
    const last = ticks.versionsSince(partition, version.table, END).at(-1)
    if (last?.version === version.version) return Promise.resolve()
    const taken = looked.readersOf(name).map((reader) => reader.taken(partition))
    // All that was there before the first version is joined with it.
    const offset = last === undefined ? 0 : Math.max(topic.bounds(partition).end, ...taken)
    return ticks.change({ partition, offset, ...version })
  })
  await Promise.all(changes)
}

/** The last version of a table that any topic knows. */
export function lastVersion(table: string, looked: LookedUp): TableVersion | undefined {
  const last = partitionsOf(looked, table).flatMap(({ ticks, partition }) => {
    return ticks.versionsSince(partition, table, END).at(-1) ?? []
  })
  return last.sort((a, b) => a.version - b.version).at(-1)
}

/** The digests of the versions that are kept: those after the places of a checkpoint, and some before. */
export function neededDigests(table: string, looked: LookedUp): ReadonlySet<string> {
  const { queries } = looked.places()
  const needed = partitionsOf(looked, table).flatMap(({ name, topic, ticks, partition, readers }) => {
    const places = readers.map((query) => entryOf(entryOf(queries, query)?.offsets, name)?.[partition] ?? 0)
    const kept = ticks.versionsSince(partition, table, topic.bounds(partition).start)
    return [...kept.slice(-1 - KEPT_VERSIONS), ...ticks.versionsSince(partition, table, Math.min(...places))]
  })
  return new Set(needed.map(({ digest }) => digest))
}
