/**
 * The bus that needs nothing installed: topics as files of Kafka record batches in the data folder, which this process
 * alone owns. docs/log.md has the files byte by byte, and their guarantees.
 */
import type { Clock } from '../../base/clock.ts'
import { type FullDisk, openFullDisk } from '../../base/disk/full-disk.ts'
import { Failure } from '../../base/failure.ts'
import type { DataFolder } from '../../data/data-folder.ts'
import { lookAlone } from '../alone.ts'
import { makeChunkPool } from '../batch/chunk.ts'
import type { Bus, Space, Topic } from '../bus.ts'
import { checkPartitions } from '../topic-name.ts'
import { Committer } from './committer.ts'
import { groupNamesIn, openGroups, readGroups } from './groups.ts'
import { type LogContext, makeFolders, type OpenLog, openTopic } from './topic.ts'
import { openTopicList, type TopicList } from './topic-list.ts'

export type EmbeddedOptions = {
  readonly clock: Clock
  /** A segment that would grow beyond this many bytes is followed by a new one. */
  readonly segmentBytes?: number | undefined
  /** Called with a message where a torn append was cut off, and where the disk is full. */
  readonly warn?: ((message: string) => void) | undefined
  /** How to wait for room on a full disk; by default, until the bus is closed. */
  readonly fullDisk?: FullDisk | undefined
}

/** Large enough for few files, small enough for retention to free space in steps. */
const SEGMENT_BYTES = 128 * 1024 * 1024

/** Opens the bus in a folder that this process owns for as long as the bus is open. Rejects with a Failure for damage. */
export async function openEmbedded({ disk, path: folder }: DataFolder, options: EmbeddedOptions): Promise<Bus> {
  const { clock, warn = () => {}, segmentBytes = SEGMENT_BYTES } = options
  const never = new AbortController().signal
  const fullDisk = options.fullDisk ?? openFullDisk({ folder, clock, giveUp: never, tell: warn })
  await disk.mkdir(`${folder}/topics`)
  await disk.mkdir(`${folder}/groups`)
  await disk.syncFolder(folder)
  const committer = new Committer(fullDisk)
  const context = { disk, warn, segmentBytes, folder, committer, pool: makeChunkPool() }
  const list = openTopicList(disk, folder)
  const groups = openGroups(disk, `${folder}/groups`)
  const topics = openOnce(context, list)

  const reader: Pick<Bus, 'topics' | 'reader' | 'groupNames' | 'groups'> = {
    async topics() {
      return namedTopics(list.partitions)
    },
    async reader(name) {
      const partitions = list.partitions.get(name)
      if (partitions === undefined) throw noTopic(name, folder)
      return topics.open(name, partitions)
    },
    groupNames: async () => groupNamesIn(disk, `${folder}/groups`),
    groups: async (names) => readGroups(disk, `${folder}/groups`, names),
  }

  return {
    ...reader,
    cluster: undefined,
    look: () => lookAlone('embedded', reader),
    async topic(name, partitions) {
      checkPartitions(name, partitions)
      const topic = await topics.open(name, partitions)
      if (topic.partitions === partitions) return topic
      throw new Failure(
        'pipeline',
        `topic ${name} has ${topic.partitions} partitions in ${folder}, not ${partitions}`,
        {
          hint: `Write 'partitions: ${topic.partitions}', or take another name: records do not move between partitions.`,
        },
      )
    },
    commit: groups.commit,
    committed: groups.committed,
    space: topics.space,
    trouble: () => [fullDisk.trouble() ?? []].flat(),
    async [Symbol.asyncDispose]() {
      await topics.settled()
      await committer.close()
      await groups.settled()
      await topics.close()
    },
  }
}

/** Opens each topic of the list once, and adds new ones to it. */
function openOnce(context: LogContext, list: TopicList) {
  const opening = new Map<string, Promise<OpenLog>>()
  const opened = new Map<string, OpenLog>()
  const openOne = async (name: string, partitions: number): Promise<OpenLog> => {
    const isNew = !list.partitions.has(name)
    if (isNew) await makeFolders(context, name, partitions)
    const log = await openTopic(context, name, { partitions: list.partitions.get(name) ?? partitions, isNew })
    try {
      if (isNew) await list.add(name, partitions)
    } catch (error) {
      await log.close()
      throw error
    }
    opened.set(name, log)
    return log
  }
  return {
    async open(name: string, partitions: number): Promise<Topic> {
      let log = opening.get(name)
      if (log === undefined) {
        log = openOne(name, partitions)
        opening.set(name, log)
        log.catch(() => opening.delete(name))
      }
      return (await log).topic
    },
    space: (name: string): Space | undefined => opened.get(name)?.space,
    /** Resolves when no topic is being opened. */
    settled: () => Promise.allSettled(opening.values()),
    async close() {
      for (const log of opened.values()) await log.close()
    },
  }
}

/** Topics with their numbers of partitions, by name. */
export const namedTopics = (partitions: ReadonlyMap<string, number>): { name: string; partitions: number }[] =>
  [...partitions].map(([name, count]) => ({ name, partitions: count })).sort((a, b) => (a.name < b.name ? -1 : 1))

/** The Failure for a topic that the folder does not have. */
export const noTopic = (name: string, folder: string): Failure =>
  new Failure('not-found', `there is no topic ${name} in ${folder}`)
