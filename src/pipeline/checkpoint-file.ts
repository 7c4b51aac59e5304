/**
 * The checkpoint of a data folder: read at the start, taken while everything runs.
 *
 * Queries and dead letters are cut at one instant, between two batches; what they had put out by then is durable before
 * the cut is, so that a restart meets no gap. Sinks are cut after: what they have delivered is durable in their topic
 * whatever the queries' cut says. What is not in the pipeline any more keeps its place, should it come back.
 */
import { join } from 'node:path'
import { type Disk, readWhole, replaceFile } from '../base/disk.ts'
import type { DeliveryLoop } from '../sink/delivery.ts'
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  NO_CHECKPOINT,
  type Offsets,
  type QueryCheckpoint,
} from './checkpoint.ts'
import type { OpenQueries, OpenQuery, OpenTopic } from './open-queries.ts'

const fileOf = (dataFolder: string): string => join(dataFolder, 'checkpoint.json')

export function readCheckpoint(disk: Disk, dataFolder: string): Checkpoint {
  const bytes = readWhole(disk, fileOf(dataFolder))
  return bytes === undefined ? NO_CHECKPOINT : decodeCheckpoint(bytes, fileOf(dataFolder))
}

export type Checkpointed = {
  /** The checkpoint that the run began with. */
  readonly before: Checkpoint
  readonly opened: OpenQueries
  readonly topics: ReadonlyMap<string, OpenTopic>
  readonly deliveries: readonly { readonly name: string; readonly from: string; readonly loop: DeliveryLoop }[]
}

export type Checkpointer = {
  /** Takes a checkpoint of this moment, or a later one, and makes it durable. */
  take(): Promise<void>
}

/** One checkpoint is taken at a time; all who ask meanwhile share the next. */
export function openCheckpointer(parts: Checkpointed, disk: Disk, dataFolder: string): Checkpointer {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const run = (): Promise<void> => {
    next = undefined
    running = takeCheckpoint(parts, disk, dataFolder).finally(() => {
      running = undefined
    })
    return running
  }
  return {
    take() {
      if (running === undefined) return next ?? run()
      next ??= running.then(run, run)
      return next
    },
  }
}

async function takeCheckpoint(parts: Checkpointed, disk: Disk, dataFolder: string): Promise<void> {
  const { before, opened, topics, deliveries } = parts
  const queries = Object.fromEntries(opened.queries.map((query) => [query.name, cut(query, opened)]))
  const dead = Object.fromEntries([...topics].map(([name, topic]) => [name, topic.dead.place()]))
  await Promise.all(opened.queries.map((query) => query.result.settled()))
  await Promise.all([...topics.values()].map((topic) => topic.dead.settled()))
  const sinks = await Promise.all(
    deliveries.map(async ({ name, from, loop }) => [name, { from, ...(await loop.checkpoint()) }] as const),
  )
  const checkpoint: Checkpoint = {
    queries: { ...before.queries, ...queries },
    dead: { ...before.dead, ...dead },
    sinks: { ...before.sinks, ...Object.fromEntries(sinks) },
  }
  await replaceFile(disk, fileOf(dataFolder), encodeCheckpoint(checkpoint))
}

function cut(query: OpenQuery, { readers }: OpenQueries): QueryCheckpoint {
  const mine = readers.filter((reader) => reader.queries.includes(query))
  const offsets: { [topic: string]: Offsets } = Object.fromEntries(
    mine.map((reader) => [reader.topic, reader.offsets()]),
  )
  const { fingerprint, ending, result, graph } = query
  return { fingerprint, ending, offsets, emitted: result.emitted(), state: graph.snapshot() }
}
