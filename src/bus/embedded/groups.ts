/**
 * Committed offsets of consumer groups: `DATA/groups/GROUP.json`, `{topic: {partition: offset}}`, replaced in one step.
 * Commits that come while the file is written go down together with the next. What is committed is what a write that
 * succeeded has put there: an offset that could not be written is not told, and goes down with the next that can.
 */
import type { Disk } from '../../base/disk.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import { checkName } from '../topic-name.ts'

/** By topic, by partition. Maps, because a topic may be called like a member that every object has. */
type Offsets = Map<string, Map<number, number>>

export type Groups = {
  commit(group: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void>
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>
  /** Resolves when no commit is under way. */
  settled(): Promise<void>
}

type Group = {
  /** What the next write puts down. */
  readonly wanted: Offsets
  durable: Offsets
  /** The write under way, and the one that will begin after it. */
  writing: Promise<void> | undefined
  next: Promise<void> | undefined
}

/** `folder` exists. */
export function openGroups(disk: Disk, folder: string): Groups {
  const groups = new Map<string, Group>()
  const open = (name: string): Group => {
    checkName('group', name)
    let group = groups.get(name)
    if (group === undefined) {
      const durable = decodeGroup(readChecked(disk, `${folder}/${name}.json`))
      group = { wanted: new Map(durable), durable, writing: undefined, next: undefined }
      groups.set(name, group)
    }
    return group
  }
  const write = (name: string, group: Group): Promise<void> => {
    group.next = undefined
    // Their maps are replaced at a commit, never changed.
    const written = new Map(group.wanted)
    group.writing = writeChecked(disk, `${folder}/${name}.json`, encode(written))
      .then(() => {
        group.durable = written
      })
      .finally(() => {
        group.writing = undefined
      })
    return group.writing
  }
  const later = (name: string, group: Group): Promise<void> =>
    (group.writing ?? Promise.resolve()).catch(() => {}).then(() => write(name, group))

  return {
    async commit(name, topic, offsets) {
      const group = open(name)
      group.wanted.set(topic, new Map([...(group.wanted.get(topic) ?? []), ...offsets]))
      group.next ??= later(name, group)
      await group.next
    },
    async committed(name, topic) {
      return new Map(open(name).durable.get(topic))
    },
    async settled() {
      await Promise.allSettled([...groups.values()].flatMap(({ writing, next }) => [writing, next]))
    },
  }
}

const encode = (offsets: Offsets): unknown =>
  Object.fromEntries([...offsets].map(([topic, partitions]) => [topic, Object.fromEntries(partitions)]))

/** The content of a group's file. */
export function decodeGroup(content: unknown): Offsets {
  const topics = Object.entries((content ?? {}) as { [topic: string]: { [partition: string]: number } })
  return new Map(
    topics.map(([topic, partitions]) => [
      topic,
      new Map(Object.entries(partitions).map(([partition, offset]) => [Number(partition), offset])),
    ]),
  )
}
