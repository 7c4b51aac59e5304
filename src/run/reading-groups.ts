/**
 * Who reads a topic: the queries and sinks that the pipeline declares. What one of them needs begins where the last
 * durable checkpoint says that it would go on after a crash. Who was taken out of the pipeline holds nothing back.
 */
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { Checkpointer } from './checkpoint-file.ts'

export type ReadingGroups = {
  /** The first offset of a partition that somebody needs, and who; Infinity: nobody does. */
  needed(partition: number): { readonly offset: number; readonly group: string }
}

export const NOBODY: ReadingGroups = { needed: () => ({ offset: Number.POSITIVE_INFINITY, group: '' }) }

export function groupsOf(
  topic: string,
  { queries, sinks }: Pick<CheckedPipeline, 'queries' | 'sinks'>,
  checkpoints: Pick<Checkpointer, 'last'>,
): ReadingGroups {
  const readers = [
    ...queries
      .filter(({ reads }) => reads.includes(topic))
      .map(({ name }) => ({
        group: `query ${name}`,
        offsets: () => checkpoints.last().queries[name]?.offsets[topic],
      })),
    ...sinks
      .filter(({ from }) => from === topic)
      .map(({ name }) => ({
        group: `sink ${name}`,
        offsets: () => {
          const place = checkpoints.last().sinks[name]
          return place?.from === topic ? place.offsets : undefined
        },
      })),
  ]
  return {
    needed(partition) {
      let needed = { offset: Number.POSITIVE_INFINITY, group: '' }
      for (const { group, offsets } of readers) {
        const offset = offsets()?.[partition] ?? 0
        if (offset < needed.offset) needed = { offset, group }
      }
      return needed
    },
  }
}
