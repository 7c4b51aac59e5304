/**
 * Reads the record set of a fetch response: batches (layout: `record-batch.ts`) of any producer, compressed or not, with
 * the gaps that compaction and transactions leave. Neighbouring batches are put together, as many small ones are slow to
 * work through. Records of aborted transactions, and the batches that end transactions, are passed over.
 *
 * Nothing of a batch is handed out before its checksum was right. Damage is a Failure with the place; the batches
 * before it are handed out first. The base offset is not covered by the checksum: it must only not go back.
 */
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import type { Fetched } from '../bus.ts'
import { CODECS, type Codec } from './compression/codec.ts'
import type { Compressor } from './compression/compressor.ts'
import { beginRoom, emptyRoom, type FetchPool, type FetchRoom, growRows, ROOM_BYTES } from './fetch-room.ts'
import { AT_MAGIC, CODEC_BITS, CONTROL_BATCH, HEADER_BYTES, MAGIC } from './record-batch.ts'
import { type Aborted, openTransactions, type Transactions } from './transactions.ts'
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
  readHead,
  walkRecords,
} from './walker.ts'

/** The fewest bytes of a record in a batch. */
const LEAST_RECORD = 7

/** What was fetched of a partition. */
export type RecordSet = {
  /** The bytes of the response. Records that are not compressed stay in them. */
  readonly bytes: Uint8Array
  /** The offset that was asked for. The first batch may begin before it. */
  readonly from: Offset
  /** The aborted transactions that the response names: none where records are read uncommitted. */
  readonly aborted: readonly Aborted[]
  /** The topic and partition, for messages: "topic t, partition 3". */
  readonly where: string
}

/** Reads a record set piece by piece, so that little of it is decompressed at a time. */
export class RecordSetReader {
  readonly #batch: BatchBytes
  readonly #where: string
  readonly #from: Offset
  readonly #compressor: Compressor
  readonly #pool: FetchPool
  readonly #transactions: Transactions
  #at = 0
  /** Where the batch before ended: the next one begins there or later. */
  #due: Offset = 0
  /** The offset behind all that was read. */
  #position: Offset
  #room: FetchRoom | undefined
  #isPlain = false
  /** Bytes of records in the room. */
  #filled = 0
  #ready: Fetched[] = []
  #failure: { readonly cause: unknown } | undefined
  #handedOut: Offset

  constructor(set: RecordSet, compressor: Compressor, pool: FetchPool) {
    this.#batch = batchBytes(set.bytes)
    this.#where = set.where
    this.#from = set.from
    this.#position = set.from
    this.#handedOut = set.from
    this.#compressor = compressor
    this.#pool = pool
    this.#transactions = openTransactions(set.aborted)
  }

  /** The offset to read next: behind what was taken. Once `take` has given undefined, the one to fetch next. */
  get next(): Offset {
    return this.#handedOut
  }

