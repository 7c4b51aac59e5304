/**
 * The checkpoint of a data folder: read at the start, taken while everything runs.
 *
 * Queries and dead letters are cut at one instant, between two batches. The rows that they had put out by then are durable
 * before the cut is, so a restart meets no gap. Sinks are cut afterwards: the rows that they have delivered are durable in
 * their topic whatever the queries' cut says. Parts that have left the pipeline keep their place, in case they come back.
 */
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import { type Disk, isThere, readWhole, replaceFileSlowly } from '../base/disk/disk.ts'
import type { FullDisk } from '../base/disk/full-disk.ts'
import type { Duration } from '../base/quantity.ts'
import type { Bus, Offsets } from '../bus/bus.ts'
import type { GroupKind } from '../pipeline/group.ts'
import type { OpenQueries, OpenQuery } from '../runner/open-queries.ts'
import { keptIn, type OpenTopic } from '../runner/open-topics.ts'
import type { DeliveryLoop } from '../sink/delivery/loop.ts'
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  NO_CHECKPOINT,
  type Places,
  type QueryCheckpoint,
} from '../topic/checkpoint.ts'
import { busOf } from '../topic/checkpoint-bus.ts'
import { commitGroups } from './committed-groups.ts'
import type { SharingProcess } from './share/sharing.ts'

/** The path of the checkpoint of a data folder. */
export const checkpointFile = (dataFolder: string): string => join(dataFolder, 'checkpoint')

/** The checkpoint of a data folder, or an empty one. Throws a Failure 'corrupt' if the file is none. */
export function readCheckpoint(disk: Disk, dataFolder: string): Checkpoint {
  const file = checkpointFile(dataFolder)
  const bytes = readWhole(disk, file)
  return bytes === undefined ? NO_CHECKPOINT : decodeCheckpoint(bytes, file)
}

/** Writes a checkpoint of nothing, where there is none: what appends to topics without a run writes it first. */
export async function writeFirstCheckpoint(disk: Disk, dataFolder: string): Promise<void> {
  const file = checkpointFile(dataFolder)
  if (!isThere(disk, file)) await replaceFileSlowly(disk, file, encodeCheckpoint(NO_CHECKPOINT), setImmediate)
}

/** The checkpoint without the states of open queries, which may be large and are not needed again. */
export const withoutOpenStates = (checkpoint: Checkpoint, { queries }: OpenQueries): Checkpoint => ({
  ...checkpoint,
  queries: mapValues(checkpoint.queries, (query, name) =>
    queries.some((open) => open.name === name) ? { ...query, state: undefined } : query,
  ),
})

export type Checkpointed = {
  /** The consumer group of a query or sink. */
  group(kind: GroupKind, name: string): string
  /** Its entries stay in the next checkpoint unless a part at work replaces them. Open queries have no state in it. */
  readonly before: Checkpoint
  readonly opened: OpenQueries
  readonly topics: ReadonlyMap<string, OpenTopic>
  readonly deliveries: readonly { readonly name: string; readonly from: string; readonly loop: DeliveryLoop }[]
}

export type Checkpointer = {
  /** Makes a checkpoint of this moment or a later one durable. While the disk is full, waits for room. */
  take(): Promise<void>
  /** Resolves when the groups are committed that go with the last checkpoint; rejects with the Failure of the bus. */
  committed(): Promise<void>
  /** The places of the last durable checkpoint: after a crash everything would go on there. */
  last(): Places
  /** The last checkpoint of this run; undefined: it has taken none. */
  taken(): TakenCheckpoint | undefined
}

/** When a checkpoint was durable, ms since 1970, and how long it took. */
export type TakenCheckpoint = { readonly at: number; readonly tookMs: Duration }

export type CheckpointPlace = {
  readonly clock: Clock
  readonly disk: Disk
  readonly fullDisk: FullDisk
  readonly dataFolder: string
  readonly bus: Bus
  /** What this process has of a shared pipeline. */
  readonly share?: Pick<SharingProcess, 'keepQueries'> | undefined
  /** Throws a Failure where another process may own the data folder, or has taken over parts of this one. */
  checkOwned?(): void
}

