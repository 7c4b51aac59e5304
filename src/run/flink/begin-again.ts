/**
 * Where an engine begins that takes a query over from another one. State is not carried between engines: the next one reads again all
 * records of the windows that are open, and what is out of that by then is known by its time (`runner/repeats.ts`).
 */
import type { Duration, EventTime } from '../../base/quantity.ts'
import type { Offsets } from '../../bus/bus.ts'
import { firstSince, offsetsOf } from '../../bus/fetched.ts'
import type { OpenTopic } from '../../runner/open-topics.ts'
import { inputsOf } from '../../sql/plan/inputs.ts'
import type { Plan } from '../../sql/plan/plan.ts'

/** Wall clocks of two zones differ by less. */
const ZONES_MS: Duration = 24 * 3_600_000
const READ_BYTES = 1 << 20

/**
 * How long before the last row that is out a record may lie that an open window has; undefined: there is no such time. The times are
 * event time.
 */
export function reachBack(plan: Plan): Duration | undefined {
  switch (plan.kind) {
    case 'scan':
    case 'values':
      return 0
    case 'window':
      return together(plan, plan.window.size)
    case 'filter':
    case 'project':
    case 'unnest':
    case 'expand':
    case 'lookup':
    case 'aggregate':
    case 'union':
      return together(plan, 0)
    case 'rank':
      return plan.windowed ? together(plan, 0) : undefined
    case 'join':
      return plan.time?.kind === 'window' ? together(plan, 0) : undefined
    default:
      return undefined
  }
}

function together(plan: Plan, own: Duration): Duration | undefined {
  const below = inputsOf(plan).map(reachBack)
  return below.includes(undefined) ? undefined : own + Math.max(0, ...below.map((one) => one ?? 0))
}

/** The places at which all records of open windows are still to come; undefined: some of them may be deleted. */
export async function beginAgain(
  { topic, checked }: Pick<OpenTopic, 'topic' | 'checked'>,
  outUpTo: EventTime,
  back: Duration | undefined,
): Promise<Offsets | undefined> {
  const partitions = Array.from({ length: topic.partitions }, (_, partition) => partition)
  const isWhole = partitions.every((partition) => topic.bounds(partition).start === 0)
  // A record may be ahead of its arrival by as much.
  const ahead = checked.maxAhead?.ms
  if (back === undefined || ahead === undefined || !Number.isFinite(outUpTo)) return isWhole ? {} : undefined
  const since = outUpTo - back - ahead - ZONES_MS
  const starts = await Promise.all(partitions.map((partition) => firstSince(topic, partition, since)))
  const isKept = partitions.every((partition) => {
    const { start } = topic.bounds(partition)
    return start === 0 || (starts[partition] ?? 0) > start
  })
  return isKept ? offsetsOf(topic.partitions, (partition) => starts[partition] ?? 0) : undefined
}

/** The greatest time among the last rows of a topic, whose rows come in order of it; -Infinity where it has none. */
export async function lastTimeOf(
  { topic, checked }: Pick<OpenTopic, 'topic' | 'checked'>,
  column: number,
): Promise<EventTime> {
  const decode = checked.format.decoder([column])
  let last = Number.NEGATIVE_INFINITY
  for (let partition = 0; partition < topic.partitions; partition++) {
    const { end } = topic.bounds(partition)
    let offset = Math.max(topic.bounds(partition).start, end - 1)
    while (offset < end) {
      const read = await topic.read(partition, offset, READ_BYTES)
      if (read === undefined) break
      const { count, columns } = decode(read, partition, { add: () => undefined })
      const [times] = columns
      for (let row = 0; row < count; row++) {
        if (times?.kind === 'double' && times.nulls?.[row] !== 1) last = Math.max(last, times.values[row] as number)
      }
      offset = read.next
      read.values.lease?.release()
    }
  }
  return last
}
