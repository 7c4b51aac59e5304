/**
 * A Kafka record batch (magic 2), byte for byte: the unit in the log, on disk and on the wire. This file has the layout
 * and the writer, which copies ranges of bytes without an object per record; `walker.ts` reads.
 *
 *   at  bytes  header, big-endian                          as the log writes it
 *    0    8    base offset: of the first record            not covered by the CRC: the reader knows which is due
 *    8    4    bytes that follow                           not covered: bounded, and the next batch begins behind them
 *   12    4    epoch of the partition's leader             -1; not covered, as brokers set it
 *   16    1    magic                                       2; not covered
 *   17    4    CRC32C of all from byte 21 on
 *   21    2    attributes                                  0
 *                bits 0 to 2  compression: none, gzip, snappy, lz4, zstd
 *                bit 3        every record has the greatest timestamp (log append time)
 *                bit 4        the batch is part of a transaction
 *                bit 5        a control batch, which ends a transaction
 *   23    4    last offset - base offset                   records - 1: there are no gaps
 *   27    8    timestamp of the first record, ms           the append's
 *   35    8    greatest timestamp, ms                      the same
 *   43    8    producer id                                 -1
 *   51    2    producer epoch                              -1
 *   53    4    sequence number of the first record         -1
 *   57    4    records
 *
 *   each record, numbers as zigzag varints
 *         length of what follows; attributes (one byte 0); timestamp - first timestamp; offset - base offset;
 *         key length (-1: no key), key; value length (-1: NULL), value; number of headers; each header: name length,
 *         name, value length, value
 *
 * Compaction and transactions of a broker leave gaps in the offsets of a batch; the log writes none, and no NULL.
 *
 * One append may need several batches. The last record of its last batch has header `tailrace.mark` with the append's
 * mark; the last record of each batch before it has the empty header `tailrace.more`. By these, recovery knows an append
 * that was not written to its end, and cuts off all of it: otherwise a source would send its first half again.
 */
import { assert } from '../../base/assert.ts'
import { crc32c } from '../../base/digest.ts'
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import { BATCH_BYTES, type Chunk, type ChunkPool, DENSE, type Piece, reserveRanges, SMALL_BYTES } from './chunk.ts'
import {
  bytesAbout,
  lengthAt,
  MARK_HEADER,
  MARKED_RECORD_BYTES,
  type MarkedRecords,
  recordBound,
  writeRecords,
} from './record-writer.ts'

export const AT_BASE_OFFSET = 0
export const AT_LENGTH = 8
export const AT_EPOCH = 12
export const AT_MAGIC = 16
export const AT_CRC = 17
export const AT_ATTRIBUTES = 21
export const AT_LAST_DELTA = 23
export const AT_FIRST_TIME = 27
export const AT_MAX_TIME = 35
export const AT_PRODUCER = 43
export const AT_PRODUCER_EPOCH = 51
export const AT_SEQUENCE = 53
export const AT_COUNT = 57
export const HEADER_BYTES = 61
/** The base offset and the length field itself, which the length leaves out. */
export const LENGTH_COVERS_FROM = 12
export const MAGIC = 2
export const EPOCH = -1
/** The attributes that have the number of the codec: see `compression/codec.ts`. */
export const CODEC_BITS = 7
/** The attribute by which every record has the greatest timestamp. */
export const LOG_APPEND_TIME = 8
/** The attribute of a batch that holds no records of a topic, but the end of a transaction. */
export const CONTROL_BATCH = 32

/** The longest key and value together that the log takes. A reader needs memory for one such record. */
export const MAX_RECORD_BYTES: number = 16 * 1024 * 1024
/** The longest mark. */
export const MAX_MARK_BYTES: number = 256 * 1024
/** No batch is longer: a larger length field is damage. */
export const MAX_BATCH_BYTES: number = MAX_RECORD_BYTES + MAX_MARK_BYTES + BATCH_BYTES

assert(
  HEADER_BYTES + MARKED_RECORD_BYTES + MARK_HEADER.length <= BATCH_BYTES,
  'the longest record and mark fit into a batch',
)

/** Batches ready to be written, one after the other. */
export type Encoded = {
  readonly parts: readonly Uint8Array[]
  /** Of all parts. */
  readonly bytes: number
  /** Whether a good part of the memory is written to, so that a reader that holds it for some records wastes little. */
  readonly isDense: boolean
  /** Ends the writer's lease of the memory. The caller must not use the parts any more. */
  release(): void
}

/** Encodes appends as batches, in chunks of a pool. */
export class BatchWriter {
  readonly #pool: ChunkPool
  #chunks: Chunk[] = []
  /** Bytes of the batches that `take` will give. */
  bytes = 0

  constructor(pool: ChunkPool) {
    this.#pool = pool
  }

  /**
   * Writes all records of an append as batches from `baseOffset` on, and returns where they are until the memory is
   * released. The caller has checked them with `checkRecords`.
   */
  add(append: MarkedRecords, baseOffset: Offset): readonly Piece[] {
    const pieces: Piece[] = []
    for (let row = 0; row < append.values.count; ) row = this.#addBatch(append, row, baseOffset + row, pieces)
    return pieces
  }

