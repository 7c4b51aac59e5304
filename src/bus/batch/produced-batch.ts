/**
 * Encodes appends as one record batch for a broker, which takes one for each partition in a request. Layout:
 * `record-batch.ts`; unlike the log's, the batch may be compressed, has the numbers of its producer, and each append in it keeps
 * its own timestamp. The broker sets the base offset.
 *
 *   61 bytes   header; its checksum also covers what follows
 *   the rest   the records of all appends, compressed as one block. The last has header `tailrace.mark`, if there is a mark.
 */
import { assert } from '../../base/assert.ts'
import { crc32c } from '../../base/digest.ts'
import { type Chunk, type ChunkPool, growRanges, type Piece } from './chunk.ts'
import { CODECS, type Codec } from './compression/codec.ts'
import type { Compressor } from './compression/compressor.ts'
import {
  AT_ATTRIBUTES,
  AT_CRC,
  HEADER_BYTES,
  MAX_MARK_BYTES,
  NO_PRODUCER,
  type ProducerStamp,
  writeHeader,
  writeStamp,
} from './record-batch.ts'
import {
  lengthAt,
  MARK_HEADER,
  MARKED_RECORD_BYTES,
  type MarkedRecords,
  PLAIN_RECORD_BYTES,
  writeRecords,
} from './record-writer.ts'

/** The records of one append. */
export type ProducedRecords = Omit<MarkedRecords, 'mark'>

/** What a batch is made with. `pool` should have large chunks of the greatest batch. */
export type ProducedForm = { readonly pool: ChunkPool; readonly compressor: Compressor; readonly codec: Codec }

export type ProducedBatch = {
  /** The batch, as it goes to the broker: valid until it is released. */
  readonly parts: readonly [header: Uint8Array, records: Uint8Array]
  /** Of all parts. */
  readonly bytes: number
  readonly count: number
  /** Where the records of each append are, not compressed: see `recordsIn`. A reader of them holds the lease of the chunk. */
  readonly pieces: readonly Piece[]
  /** Ends the writer's lease of the memory. */
  release(): void
}

/** The most bytes that an append takes in a batch before it is compressed, and after. Header and mark come besides. */
export function producedBound({ values, keys }: ProducedRecords): number {
  let bytes = PLAIN_RECORD_BYTES * values.count
  for (let row = 0; row < values.count; row++) bytes += lengthAt(values, row)
  if (keys !== undefined) for (let row = 0; row < keys.count; row++) bytes += lengthAt(keys, row)
  return bytes
}

/** The most bytes that header and mark take in a batch. */
export const besidesBound = (mark: Uint8Array | undefined): number =>
  HEADER_BYTES + MARKED_RECORD_BYTES + MARK_HEADER.length + (mark?.length ?? 0)

/**
 * One batch of all appends, in their order; none of them is empty. The values may be changed afterwards. A batch that would
 * not be smaller compressed is not. Its producer is set by `stampBatch`.
 */
export function produceBatch(
  appends: readonly ProducedRecords[],
  mark: Uint8Array | undefined,
  { pool, compressor, codec }: ProducedForm,
): ProducedBatch {
  const bound = appends.reduce((sum, append) => sum + producedBound(append), besidesBound(mark))
  assert((mark?.length ?? 0) <= MAX_MARK_BYTES, 'a mark is no longer than it may be')
  const chunk = pool.take(bound, bound)
  const pieces = writeAppends(chunk, appends, mark)
  const { bytes, used, count } = chunk
  const plain = bytes.subarray(HEADER_BYTES, used)
  const squeezed = compressor.compress(codec, plain)
  const isSmaller = squeezed.length < plain.length
  const header = isSmaller ? Buffer.allocUnsafe(HEADER_BYTES) : bytes.subarray(0, HEADER_BYTES)
  const body = isSmaller ? squeezed : plain
  const times = appends.map(({ timestamp }) => timestamp)
  writeHeader(new DataView(header.buffer, header.byteOffset, HEADER_BYTES), 0, {
    ...NO_PRODUCER,
    baseOffset: 0,
    bytes: HEADER_BYTES + body.length,
    attributes: isSmaller ? CODECS.indexOf(codec) : 0,
    count,
    timestamp: times[0] as number,
    maxTimestamp: times.reduce((a, b) => Math.max(a, b)),
  })
  writeChecksum(header, body)
  const release = (): void => chunk.lease.release()
  return { parts: [header, body], bytes: HEADER_BYTES + body.length, count, pieces, release }
}

function writeAppends(chunk: Chunk, appends: readonly ProducedRecords[], mark: Uint8Array | undefined): Piece[] {
  const first = appends[0]?.timestamp ?? 0
  const limit = chunk.bytes.length
  chunk.used = HEADER_BYTES
  return appends.map((append, i) => {
    const { count } = append.values
    assert(count > 0, 'an append in a batch has records')
    const from = chunk.count
    growRanges(chunk, count, append.keys !== undefined)
    const marked = { ...append, mark: i === appends.length - 1 ? mark : undefined }
    const written = writeRecords(marked, 0, { chunk, limit, delta: from, time: append.timestamp - first })
    assert(written === count, 'the bound has room for every record')
    return { chunk, from, to: chunk.count }
  })
}

/** Puts the numbers of its producer into a batch that is not yet sent, or is sent again by another producer. */
export function stampBatch({ parts: [header, body] }: ProducedBatch, stamp: ProducerStamp): void {
  writeStamp(new DataView(header.buffer, header.byteOffset, HEADER_BYTES), 0, stamp)
  writeChecksum(header, body)
}

function writeChecksum(header: Uint8Array, body: Uint8Array): void {
  const checksum = crc32c(body, crc32c(header.subarray(AT_ATTRIBUTES)))
  new DataView(header.buffer, header.byteOffset, HEADER_BYTES).setUint32(AT_CRC, checksum)
}

/** The sequence number of the record `count` after one: they begin again at 0 after 2^31 - 1. */
export const sequenceAfter = (sequence: number, count: number): number => (sequence + count) % 2 ** 31
