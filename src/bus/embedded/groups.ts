/**
 * Committed offsets of consumer groups: `DATA/groups/GROUP.json`, `{topic: {partition: offset}}`, replaced in one step.
 * Commits that come while the file is written are written together. An offset counts as committed once a write that
 * succeeded has it: one that could not be written is not reported, and is written with the next.
 */
import type { Disk } from '../../base/disk/disk.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import { type Saver, saveTogether } from '../../data/save-together.ts'
import type { Bus, Offsets } from '../bus.ts'
import { checkName } from '../topic-name.ts'

/** By topic. A map, because a topic may have the name of a member that every object has. */
type GroupOffsets = ReadonlyMap<string, Offsets>

export type Groups = Pick<Bus, 'commit' | 'committed'> & {
  /** Resolves when no commit is under way. */
  settled(): Promise<void>
}

type Group = {
  /** The next write has these. */
  readonly wanted: Map<string, Offsets>
  durable: GroupOffsets
  readonly saver: Saver
}

/** The groups of a data folder that this process owns; `folder` exists. */
export function openGroups(disk: Disk, folder: string): Groups {
  const groups = new Map<string, Group>()
  const open = (name: string): Group => {
    checkName('group', name)
    const known = groups.get(name)
    if (known !== undefined) return known
    const durable = decodeGroup(readChecked(disk, pathOf(folder, name)))
    const saver = saveTogether(async () => {
      const written = new Map(group.wanted)
      await writeChecked(disk, pathOf(folder, name), Object.fromEntries(written))
      group.durable = written
    })
    const group: Group = { wanted: new Map(durable), durable, saver }
    groups.set(name, group)
    return group
  }
  return {
    async commit(name, topic, offsets) {
      const { wanted, saver } = open(name)
      wanted.set(topic, { ...wanted.get(topic), ...offsets })
      await saver.save()
    },
    async committed(name, topic) {
      return open(name).durable.get(topic) ?? {}
    },
    async settled() {
      await Promise.all([...groups.values()].map(({ saver }) => saver.settled()))
    },
  }
}

const pathOf = (folder: string, group: string): string => `${folder}/${group}.json`

/** The content of a group's file. */
export const decodeGroup = (content: unknown): GroupOffsets =>
  new Map(Object.entries((content ?? {}) as { readonly [topic: string]: Offsets }))

/** The names of the groups in the folder. */
export const groupNamesIn = (disk: Disk, folder: string): readonly string[] =>
  disk.list(folder).flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []))

/** The durable commits of these groups in the folder. Throws a Failure ('corrupt') for a damaged file. */
export function readGroups(disk: Disk, folder: string, names: readonly string[]): ReadonlyMap<string, GroupOffsets> {
  return new Map(names.map((name) => [name, decodeGroup(readChecked(disk, pathOf(folder, name)))]))
}
