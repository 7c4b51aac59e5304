/**
 * The bus that needs nothing installed: topics as files of Kafka record batches in one folder, owned by this process.
 * docs/log.md has the files byte by byte, and what is promised of them.
 */

import { assert } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { type Disk, type DiskLock, sizeOf } from '../../base/disk.ts'
import { Failure } from '../../base/failure.ts'
import { type FullDisk, openFullDisk } from '../../base/full-disk.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import { ownDataFolder } from '../../data/data-folder.ts'
import { type ChunkPool, makeChunkPool } from '../batch/chunk.ts'
import { type Bus, type Fetched, MAX_PARTITIONS, type Topic, type TopicOptions } from '../bus.ts'
import { checkName } from '../topic-name.ts'
import { Committer } from './committer.ts'
import { openGroups } from './groups.ts'
import { openPartition } from './open-partition.ts'
import type { PartitionLog } from './partition.ts'
import { listSegments } from './segment.ts'

export type EmbeddedOptions = {
  readonly disk: Disk
  readonly clock: Clock
  /** A segment that would grow beyond it is followed by a new one. */
  readonly segmentBytes?: number
  /** Told what a crash left: a tail that was not written to its end, and was cut off. */
  readonly warn?: (message: string) => void
  /** Waits where the disk is full; if not said, until the bus is closed. */
  readonly fullDisk?: FullDisk
}

/** Large enough to have few files, small enough for retention to give space back in steps. */
const SEGMENT_BYTES = 128 * 1024 * 1024

type OpenTopic = Topic & { close(): Promise<void> }

type Shared = Required<Omit<EmbeddedOptions, 'fullDisk'>> & {
  readonly folder: string
  readonly committer: Committer
  readonly pool: ChunkPool
}

export async function openEmbedded(folder: string, options: EmbeddedOptions): Promise<Bus> {
  const { disk, clock, warn = () => {}, segmentBytes = SEGMENT_BYTES } = options
  const lock = await ownDataFolder(disk, folder, clock)
  const never = new AbortController().signal
  const fullDisk = options.fullDisk ?? openFullDisk({ folder, clock, giveUp: never, tell: warn })
  try {
    return openTopics(lock, {
      disk,
      clock,
      warn,
      segmentBytes,
      folder,
      committer: new Committer(fullDisk),
      pool: makeChunkPool(),
    })
  } catch (error) {
    lock.release()
    throw error
  }
}

function openTopics(lock: DiskLock, shared: Shared): Bus {
  const { disk, folder, committer } = shared
  const list = openTopicList(disk, folder)
  const groups = openGroups(disk, `${folder}/groups`)
  const opening = new Map<string, Promise<OpenTopic>>()

  const open = async (name: string, partitions: number, { stretchBytes }: TopicOptions): Promise<OpenTopic> => {
    const isNew = !list.partitions.has(name)
    if (isNew) await makeFolders(shared, name, partitions)
    const sized = { ...shared, segmentBytes: Math.min(stretchBytes ?? shared.segmentBytes, shared.segmentBytes) }
    const topic = await openTopic(sized, name, { partitions: list.partitions.get(name) ?? partitions, isNew })
    if (isNew) await list.add(name, partitions)
    return topic
  }

  return {
    async topic(name, partitions, options = {}) {
      checkName('topic', name)
      checkPartitions(name, partitions)
      const opened = opening.get(name) ?? open(name, partitions, options)
      opening.set(name, opened)
      opened.catch(() => opening.delete(name))
      const topic = await opened
      if (topic.partitions === partitions) return topic
      throw new Failure(
        'pipeline',
        `topic ${name} has ${topic.partitions} partitions in ${folder}, not ${partitions}`,
        {
          hint: `Write 'partitions: ${topic.partitions}', or take another name: records do not move between partitions.`,
        },
      )
    },
    async topics() {
      return [...list.partitions].map(([name, partitions]) => ({ name, partitions })).sort(byName)
    },
    commit: groups.commit,
    committed: groups.committed,
    async [Symbol.asyncDispose]() {
      try {
        const topics = await Promise.allSettled(opening.values())
        await committer.close()
        await groups.settled()
        for (const topic of topics) if (topic.status === 'fulfilled') await topic.value.close()
      } finally {
        lock.release()
      }
    },
  }
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1)

function checkPartitions(name: string, partitions: number): void {
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= MAX_PARTITIONS) return
  throw new Failure('limit', `topic ${name} cannot have ${partitions} partitions: 1 to ${MAX_PARTITIONS} can be`)
}

/** `topics.json`: what topics there are. A topic is in it once all its folders are durable. */
function openTopicList(disk: Disk, folder: string) {
  const path = `${folder}/topics.json`
  const content = (readChecked(disk, path) ?? {}) as { [topic: string]: number }
  const partitions = new Map(Object.entries(content))
  let wanted = new Map<string, number>()
  let saving: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  const save = async (): Promise<void> => {
    const added = wanted
    wanted = new Map()
    next = undefined
    for (const [name, count] of added) partitions.set(name, count)
    try {
      await writeChecked(disk, path, Object.fromEntries(partitions))
    } catch (error) {
      // Another try must write it again: records of a topic that is not in the file would be refused at a restart.
      for (const name of added.keys()) partitions.delete(name)
      throw error
    }
  }
  return {
    partitions: partitions as ReadonlyMap<string, number>,
    /** Topics that come while the file is written go down together with the next. */
    add(name: string, count: number): Promise<void> {
      wanted.set(name, count)
      if (next === undefined) {
        next = saving.catch(() => {}).then(save)
        saving = next
      }
      return next
    },
  }
}

/** Does something with each partition: each waits for the device. Nothing goes on once this has failed. */
async function sideBySide<Result>(count: number, one: (partition: number) => Promise<Result>): Promise<Result[]> {
  const ended = await Promise.allSettled(Array.from({ length: count }, (_, partition) => one(partition)))
  return ended.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

const folderOf = (folder: string, topic: string, partition: number): string => `${folder}/topics/${topic}-${partition}`

/** Makes the folders of a new topic. What a crash left of an earlier try is empty. */
async function makeFolders({ disk, folder }: Shared, name: string, partitions: number): Promise<void> {
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

async function openTopic(
  shared: Shared,
  name: string,
  { partitions, isNew }: { readonly partitions: number; readonly isNew: boolean },
): Promise<OpenTopic> {
  const listeners = new Set<(partition: number, fetched: Fetched) => void>()
  const logs = await sideBySide(partitions, (partition) => {
    const published = (fetched: Fetched) => {
      for (const listener of listeners) listener(partition, fetched)
    }
    return openPartition(folderOf(shared.folder, name, partition), { ...shared, isNew, published })
  })
  const log = (partition: number): PartitionLog => {
    const found = logs[partition]
    assert(found !== undefined, `topic ${name} has a partition ${partition}`)
    return found
  }
  return {
    name,
    partitions,
    append: (partition, append) => log(partition).append(append),
    read: async (partition, offset, maxBytes) => log(partition).read(offset, maxBytes),
    bounds: (partition) => log(partition).bounds(),
    stretches: (partition) => log(partition).stretches(),
    trim: (partition, offset) => log(partition).trim(offset),
    roll: (partition) => log(partition).roll(),
    lastMark: async (partition) => log(partition).lastMark(),
    onAppend(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      for (const opened of logs) await opened.close()
    },
  }
}
