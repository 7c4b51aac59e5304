/**
 * Finds the last batch of a producer in a partition to which others append, too: by reading back from the end in growing
 * steps, down to where the data folder remembers one.
 */
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import type { FetchedSet } from '../../client/kafka/fetch.ts'
import { CODECS } from '../batch/compression/codec.ts'
import type { Compressor } from '../batch/compression/compressor.ts'
import { sequenceAfter } from '../batch/produced-batch.ts'
import {
  AT_ATTRIBUTES,
  AT_CRC,
  AT_LENGTH,
  AT_PRODUCER,
  AT_PRODUCER_EPOCH,
  AT_SEQUENCE,
  CODEC_BITS,
  CONTROL_BATCH,
  HEADER_BYTES,
  LENGTH_COVERS_FROM,
} from '../batch/record-batch.ts'
import {
  type BatchBytes,
  batchAttributes,
  batchBaseOffset,
  batchBytes,
  batchCount,
  batchEnd,
  batchSize,
  CUT_SHORT,
  checkBatch,
  readTail,
} from '../batch/walker.ts'
import { decodePositions } from '../positions.ts'
import type { OwnEnd } from './own-file.ts'

/** Offsets of the first step back; each further step is `GROWTH` times as long. */
const FIRST_STEP = 256
const GROWTH = 8

/** A partition as it is searched: also what some replicas do not have yet. */
export type SearchedLog = {
  /** The first offset still kept. */
  start(): Promise<Offset>
  end(): Promise<Offset>
  /** Batches from the one that has the offset on. */
  fetch(offset: Offset): Promise<FetchedSet>
  /** For messages. */
  readonly subject: string
}

/** A batch in the log. */
export type FoundBatch = OwnEnd & {
  readonly baseOffset: Offset
  readonly checksum: number
}

/** The last batch of the producer behind offset `floor`; undefined where there is none. */
export async function findLastBatch(
  log: SearchedLog,
  producerId: bigint,
  floor: Offset,
  compressor: Compressor,
): Promise<FoundBatch | undefined> {
  const [start, end] = await Promise.all([log.start(), log.end()])
  const least = Math.max(start, floor)
  for (let to = end, step = FIRST_STEP; to > least; step *= GROWTH) {
    const from = Math.max(least, to - step)
    const found = await lastIn(log, producerId, from, to)
    if (found !== undefined) return foundBatch(log.subject, found, compressor)
    to = from
  }
  return undefined
}

/** The batch that has the offset, of any producer; undefined where it is not there yet. */
export async function batchAt(
  log: SearchedLog,
  offset: Offset,
  compressor: Compressor,
): Promise<FoundBatch | undefined> {
  const { records } = await log.fetch(offset)
  const batch = wholeBatch(log.subject, batchBytes(records), 0)
  return batch === undefined ? undefined : foundBatch(log.subject, batch, compressor)
}

/** The last batch of the producer that begins in [from, to). */
async function lastIn(log: SearchedLog, producerId: bigint, from: Offset, to: Offset): Promise<BatchBytes | undefined> {
  let last: BatchBytes | undefined
  for (let offset = from; offset < to; ) {
    const set = batchBytes((await log.fetch(offset)).records)
    const before = offset
    for (let at = 0; at < set.bytes.length; ) {
      const batch = wholeBatch(log.subject, set, at)
      if (batch === undefined || batchBaseOffset(batch.view, 0) >= to) break
      if (batchEnd(batch.view, 0) > from && isOf(producerId, batch)) last = batch
      offset = Math.max(offset, batchEnd(batch.view, 0))
      at += batch.bytes.length
    }
    // Only a gap is left, or what is there is still on its way.
    if (offset === before) break
  }
  // The bytes of a response are not kept for one batch.
  return last === undefined ? undefined : batchBytes(Uint8Array.from(last.bytes))
}

/** Whether the producer wrote the batch itself: fences carry its id too, and a broker writes them. */
const isOf = (producerId: bigint, { view }: BatchBytes): boolean =>
  view.getBigInt64(AT_PRODUCER) === producerId && (batchAttributes(view, 0) & CONTROL_BATCH) === 0

/** The batch at `at`, checked; undefined where it is cut short. */
function wholeBatch(subject: string, set: BatchBytes, at: number): BatchBytes | undefined {
  const fault = checkBatch(set, at)
  if (fault === CUT_SHORT) return undefined
  if (fault !== undefined) throw new Failure('corrupt', `${subject}, offset ${batchBaseOffset(set.view, at)}: ${fault}`)
  return batchBytes(set.bytes.subarray(at, at + batchSize(set.view, at)))
}

function foundBatch(subject: string, batch: BatchBytes, compressor: Compressor): FoundBatch {
  const { view } = batch
  const tail = readTail(plain(batch, compressor), 0)
  if (tail === undefined) {
    throw new Failure('corrupt', `${subject}, offset ${batchBaseOffset(view, 0)}: the records do not fill their batch`)
  }
  return {
    baseOffset: batchBaseOffset(view, 0),
    offset: batchEnd(view, 0),
    checksum: view.getUint32(AT_CRC),
    epoch: view.getInt16(AT_PRODUCER_EPOCH),
    sequence: sequenceAfter(view.getInt32(AT_SEQUENCE), batchCount(view, 0)),
    positions: decodePositions(tail.mark),
  }
}

/** The batch without compression; its checksum is not right any more. */
function plain(batch: BatchBytes, compressor: Compressor): BatchBytes {
  const attributes = batchAttributes(batch.view, 0)
  const codec = CODECS[attributes & CODEC_BITS]
  if (codec === undefined || codec === 'none') return batch
  const content = compressor.decompress(codec, batch.bytes.subarray(HEADER_BYTES))
  const whole = batchBytes(Buffer.concat([batch.bytes.subarray(0, HEADER_BYTES), content]))
  whole.view.setInt32(AT_LENGTH, whole.bytes.length - LENGTH_COVERS_FROM)
  whole.view.setInt16(AT_ATTRIBUTES, attributes & ~CODEC_BITS)
  return whole
}
