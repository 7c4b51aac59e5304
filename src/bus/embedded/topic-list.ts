/** The topics of the embedded bus and their numbers of partitions: `DATA/topics.json`. */
import type { Disk } from '../../base/disk.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'

export type TopicList = {
  readonly partitions: ReadonlyMap<string, number>
  /** Resolves once the topic is in the file. Topics that are added while it is written go down together with the next write. */
  add(name: string, count: number): Promise<void>
}

/** What the file says; nothing where there is none. Throws a Failure ('corrupt') where it is damaged. */
export const readTopicList = (disk: Disk, folder: string): ReadonlyMap<string, number> =>
  new Map(Object.entries((readChecked(disk, pathOf(folder)) ?? {}) as { readonly [topic: string]: number }))

/** A topic is added once all its folders are durable. */
export function openTopicList(disk: Disk, folder: string): TopicList {
  const partitions = new Map(readTopicList(disk, folder))
  let wanted = new Map<string, number>()
  let saving: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  const save = async (): Promise<void> => {
    const added = wanted
    wanted = new Map()
    next = undefined
    for (const [name, count] of added) partitions.set(name, count)
    try {
      await writeChecked(disk, pathOf(folder), Object.fromEntries(partitions))
    } catch (error) {
      // Another try must write it again: records of a topic that is not in the file would be refused at a restart.
      for (const name of added.keys()) partitions.delete(name)
      throw error
    }
  }
  return {
    partitions,
    add(name, count) {
      wanted.set(name, count)
      if (next === undefined) {
        next = saving.catch(() => {}).then(save)
        saving = next
      }
      return next
    },
  }
}

const pathOf = (folder: string): string => `${folder}/topics.json`
