/**
 * The appends of a partition on their way to the disk. An append waits, is encoded ahead of the next commit, is written with
 * it, and is acknowledged once it is durable, in order.
 *
 *   waiting ──encode──▶ encoded ──take──▶ written ──settle──▶ acknowledged
 *      └───────────────────┴────────────────┴─────fail──────▶ refused
 *
 * An append gets its offsets when it is encoded. So if it cannot be written, all appends behind it wait or are refused with
 * it: their offsets would be wrong, and a later append must not overtake an earlier one that is tried again.
 */
import type { Offset } from '../../base/quantity.ts'
import type { ChunkPool, Piece } from '../batch/chunk.ts'
import { handedOver } from '../batch/handed-over.ts'
import { BatchWriter, checkRecords, type Encoded } from '../batch/record-batch.ts'
import type { MarkedRecords } from '../batch/record-writer.ts'
import type { Append, Fetched } from '../bus.ts'
import { decodePositions, encodePositions, type Positions, positionText } from '../positions.ts'

/** Bytes that are encoded ahead of the next commit; further appends wait in their writers' own buffers. */
const ENCODE_AHEAD_BYTES = 4 * 1024 * 1024

/** The end of the log: the next offset, and the last mark before it. */
export type LogEnd = { readonly offset: Offset; readonly mark: Uint8Array | undefined }

type Waiting = {
  readonly append: MarkedRecords
  readonly writer: string
  readonly position: string | undefined
  resolve(offset: Offset): void
  reject(failure: unknown): void
}

/** An append, its first offset, and the pieces of chunks in which its records are. */
export type Published = {
  readonly append: MarkedRecords
  readonly baseOffset: Offset
  readonly pieces: readonly Piece[]
}

type Written = Waiting & Published

/** The queue of one partition. */
export class AppendQueue {
  readonly #batches: BatchWriter
  #waiting: Waiting[] = []
  #encoded: Written[] = []
  #written: Written[] = []
  /** The bytes of `#written`: to be written, or written again after a full disk refused them, or not yet durable. */
  #taken: Encoded | undefined
  #nextOffset: Offset
  #positions: Positions

  constructor(pool: ChunkPool, end: LogEnd) {
    this.#batches = new BatchWriter(pool)
    this.#nextOffset = end.offset
    this.#positions = decodePositions(end.mark)
  }

  /**
   * Resolves to the first record's offset once the records are durable. Rejects with a Failure: 'limit' for a record or a
   * position that is too long, or the failure that `fail` was given. The lease of the values is released in any case.
   */
  add({ values, keys, nulls, timestamp, position }: Append): Promise<Offset> {
    return new Promise((resolve, reject) => {
      let text: string | undefined
      try {
        text = positionText(position)
        checkRecords({ values, keys })
      } catch (error) {
        values.lease?.release()
        throw error
      }
      // Once the lease is released, others change the records' count and replace their arrays.
      const own = values.lease === undefined ? values : { ...values }
      const append = { values: own, keys, nulls, timestamp, mark: undefined }
      this.#waiting.push({ append, writer: position?.writer ?? '', position: text, resolve, reject })
    })
  }

  /** Encodes appends up to `ENCODE_AHEAD_BYTES`; returns whether any waits to be taken. */
  encode(): boolean {
    while (this.#waiting.length > 0 && this.#batches.bytes < ENCODE_AHEAD_BYTES) {
      const waiting = this.#waiting.shift() as Waiting
      const append = { ...waiting.append, mark: this.#markOf(waiting) }
      const baseOffset = this.#nextOffset
      const pieces = this.#batches.add(append, baseOffset)
      this.#nextOffset += append.values.count
      this.#encoded.push({ ...waiting, append, baseOffset, pieces })
      // Released at once, so that lines are read into the same memory again and again, and it stays in the caches.
      append.values.lease?.release()
    }
    return this.#encoded.length > 0
  }

  #markOf({ writer, position, append }: Waiting): Uint8Array | undefined {
    if (position === undefined || append.values.count === 0) return undefined
    this.#positions = new Map(this.#positions).set(writer, position)
    return encodePositions(this.#positions)
  }

  /** The bytes to write next: the same ones until `settle` or `fail`. */
  take(): Encoded {
    if (this.#taken === undefined) {
      this.#written = this.#encoded
      this.#encoded = []
      this.#taken = this.#batches.take()
    }
    return this.#taken
  }

  /** The appends that were taken, in order. */
  get written(): readonly Published[] {
    return this.#written
  }

  /** Publishes and acknowledges the appends that were taken: they are durable. */
  settle(publish: (fetched: Fetched) => void): void {
    const taken = this.#taken
    for (const written of this.#written) {
      for (const fetched of handedOver(written, taken?.isDense === true)) publish(fetched)
      written.resolve(written.baseOffset)
    }
    this.#written = []
    this.#taken = undefined
    taken?.release()
  }

  /** Refuses every append that is not durable; the next one is appended at the end of the log. */
  fail(failure: unknown, end: LogEnd): void {
    const refused = [...this.#written, ...this.#encoded, ...this.#waiting]
    for (const { append } of this.#waiting) append.values.lease?.release()
    this.#waiting = []
    this.#encoded = []
    this.#written = []
    this.#taken?.release()
    this.#taken = undefined
    this.#batches.take().release()
    this.#nextOffset = end.offset
    this.#positions = decodePositions(end.mark)
    for (const { reject } of refused) reject(failure)
  }
}
