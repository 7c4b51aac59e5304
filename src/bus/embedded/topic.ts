/** One topic of the embedded bus: its partitions' logs, and the readers that get records as soon as they are durable. */
import { assert } from '../../base/assert.ts'
import { type Disk, sizeOf } from '../../base/disk/disk.ts'
import { Failure } from '../../base/failure.ts'
import type { ChunkPool } from '../batch/chunk.ts'
import type { Fetched, Space, Topic } from '../bus.ts'
import { type Listen, type Listener, openCursor } from '../cursor.ts'
import type { Committer } from './committer.ts'
import { openPartition, type PartitionLog } from './partition.ts'
import { listSegments } from './segment.ts'

/** What all topics of a bus share. */
export type LogContext = {
  readonly disk: Disk
  /** The data folder. */
  readonly folder: string
  readonly committer: Committer
  readonly pool: ChunkPool
  /** A segment that would grow beyond this many bytes is followed by a new one. */
  readonly segmentBytes: number
  warn(message: string): void
}

export type OpenLog = { readonly topic: Topic; readonly space: Space; close(): Promise<void> }

/** Does something with every partition at once, as each waits for the device. Ends when all have ended. */
async function sideBySide(count: number, one: (partition: number) => Promise<void>): Promise<void> {
  const ended = await Promise.allSettled(Array.from({ length: count }, (_, partition) => one(partition)))
  for (const result of ended) if (result.status === 'rejected') throw result.reason
}

const folderOf = (folder: string, topic: string, partition: number): string => `${folder}/topics/${topic}-${partition}`

/**
 * Makes the folders of a new topic. A crash may have left some of an earlier try, which are empty; for one with records it
 * rejects with a Failure ('corrupt').
 */
export async function makeFolders({ disk, folder }: LogContext, name: string, partitions: number): Promise<void> {
  await sideBySide(partitions, async (partition) => {
    const path = folderOf(folder, name, partition)
    await disk.mkdir(path)
    const full = listSegments(disk, path).find(({ log }) => (sizeOf(disk, log) ?? 0) > 0)
    if (full === undefined) return
    throw new Failure('corrupt', `${full.log} has records, but topics.json in ${folder} does not have topic ${name}`, {
      hint: 'Put back a copy of topics.json, or move the data folder away to start anew.',
    })
  })
  await disk.syncFolder(`${folder}/topics`)
}

type Opening = { readonly partitions: number; readonly isNew: boolean }

/** Opens a topic whose folders exist. Rejects with a Failure for damage, or a partition that has lost its segments. */
export async function openTopic(context: LogContext, name: string, { partitions, isNew }: Opening): Promise<OpenLog> {
  const listeners = new Set<Listener>()
  let segmentBytes = context.segmentBytes
  const logs: PartitionLog[] = []
  const close = async () => {
    for (const one of Object.values(logs)) await one.files.close()
  }
  try {
    await sideBySide(partitions, async (partition) => {
      const published = (fetched: Fetched) => {
        for (const listener of listeners) listener.heard(partition, fetched)
      }
      const options = { ...context, isNew, published, segmentBytes: () => segmentBytes }
      logs[partition] = await openPartition(folderOf(context.folder, name, partition), options)
    })
  } catch (error) {
    await close()
    throw error
  }
  const log = (partition: number): PartitionLog => {
    const found = logs[partition]
    assert(found !== undefined, `topic ${name} has a partition ${partition}`)
    return found
  }
  const reader = {
    name,
    partitions,
    bounds: (partition: number) => log(partition).files.bounds(),
    refresh: async () => {},
    read: async (partition: number, offset: number, maxBytes: number) => log(partition).files.read(offset, maxBytes),
  }
  return {
    topic: {
      ...reader,
      id: undefined,
      // Recovery cuts off an append that has no end.
      maxAppendBytes: Number.POSITIVE_INFINITY,
      cursor(offsets, gone) {
        const listen: Listen = (listener) => {
          listeners.add(listener)
          return { stop: () => listeners.delete(listener) }
        }
        return openCursor(reader, offsets, listen, gone)
      },
      bytes: async (partition) => log(partition).files.bytes(),
      append: (partition, append) => log(partition).append(append),
      position: async (writer) => logs.map((one) => one.position(writer)),
    },
    space: {
      stretches: (partition) => log(partition).files.stretches(),
      trim: (partition, offset) => log(partition).trim(offset),
      roll: (partition) => log(partition).roll(),
      closeAt(bytes) {
        segmentBytes = Math.min(bytes, context.segmentBytes)
      },
    },
    close,
  }
}
