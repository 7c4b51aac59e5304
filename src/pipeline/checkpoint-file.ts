/** The checkpoint of a data folder: read at the start, taken while everything runs. */
import { join } from 'node:path'
import { type Disk, readWhole, replaceFile } from '../base/disk.ts'
import type { DeliveryLoop } from '../sink/delivery.ts'
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, NO_CHECKPOINT, type Offsets } from './checkpoint.ts'
import type { OpenQueries, OpenTopic } from './open-queries.ts'

const fileOf = (dataFolder: string): string => join(dataFolder, 'checkpoint.json')

export function readCheckpoint(disk: Disk, dataFolder: string): Checkpoint {
  const bytes = readWhole(disk, fileOf(dataFolder))
  return bytes === undefined ? NO_CHECKPOINT : decodeCheckpoint(bytes, fileOf(dataFolder))
}

export type Checkpointed = {
  readonly opened: OpenQueries
  readonly topics: ReadonlyMap<string, OpenTopic>
  readonly deliveries: readonly { readonly name: string; readonly loop: DeliveryLoop }[]
}

/**
 * Takes a checkpoint and makes it durable. Queries and dead letters are cut at one instant, between two batches; what they
 * had put out by then is durable before the cut is, so that a restart meets no gap. Sinks are cut after: what they have
 * delivered is durable in their topic whatever the queries' cut says.
 */
export async function takeCheckpoint(parts: Checkpointed, disk: Disk, dataFolder: string): Promise<void> {
  const { opened, topics } = parts
  const queries = Object.fromEntries(opened.queries.map((query) => [query.name, cut(query.name, opened)]))
  const dead = Object.fromEntries([...topics].map(([name, topic]) => [name, topic.dead.ends()]))
  await Promise.all(opened.queries.map((query) => query.result.settled()))
  await Promise.all([...topics.values()].map((topic) => topic.dead.settled()))
  const sinks = await Promise.all(
    parts.deliveries.map(async ({ name, loop }) => [name, await loop.checkpoint()] as const),
  )
  await replaceFile(disk, fileOf(dataFolder), encodeCheckpoint({ queries, dead, sinks: Object.fromEntries(sinks) }))
}

function cut(name: string, { queries, readers }: OpenQueries): Checkpoint['queries'][string] {
  const query = queries.find((query) => query.name === name)
  if (query === undefined) throw new Error(`internal error: query ${name} was not opened`)
  const mine = readers.filter((reader) => reader.queries.includes(query))
  const offsets: { [topic: string]: Offsets } = Object.fromEntries(
    mine.map((reader) => [reader.topic, reader.offsets()]),
  )
  return { fingerprint: query.fingerprint, offsets, emitted: query.result.emitted(), state: query.graph.snapshot() }
}