  /**
   * The next records; a piece without records where only a gap is left; undefined: there are no more. Throws a Failure:
   * 'corrupt' for damage, 'limit' for a batch that is longer than may be. Reading cannot go on behind it.
   */
  take(): Fetched | undefined {
    while (this.#ready.length === 0 && this.#failure === undefined && this.#advance()) {
      // Each turn has read one batch.
    }
    if (this.#ready.length === 0) this.#closeRoom()
    const piece = this.#ready.shift() ?? this.#gap()
    if (piece !== undefined) this.#handedOut = piece.next
    else if (this.#failure !== undefined) throw this.#failure.cause
    return piece
  }

  /** Releases what was decompressed and not taken. */
  close(): void {
    this.#closeRoom()
    for (const { values } of this.#ready.splice(0)) values.lease?.release()
    this.#at = this.#batch.bytes.length
    this.#position = this.#handedOut
  }

  #gap(): Fetched | undefined {
    if (this.#position === this.#handedOut) return undefined
    return { ...NOTHING, baseOffset: this.#position, next: this.#position }
  }

  /** Reads one batch; false where there is none. */
  #advance(): boolean {
    try {
      return this.#readBatch()
    } catch (cause) {
      const { message } = cause as Error
      const isKnown = cause instanceof Failure
      const place = `${this.#where}, offset ${this.#position}`
      this.#failure = {
        cause: isKnown ? new Failure(cause.code, `${place}: ${message}`, { hint: cause.hint, cause }) : cause,
      }
      return false
    }
  }

  #readBatch(): boolean {
    const { bytes, view } = this.#batch
    const at = this.#at
    if (at >= bytes.length) return false
    if (bytes.length - at > AT_MAGIC && view.getInt8(at + AT_MAGIC) < MAGIC)
      throw oldFormat(view.getInt8(at + AT_MAGIC))
    const fault = checkBatch(this.#batch, at)
    // A response ends where it is full, in the middle of a batch; but its first batch is whole.
    if (fault === CUT_SHORT && at > 0) return false
    if (fault !== undefined) throw new Failure('corrupt', fault)
    const base = batchBaseOffset(view, at)
    const end = batchEnd(view, at)
    if (base < this.#due || end <= base || !Number.isSafeInteger(end)) {
      throw new Failure('corrupt', `the base offset is ${base} where ${this.#due} or a later one is due`)
    }
    this.#due = end
    this.#position = Math.max(this.#position, base)
    const isSkipped = this.#transactions.skips(this.#batch, at) || (batchAttributes(view, at) & CONTROL_BATCH) !== 0
    // Compaction may leave a batch without records.
    if (end > this.#from && !isSkipped && batchCount(view, at) !== 0) this.#addBatch(at)
    this.#at = at + batchSize(view, at)
    this.#position = Math.max(this.#position, end)
    if (this.#filled >= ROOM_BYTES) this.#closeRoom()
    return true
  }

  #addBatch(at: number): void {
    const { bytes, view } = this.#batch
    const codec: Codec | undefined = CODECS[batchAttributes(view, at) & CODEC_BITS]
    if (codec === undefined) throw new Failure('corrupt', 'the batch is compressed in a way that Kafka does not have')
    const begin = at + HEADER_BYTES
    const end = at + batchSize(view, at)
    const isPlain = codec === 'none'
    const content = isPlain ? undefined : this.#compressor.decompress(codec, bytes.subarray(begin, end))
    const length = content?.length ?? end - begin
    const count = batchCount(view, at)
    if (count < 0 || count * LEAST_RECORD > length)
      throw new Failure('corrupt', `the number of records, ${count}, is impossible`)
    const room = this.#roomFor(isPlain, length)
    growRows(room, count)
    let body = { bytes, at: begin, end }
    if (content !== undefined) {
      room.own.set(content, room.used)
      body = { bytes: room.own, at: room.used, end: room.used + length }
    }
    const { values } = room.walked
    const { count: before } = values
    if (!walkRecords(body, readHead(view, at), this.#from, room.walked)) {
      values.count = before
      throw new Failure('corrupt', 'the records do not fill their batch')
    }
    if (isPlain) room.span = { from: room.span?.from ?? begin, to: end }
    else room.used += length
    this.#filled += length
  }

  /** The room to put a batch into: the one that is being filled, or an empty one. */
  #roomFor(isPlain: boolean, length: number): FetchRoom {
    const room = this.#room
    if (room !== undefined && this.#isPlain === isPlain && (isPlain || room.own.length - room.used >= length))
      return room
    this.#closeRoom()
    const taken = this.#pool.take()
    beginRoom(taken, isPlain ? this.#batch.bytes : undefined, length)
    this.#room = taken
    this.#isPlain = isPlain
    return taken
  }

  #closeRoom(): void {
    const room = this.#room
    if (room === undefined) return
    this.#room = undefined
    this.#filled = 0
    this.#ready.push(...emptyRoom(room, this.#position, this.#pool))
  }
}

const NOTHING = {
  values: { bytes: new Uint8Array(0), start: new Int32Array(0), end: new Int32Array(0), count: 0 },
  nulls: undefined,
  keys: undefined,
  timestamps: new Float64Array(0),
  lastTimestamp: Number.NaN,
}

const oldFormat = (magic: number): Failure =>
  new Failure(
    'corrupt',
    `the records have the format of Kafka before 0.11 (magic number ${magic}), which is not read`,
    {
      hint: 'Copy the topic with any producer since then, or start behind these records: start: latest, or a time.',
    },
  )
