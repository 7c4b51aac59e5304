/**
 * A page of records: of one partition in the order of offsets, or of several in the order of time, as far as each partition is in that
 * order itself. A page ends when it has enough records, or enough bytes of them, at the end of the partitions, or when its budget is
 * spent; it says where the next one begins.
 */
import type { Offset } from '../../base/quantity.ts'
import type { Offsets, TopicReader } from '../../bus/bus.ts'
import type { Budget } from './budget.ts'
import type { SingleRecord } from './single.ts'
import { openWalk, type RecordOrder, type Walk, type WantedRecord } from './walk.ts'

export type PageWish = {
  readonly order: RecordOrder
  /** The partitions, and where each begins: see `WalkOptions.from`. */
  readonly places: Offsets
  /** `newest`: by partition, the offset before which nothing is looked at; a partition without one goes to its start. */
  readonly until?: Offsets
  readonly limit: number
  readonly wanted: WantedRecord
  readonly budget: Budget
}

export type RecordPage = {
  readonly records: readonly SingleRecord[]
  /** Where the next page begins; undefined where there is nothing more. */
  readonly next: Offsets | undefined
  /** Records that were looked at. */
  readonly looked: number
  /** Records that were found and are on the next page. */
  readonly unshown: number
}

/** Bytes of the records of a page, the last of which may go beyond. */
const PAGE_BYTES = 4 << 20

/** The records that are wanted. The bounds of the topic are fresh. Rejects with the Failure of a read. */
export async function readPage(topic: TopicReader, wish: PageWish): Promise<RecordPage> {
  const { order, places, until, limit, wanted, budget } = wish
  const walks = Object.entries(places).map(([partition, from]) =>
    openWalk(topic, Number(partition), { order, from, until: until?.[Number(partition)], wanted, budget }),
  )
  const records: SingleRecord[] = []
  let bytes = 0
  while (records.length < limit && bytes < PAGE_BYTES) {
    const next = await nextOf(walks, order)
    if (next === undefined) break
    records.push(next)
    bytes += (next.key?.length ?? 0) + (next.value?.length ?? 0)
  }
  const isEnd = walks.every((walk) => walk.isAtEnd())
  const unshown = walks.reduce((sum, walk) => sum + walk.found(), 0)
  return { records, next: isEnd ? undefined : placesOfWalks(walks), looked: budget.looked(), unshown }
}

/** Takes the next record of all walks. Once the budget is spent, those that were found are still given. */
async function nextOf(walks: readonly Walk[], order: RecordOrder): Promise<SingleRecord | undefined> {
  let best: { readonly walk: Walk; readonly record: SingleRecord } | undefined
  for (const walk of walks) {
    const record = await walk.head()
    if (record === undefined) continue
    const ahead = best === undefined ? 1 : aheadOf(record, best.record, order)
    // Of those that came together, partitions give in turn.
    if (best === undefined || ahead > 0 || (ahead === 0 && walk.taken() < best.walk.taken())) best = { walk, record }
  }
  best?.walk.take()
  return best?.record
}

/** More than 0 where a record comes before another in the order of time. */
const aheadOf = (one: SingleRecord, other: SingleRecord, order: RecordOrder): number =>
  order === 'oldest' ? other.timestamp - one.timestamp : one.timestamp - other.timestamp

const placesOfWalks = (walks: readonly Walk[]): Offsets =>
  Object.fromEntries(walks.map((walk): [number, Offset] => [walk.partition, walk.place()]))