  /** The batches since the last call. */
  take(): Encoded {
    const { bytes } = this
    const chunks = this.#chunks
    this.#chunks = []
    this.bytes = 0
    const room = chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0)
    return {
      parts: chunks.map((chunk) => chunk.bytes.subarray(0, chunk.used)),
      bytes,
      isDense: DENSE * bytes >= room,
      release: () => {
        for (const { lease } of chunks.splice(0)) lease.release()
      },
    }
  }

  /** Writes one batch that begins with record `row`; returns the first record that is not in it. */
  #addBatch(append: MarkedRecords, row: number, baseOffset: Offset, pieces: Piece[]): number {
    const least = HEADER_BYTES + recordBound(append, row)
    const chunk = this.#room(least, HEADER_BYTES + bytesAbout(append, row))
    const at = chunk.used
    const from = chunk.count
    chunk.used += HEADER_BYTES
    reserveRanges(chunk, append.values.count - row, append.keys !== undefined)
    const limit = Math.min(chunk.bytes.length, at + Math.max(BATCH_BYTES, least))
    const next = writeRecords(append, row, { chunk, limit, delta: 0, time: 0 })
    const { timestamp } = append
    const { bytes, view, used } = chunk
    writeHeader(view, at, {
      ...PLAIN,
      baseOffset,
      bytes: used - at,
      count: next - row,
      timestamp,
      maxTimestamp: timestamp,
    })
    view.setUint32(at + AT_CRC, crc32c(bytes.subarray(at + AT_ATTRIBUTES, used)))
    this.bytes += chunk.used - at
    const last = pieces.at(-1)
    if (last?.chunk === chunk) last.to = chunk.count
    else pieces.push({ chunk, from, to: chunk.count })
    return next
  }

  /** A chunk with room for `bytes`; where more is `wanted`, for a good part of that. */
  #room(bytes: number, wanted: number): Chunk {
    const last = this.#chunks.at(-1)
    const least = Math.max(bytes, Math.min(wanted, SMALL_BYTES))
    if (last !== undefined && last.bytes.length - last.used >= least) return last
    const chunk = this.#pool.take(bytes, wanted)
    this.#chunks.push(chunk)
    return chunk
  }
}

/** Throws a Failure ('limit') for a record that is too long to be kept. */
export function checkRecords({ values, keys }: Pick<MarkedRecords, 'values' | 'keys'>): void {
  assert(keys === undefined || keys.count === values.count, 'an append has as many keys as values')
  if (values.bytes.length + (keys?.bytes.length ?? 0) <= MAX_RECORD_BYTES) return
  for (let row = 0; row < values.count; row++) {
    const length = lengthAt(values, row) + (keys === undefined ? 0 : lengthAt(keys, row))
    if (length <= MAX_RECORD_BYTES) continue
    throw new Failure('limit', `a record of ${length} bytes is longer than the ${MAX_RECORD_BYTES} that the log keeps`)
  }
}

/** The part of a producer that a broker recognises: a batch that comes again with the same numbers is kept once. */
export type ProducerStamp = {
  readonly producerId: bigint
  readonly producerEpoch: number
  /** The number of the batch's first record. */
  readonly sequence: number
}

/** The stamp of a batch that has no producer to be recognised. */
export const NO_PRODUCER: ProducerStamp = { producerId: -1n, producerEpoch: -1, sequence: -1 }
const PLAIN = { ...NO_PRODUCER, attributes: 0 }

/** What a header says, without the checksum. */
type Header = ProducerStamp & {
  readonly baseOffset: Offset
  /** Of the whole batch. */
  readonly bytes: number
  readonly attributes: number
  readonly count: number
  /** Of the first record. */
  readonly timestamp: number
  readonly maxTimestamp: number
}

/** Writes the header of the batch at `at`, without its checksum. */
export function writeHeader(view: DataView, at: number, header: Header): void {
  writeInt64(view, at + AT_BASE_OFFSET, header.baseOffset)
  view.setInt32(at + AT_LENGTH, header.bytes - LENGTH_COVERS_FROM)
  view.setInt32(at + AT_EPOCH, EPOCH)
  view.setInt8(at + AT_MAGIC, MAGIC)
  view.setInt16(at + AT_ATTRIBUTES, header.attributes)
  view.setInt32(at + AT_LAST_DELTA, header.count - 1)
  writeInt64(view, at + AT_FIRST_TIME, header.timestamp)
  writeInt64(view, at + AT_MAX_TIME, header.maxTimestamp)
  writeStamp(view, at, header)
  view.setInt32(at + AT_COUNT, header.count)
}

/** Writes the numbers of a producer into the header of the batch at `at`; then the checksum is another. */
export function writeStamp(view: DataView, at: number, { producerId, producerEpoch, sequence }: ProducerStamp): void {
  view.setBigInt64(at + AT_PRODUCER, producerId)
  view.setInt16(at + AT_PRODUCER_EPOCH, producerEpoch)
  view.setInt32(at + AT_SEQUENCE, sequence)
}

/** Writes a whole number, big-endian; its fraction is dropped. */
export function writeInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / 4294967296))
  view.setUint32(at + 4, value >>> 0)
}

/** Reads a whole number, big-endian; exact up to 2^53. */
export function readInt64(view: DataView, at: number): number {
  return view.getInt32(at) * 4294967296 + view.getUint32(at + 4)
}
