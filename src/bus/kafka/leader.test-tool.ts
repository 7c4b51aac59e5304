/**
 * The leader of a partition as far as a producer meets it: it takes each batch of a producer once, by epoch and sequence
 * number, and its answers get lost. A broker that starts again may have forgotten a producer.
 */
import { Failure } from '../../base/failure.ts'
import type { Random } from '../../base/random.ts'
import type { Produced } from '../../client/kafka/produce.ts'
import { foreignBatch } from '../batch/foreign-batch.test-tool.ts'
import { AT_BASE_OFFSET, AT_COUNT, AT_PRODUCER_EPOCH, AT_SEQUENCE, writeInt64 } from '../batch/record-batch.ts'
import type { SearchedLog } from './own-tail.ts'

const DUPLICATES_KNOWN = 5
const OUT_OF_ORDER = 45
const INVALID_EPOCH = 47
/** The attributes of a batch that ends a transaction. */
const ENDS = 16 | 32

type Kept = {
  readonly bytes: Buffer
  readonly baseOffset: number
  readonly epoch: number
  readonly sequence: number
  readonly count: number
}

export type LeaderTroubles = {
  readonly random: Random
  /** The chances that a request does not arrive, that its answer is lost, and that the leader refuses for now. */
  readonly lost: number
  readonly unanswered: number
  readonly refused: number
  /** The chance that the leader forgets all producers after an answer was lost. */
  readonly forgets: number
}

export type TestLeader = SearchedLog & {
  send(parts: readonly Uint8Array[]): Promise<Produced>
  readonly kept: readonly Kept[]
  /** Writes the fence of a process that has begun with this epoch. */
  fence(producerId: bigint, epoch: number): void
  /** Loses all but the first batches, as a replica that had no more becomes the leader. */
  cut(batches: number): void
}

export function testLeader({ random, lost, unanswered, refused, forgets }: LeaderTroubles): TestLeader {
  const kept: Kept[] = []
  let known: Kept[] = []
  let fenced = -1
  const end = (): number => {
    const last = kept.at(-1)
    return last === undefined ? 0 : last.baseOffset + last.count
  }
  const answer = (errorCode: number, baseOffset = -1): Produced => ({ topic: 't', partition: 0, errorCode, baseOffset })
  const take = (parts: readonly Uint8Array[]): Produced => {
    const bytes = Buffer.concat(parts)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const epoch = view.getInt16(AT_PRODUCER_EPOCH)
    const sequence = view.getInt32(AT_SEQUENCE)
    const count = view.getInt32(AT_COUNT)
    const last = known.at(-1)
    const same = known.find((one) => one.epoch === epoch && one.sequence === sequence && one.count === count)
    if (same !== undefined) return answer(0, same.baseOffset)
    if (epoch < Math.max(fenced, last?.epoch ?? -1)) return answer(INVALID_EPOCH)
    const isNew = epoch > (last?.epoch ?? fenced)
    const due = isNew && fenced >= 0 ? 0 : last === undefined ? sequence : isNew ? 0 : last.sequence + last.count
    if (sequence !== due) return answer(OUT_OF_ORDER)
    const baseOffset = end()
    writeInt64(view, AT_BASE_OFFSET, baseOffset)
    kept.push({ bytes, baseOffset, epoch, sequence, count })
    known = [...known, kept.at(-1) as Kept].slice(-DUPLICATES_KNOWN)
    return answer(0, baseOffset)
  }
  const broken = () => new Failure('io', 'the connection is broken', { retryable: true })
  return {
    kept,
    fence(producerId, epoch) {
      const bytes = foreignBatch([{ delta: 0, value: '' }], { baseOffset: end(), attributes: ENDS, producerId })
      kept.push({ bytes, baseOffset: end(), epoch, sequence: -1, count: 1 })
      fenced = epoch
      known = []
    },
    cut(batches) {
      kept.splice(batches)
      known = kept.slice(-DUPLICATES_KNOWN)
    },
    subject: 'topic t, partition 0',
    start: async () => 0,
    end: async () => end(),
    async fetch(offset) {
      const from = kept.findIndex(({ baseOffset, count }) => baseOffset + count > offset)
      const records = Buffer.concat(from < 0 ? [] : kept.slice(from).map(({ bytes }) => bytes))
      return { partition: 0, errorCode: 0, start: 0, end: end(), aborted: [], records }
    },
    async send(parts) {
      if (random.next() < lost) throw broken()
      // Not the leader, a request that timed out, and too few replicas in sync.
      if (random.next() < refused) return answer([6, 7, 19][random.below(3)] as number)
      const given = take(parts)
      if (random.next() >= unanswered) return given
      if (random.next() < forgets) known = []
      throw broken()
    },
  }
}