/** Takes one checkpoint at a time; calls in the meantime share the next. `before` is the one that the run began with. */
export function openCheckpointer(parts: () => Checkpointed, before: Checkpoint, place: CheckpointPlace): Checkpointer {
  const { clock } = place
  let last = placesOf(before)
  let taken: TakenCheckpoint | undefined
  const committing = commitGroups(place.bus, parts)
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const run = (): Promise<void> => {
    next = undefined
    const began = clock.elapsed()
    running = committing
      .settled()
      .then(() => takeCheckpoint(parts(), place))
      .then((places) => {
        last = places
        taken = { at: clock.now(), tookMs: clock.elapsed() - began }
        // Another process may have taken over while this one was stopped.
        place.checkOwned?.()
        committing.begin(last)
      })
      .finally(() => {
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
    committed: committing.settled,
    last: () => last,
    taken: () => taken,
  }
}

async function takeCheckpoint(
  parts: Checkpointed,
  { disk, fullDisk, dataFolder, bus: on, share, checkOwned }: CheckpointPlace,
): Promise<Places> {
  checkOwned?.()
  const { before, opened, topics, deliveries } = parts
  const queries = Object.fromEntries(opened.queries.map((query) => [query.name, cut(query, opened)]))
  const letters = [...topics].map(async ([name, topic]) => [name, await topic.dead.place()] as const)
  const [dead] = await Promise.all([
    Promise.all(letters),
    Promise.all(opened.queries.map((query) => query.result.settled())),
  ])
  await Promise.all([...topics.values()].map((topic) => topic.ticks?.settled()))
  const sinks = await Promise.all(
    deliveries.map(async ({ name, from, loop }) => [name, { from, ...(await loop.checkpoint()) }] as const),
  )
  // A sink's place may be behind records that it could not decode: their letters are durable first. What is kept is the place
  // from before, which fits the queries.
  await Promise.all([...topics.values()].map((topic) => topic.dead.place()))
  const names = Object.fromEntries([...topics].map(([name, { checked }]) => [name, checked.topic]))
  const bus = busOf(on, [...topics.values()].flatMap(keptIn))
  const checkpoint: Checkpoint = {
    ...(bus && { bus: { ...bus, topics: { ...before.bus?.topics, ...bus.topics } } }),
    topics: { ...before.topics, ...names },
    queries: { ...before.queries, ...queries },
    dead: { ...before.dead, ...Object.fromEntries(dead) },
    sinks: { ...before.sinks, ...Object.fromEntries(sinks) },
  }
  const local = (await share?.keepQueries(checkpoint, before)) ?? checkpoint
  const write = () => replaceFileSlowly(disk, checkpointFile(dataFolder), encodeCheckpoint(local), setImmediate)
  await fullDisk.whenRoom(write)
  // What others hold has places of theirs.
  return placesOf(share === undefined ? checkpoint : { queries, sinks: Object.fromEntries(sinks) })
}

const placesOf = ({ queries, sinks }: Pick<Checkpoint, 'queries' | 'sinks'>): Places => ({
  queries: mapValues(queries, ({ offsets }) => ({ offsets })),
  sinks: mapValues(sinks, ({ from, offsets }) => ({ from, offsets })),
})

const mapValues = <In, Out>(
  values: { readonly [key: string]: In },
  map: (value: In, key: string) => Out,
): { [key: string]: Out } => Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value, key)]))

function cut(query: OpenQuery, { readers }: OpenQueries): QueryCheckpoint {
  const mine = readers.filter((reader) => reader.queries.includes(query))
  const offsets: { [topic: string]: Offsets } = Object.fromEntries(
    mine.map((reader) => [reader.topic, reader.offsets()]),
  )
  const { fingerprint, layout, began, ending, result, graph } = query
  const repeats = query.repeats?.snapshot()
  const state = graph.snapshot()
  assert(isDeepStrictEqual(Object.keys(state), Object.keys(layout)), 'a layout is of exactly the states of a snapshot')
  return { fingerprint, layout, began, ending, offsets, emitted: result.emitted(), state, ...(repeats && { repeats }) }
}
