/**
 * Walks over the records of one partition, from the older to the newer or the other way, a bounded piece at a time, and gives
 * those that are wanted. Nothing is held between two pieces but the records that were found.
 */
import { setImmediate } from 'node:timers/promises'
import type { Offset } from '../../base/quantity.ts'
import type { Fetched, TopicReader } from '../../bus/bus.ts'
import { readOffsets } from '../../bus/fetched.ts'
import type { Budget } from './budget.ts'
import { type SingleRecord, singleRecord } from './single.ts'

/** `newest`: the newest record first. */
export type RecordOrder = 'oldest' | 'newest'

/** Whether the record at an index is wanted. */
export type WantedRecord = (fetched: Fetched, index: number) => boolean

/** A walk over one partition. */
export type Walk = {
  readonly partition: number
  /** The next record that is wanted, which stays the next until it is taken; undefined at the end, or where the budget is spent. */
  head(): Promise<SingleRecord | undefined>
  take(): void
  /** Records that were taken. */
  taken(): number
  /** Where another walk goes on: behind what was taken, or looked at in vain. */
  place(): Offset
  /** Whether there is nothing more. */
  isAtEnd(): boolean
  /** Records that were found and not taken. */
  found(): number
}

export type WalkOptions = {
  readonly order: RecordOrder
  /** `oldest`: the first offset that is looked at; `newest`: the offset behind it. */
  readonly from: Offset
  /** `newest`: nothing before it is looked at. */
  readonly until?: Offset | undefined
  readonly wanted: WantedRecord
  readonly budget: Budget
}

/** What a piece is to have, about. */
const PIECE_BYTES = 256 << 10
const FIRST_RECORDS = 16
const MOST_RECORDS = 4096

/** A walk that has looked at nothing yet; the bounds of the topic are fresh. */
export function openWalk(
  topic: TopicReader,
  partition: number,
  { order, from, until = 0, wanted, budget }: WalkOptions,
): Walk {
  const bounds = topic.bounds(partition)
  const isNewest = order === 'newest'
  /** Everything before it (`newest`: at and behind it) was looked at. */
  let place = Math.min(Math.max(from, bounds.start), bounds.end)
  let found: SingleRecord[] = []
  let step = FIRST_RECORDS
  let taken = 0
  const isOver = () => (isNewest ? place <= Math.max(until, topic.bounds(partition).start) : place >= bounds.end)
  const look = async () => {
    const to = isNewest ? place : Math.min(bounds.end, place + step)
    const piece = await readPiece(
      topic,
      partition,
      isNewest ? Math.max(bounds.start, until, place - step) : place,
      to,
      wanted,
    )
    budget.spend(piece.records, piece.bytes)
    found = isNewest ? piece.found.reverse() : piece.found
    place = isNewest ? piece.from : piece.to
    step = nextStep(step, piece)
    // Other work of the process is done between two pieces.
    await setImmediate()
  }
  return {
    partition,
    async head() {
      while (found.length === 0 && !isOver() && !budget.isSpent()) await look()
      return found[0]
    },
    take() {
      found.shift()
      taken++
    },
    taken: () => taken,
    place() {
      const [next] = found
      if (next === undefined) return place
      return isNewest ? next.offset + 1 : next.offset
    },
    isAtEnd: () => found.length === 0 && isOver(),
    found: () => found.length,
  }
}

type Piece = {
  readonly from: Offset
  readonly to: Offset
  readonly records: number
  readonly bytes: number
  readonly found: SingleRecord[]
}

/** Looks at the records [from, to). */
async function readPiece(
  topic: TopicReader,
  partition: number,
  ...[from, to, wanted]: [Offset, Offset, WantedRecord]
): Promise<Piece> {
  let records = 0
  let bytes = 0
  const found: SingleRecord[] = []
  for await (const fetched of readOffsets(topic, partition, { from, to, maxBytes: PIECE_BYTES })) {
    const { values } = fetched
    records += values.count
    for (let index = 0; index < values.count; index++) {
      bytes += (values.end[index] as number) - (values.start[index] as number)
      if (wanted(fetched, index)) found.push(singleRecord(fetched, partition, index))
    }
    values.lease?.release()
  }
  return { from, to, records, bytes, found }
}

/** Longer steps over gaps and short records, shorter ones over long records. */
function nextStep(step: number, { records, bytes }: Piece): number {
  if (records === 0) return step * 8
  const fitting = Math.floor((PIECE_BYTES * step) / Math.max(1, bytes))
  return Math.max(1, Math.min(2 * Math.min(step, MOST_RECORDS), MOST_RECORDS, fitting))
}
