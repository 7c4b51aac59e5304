/**
 * The groups that read a topic: the queries and sinks that the pipeline declares. A group needs the records from the offset
 * at which it would go on after a crash, by the last durable checkpoint. A group that was taken out of the pipeline holds
 * nothing back.
 */
import { entryOf } from '../base/entry.ts'
import type { Offset } from '../base/quantity.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { Checkpointer } from './checkpoint-file.ts'

export type ReadingGroups = {
  /** The first offset of a partition that a group needs, and the group; Infinity: none does. */
  needed(partition: number): { readonly offset: Offset; readonly group: string }
}

export const NO_GROUPS: ReadingGroups = { needed: () => ({ offset: Number.POSITIVE_INFINITY, group: '' }) }

/** The groups that read `topic`, by its name in the pipeline. */
export function readingGroups(
  topic: string,
  { queries, sinks }: Pick<CheckedPipeline, 'queries' | 'sinks'>,
  checkpoints: Pick<Checkpointer, 'last'>,
): ReadingGroups {
  const readers = [
    ...queries
      .filter(({ reads }) => reads.includes(topic))
      .map(({ name }) => ({
        group: `query ${name}`,
        offsets: () => entryOf(entryOf(checkpoints.last().queries, name)?.offsets, topic),
      })),
    ...sinks
      .filter(({ from }) => from === topic)
      .map(({ name }) => ({
        group: `sink ${name}`,
        offsets: () => {
          const place = entryOf(checkpoints.last().sinks, name)
          return place?.from === topic ? place.offsets : undefined
        },
      })),
  ]
  return {
    needed(partition) {
      let needed = NO_GROUPS.needed(partition)
      for (const { group, offsets } of readers) {
        const offset = offsets()?.[partition] ?? 0
        if (offset < needed.offset) needed = { offset, group }
      }
      return needed
    },
  }
}
