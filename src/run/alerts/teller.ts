/** What a notifier is opened with, besides what every sink is: where it goes on, and what fires of its alert. */
import { joinTopic, toldUpTo } from '../../alert/journal.ts'
import type { Clock } from '../../base/clock.ts'
import type { Disk } from '../../base/disk/disk.ts'
import type { Offsets, Topic } from '../../bus/bus.ts'
import { offsetsOf } from '../../bus/fetched.ts'
import type { Runner } from '../../runner/runner.ts'
import type { Lasting } from '../../sink/sink.ts'

type TellerPlace = { readonly disk: Disk; readonly clock: Clock; readonly scratch: string }

/**
 * Where a notifier goes on in the topic of its alert, `kept` being the place in the checkpoint. A new one begins at the end.
 * Rejects with the Failure of the bus or the disk.
 */
export async function placeOfTeller(
  topic: Topic,
  kept: Offsets | undefined,
  { disk, scratch, clock }: TellerPlace,
): Promise<Offsets> {
  await topic.refresh()
  const ends = offsetsOf(topic.partitions, (partition) => topic.bounds(partition).end)
  if (kept === undefined) await joinTopic(disk, scratch, ends, clock.now())
  return furthest(topic, kept ?? {}, toldUpTo(disk, scratch))
}

/** Of two places in a topic, the one that is further in each partition; one beyond its end is of another topic. */
function furthest(topic: Topic, kept: Offsets, told: Offsets): Offsets {
  return offsetsOf(topic.partitions, (partition) => {
    const { start, end } = topic.bounds(partition)
    const [own = start, other = start] = [kept[partition], told[partition]]
    return other > end ? own : Math.max(own, other)
  })
}

/** What fires of an alert; undefined where no query makes it, or it has seen no time. */
export function lastingOf(queries: Runner | undefined, alert: string): Lasting | undefined {
  const graph = queries?.queries.find(({ name }) => name === alert)?.graph
  const reached = graph?.reached()
  if (graph === undefined || reached === undefined) return undefined
  return { reached, ids: () => new Set(graph.standing(Infinity).map(({ id }) => id)) }
}
