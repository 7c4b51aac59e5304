/** The topics of the embedded bus and their numbers of partitions: `DATA/topics.json`. */
import type { Disk } from '../../base/disk/disk.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import { saveTogether } from '../../data/save-together.ts'

export type TopicList = {
  readonly partitions: ReadonlyMap<string, number>
  /** Resolves once the topic is in the file; its folders are durable by then. Rejects with a Failure where it cannot be written. */
  add(name: string, count: number): Promise<void>
}

/** The topics in the file; none where there is no file. Throws a Failure ('corrupt') where it is damaged. */
export const readTopicList = (disk: Disk, folder: string): ReadonlyMap<string, number> =>
  new Map(Object.entries((readChecked(disk, pathOf(folder)) ?? {}) as { readonly [topic: string]: number }))

/** The list of a data folder that this process owns. Throws a Failure ('corrupt') where the file is damaged. */
export function openTopicList(disk: Disk, folder: string): TopicList {
  const partitions = new Map(readTopicList(disk, folder))
  let wanted = new Map<string, number>()
  const { save } = saveTogether(async () => {
    const added = wanted
    wanted = new Map()
    for (const [name, count] of added) partitions.set(name, count)
    try {
      await writeChecked(disk, pathOf(folder), Object.fromEntries(partitions))
    } catch (error) {
      // The next try must write it again: records of a topic that is not in the file would be refused at a restart.
      for (const name of added.keys()) partitions.delete(name)
      throw error
    }
  })
  return {
    partitions,
    add(name, count) {
      wanted.set(name, count)
      return save()
    },
  }
}

const pathOf = (folder: string): string => `${folder}/topics.json`
