/**
 * Committed offsets of consumer groups: `DATA/groups/GROUP.json`, `{topic: {partition: offset}}`, replaced in one step.
 * Commits that come while the file is written go down together with the next. What is committed is what a write that
 * succeeded has put there: an offset that could not be written is not told, and goes down with the next that can.
 */
import type { Disk } from '../../base/disk.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import type { Bus, Offsets } from '../bus.ts'
import { checkName } from '../topic-name.ts'

/** By topic. A map, because a topic may be called like a member that every object has. */
type GroupOffsets = ReadonlyMap<string, Offsets>

export type Groups = Pick<Bus, 'commit' | 'committed'> & {
  /** Resolves when no commit is under way. */
  settled(): Promise<void>
}

type Group = {
  /** What the next write puts down. */
  readonly wanted: Map<string, Offsets>
  durable: GroupOffsets
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
      group.wanted.set(topic, { ...group.wanted.get(topic), ...offsets })
      group.next ??= later(name, group)
      await group.next
    },
    async committed(name, topic) {
      return open(name).durable.get(topic) ?? {}
    },
    async settled() {
      await Promise.allSettled([...groups.values()].flatMap(({ writing, next }) => [writing, next]))
    },
  }
}

const encode = (offsets: GroupOffsets): unknown => Object.fromEntries(offsets)

/** The content of a group's file. */
export const decodeGroup = (content: unknown): GroupOffsets =>
  new Map(Object.entries((content ?? {}) as { readonly [topic: string]: Offsets }))

/** What every group in the folder has committed durably. */
export function readGroups(disk: Disk, folder: string): ReadonlyMap<string, GroupOffsets> {
  const names = disk.list(folder).flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []))
  return new Map(names.map((name) => [name, decodeGroup(readChecked(disk, `${folder}/${name}.json`))]))
}
