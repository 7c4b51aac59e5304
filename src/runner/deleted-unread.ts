/**
 * Records that a shared bus deleted before this pipeline had read them: its retention belongs to others. No gap is silent: it
 * is said, counted, and by `out_of_range: fail` it ends the run.
 */
import { Failure } from '../base/failure.ts'
import type { Offset } from '../base/quantity.ts'
import type { Gone, Topic } from '../bus/bus.ts'
import type { CheckedTopic } from '../pipeline/checked.ts'

export type DeletedUnread = {
  /** The topic, whose cursors go on as the pipeline file says. */
  readonly topic: Topic
  /** Offsets that readers have passed over so far, each once. */
  count(): number
}

/** Watches over the cursors of a topic. */
export function watchDeleted(
  topic: Topic,
  { name, outOfRange }: Pick<CheckedTopic, 'name' | 'outOfRange'>,
  warn: (message: string) => void,
): DeletedUnread {
  let count = 0
  /** By partition, the offset up to which deleted records are counted. */
  const counted = new Map<number, Offset>()
  const gone: Gone = (partition, from, { start, end }) => {
    const what = `topic ${name}, partition ${partition}: offsets ${from} to ${start - 1} were deleted before they were read`
    if (outOfRange === 'fail') {
      throw new Failure('not-found', what, {
        hint: 'Its retention is shorter than the pipeline stood still. To go on behind them: out_of_range: earliest, or latest.',
      })
    }
    const next = outOfRange === 'latest' ? end : start
    // Every reader of the topic comes to the gap: its records are counted once.
    const before = counted.get(partition) ?? 0
    count += Math.max(0, next - Math.max(from, before))
    counted.set(partition, Math.max(next, before))
    warn(`${what}; reading goes on at offset ${next}`)
    return next
  }
  return { topic: { ...topic, cursor: (offsets, _, only) => topic.cursor(offsets, gone, only) }, count: () => count }
}
