/**
 * The records that come into a topic, as they come: for people, who can read only so much. Where more come than are shown, the older
 * ones of them are passed over and counted. Nothing that writes to the topic waits for a tail.
 */
import type { Clock } from '../../base/clock.ts'
import type { Duration, Offset } from '../../base/quantity.ts'
import type { Offsets, TopicReader } from '../../bus/bus.ts'
import { type LookLimits, openBudget } from './budget.ts'
import { readPage } from './page.ts'
import type { SingleRecord } from './single.ts'
import type { WantedRecord } from './walk.ts'

/** The time between two looks. */
export const TAIL_STEP_MS: Duration = 500
/** Of one look. */
const MOST_RECORDS = 100
const TAIL_LIMITS: LookLimits = { records: 5000, bytes: 4 << 20, timeMs: 300 }

export type TailPiece = {
  /** The newest are the last. */
  readonly records: readonly SingleRecord[]
  /** Where the next piece begins. */
  readonly places: Offsets
  /** Records that came and were not looked at, as there were too many. */
  readonly passedOver: number
}

export type TailOptions = {
  /** By partition, the offset of the first record that is wanted: the partitions that are followed. */
  readonly from: Offsets
  readonly wanted: WantedRecord
  readonly clock: Clock
  readonly stop: AbortSignal
}

/** What has come since the places. Rejects with the Failure of a read. */
export async function nextPiece(topic: TopicReader, { from, wanted, clock, stop }: TailOptions): Promise<TailPiece> {
  await topic.refresh()
  const budget = openBudget(TAIL_LIMITS, clock, stop)
  const ends: { [partition: number]: Offset } = {}
  let came = 0
  for (const [partition, place] of Object.entries(from)) {
    const { start, end } = topic.bounds(Number(partition))
    ends[Number(partition)] = end
    came += end - Math.min(end, Math.max(start, place))
  }
  if (came === 0) return { records: [], places: ends, passedOver: 0 }
  // From the newest on, so that what is passed over is the oldest.
  const wish = { order: 'newest', places: ends, until: from, limit: MOST_RECORDS, wanted, budget } as const
  const { records, next, looked, unshown } = await readPage(topic, wish)
  // Offsets may have gaps, so only where something is left do their numbers say how much.
  const passedOver = next === undefined ? 0 : Math.max(0, came - looked) + unshown
  return { records: records.toReversed(), places: ends, passedOver }
}
