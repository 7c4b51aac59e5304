/**
 * What keeps topics: the embedded log or Kafka. The contract is `test/contract/bus.ts`; the rules of delivery are in
 * docs/contracts.md.
 */
import type { Offset } from '../base/quantity.ts'
import type { Records } from '../record/column.ts'

/** Partitions that a topic can have: each is two open files, and as many again for its dead letters and for its ticks. */
export const MAX_PARTITIONS = 256

/**
 * Records for one partition. The buffers must stay as they are until the append resolves; where the values have a lease,
 * until the bus has let go of it, once it has a copy of them or has refused them.
 */
export type Append = {
  readonly values: Records
  /** Keys, as many as values; undefined: none has one. */
  readonly keys: Records | undefined
  /** When they arrived, ms since 1970: the timestamp of all of them. */
  readonly timestamp: number
  /**
   * Where their writer stands, to be found again after a restart: a source's place, or (query, ordinal). Written as
   * header `tailrace.mark` of the last record.
   */
  readonly mark: Uint8Array | undefined
}

/** Records read from one partition, in order of offset and without a gap: `values` i has offset `baseOffset + i`. */
export type Fetched = {
  readonly baseOffset: number
  readonly values: Records
  readonly keys: Records | undefined
  /** Arrival of each, ms since 1970. Made when it is asked for; of the last one alone `lastTimestamp` is at hand. */
  readonly timestamps: Float64Array
  readonly lastTimestamp: number
}

export type Bounds = {
  /** The first offset still kept. */
  readonly start: Offset
  /** The offset that the next record will get. */
  readonly end: Offset
}

/** Consecutive records that are deleted together: [start, end). */
export type Stretch = Bounds & {
  readonly bytes: number
  /** The arrival of the last record in it, ms since 1970. */
  readonly maxTime: number
  /** Of the one that is still written to, the arrival of its first record; undefined: the stretch is closed. */
  readonly since: number | undefined
}

export type Topic = {
  readonly name: string
  readonly partitions: number
  /**
   * Resolves to the first record's offset once all are durable; on a full disk that is when there is room again. Rejects
   * with a Failure where they are not; then all that waited behind them in the partition are rejected too, so that nothing
   * overtakes what is tried again. No records are nothing to write: neither is their mark.
   */
  append(partition: number, append: Append): Promise<number>
  /**
   * Durable records from `offset` on, about `maxBytes` of them and at least one; undefined when there is none yet. An
   * offset that is not kept any more, or beyond the end, is a Failure ('not-found'); so is damage ('corrupt').
   */
  read(partition: number, offset: number, maxBytes: number): Promise<Fetched | undefined>
  bounds(partition: number): Bounds
  /** What the partition has, oldest first, without a gap. The last stretch is the one that is written to. */
  stretches(partition: number): readonly Stretch[]
  /**
   * Deletes the closed stretches that end at or before the offset, durably; a crash meanwhile leaves some of the later
   * ones. Offsets, marks and groups stay as they are; only `bounds` begins later.
   */
  trim(partition: number, offset: number): Promise<void>
  /** Closes the stretch that is written to, if it has records. */
  roll(partition: number): Promise<void>
  /** The last mark written to the partition; deleting records does not delete it. */
  lastMark(partition: number): Promise<Uint8Array | undefined>
  /**
   * Calls back after each durable append, in order of offset within a partition, with its records in memory: as they were
   * appended or as they were written, perhaps in several pieces. Returns how to stop.
   */
  onAppend(listener: (partition: number, fetched: Fetched) => void): () => void
}

/** A stretch that would grow beyond so many bytes is followed by a new one; if not said, the bus has its own size. */
export type TopicOptions = { readonly stretchBytes?: number | undefined }

export type Bus = {
  /**
   * Opens a topic; makes it where it is not there. A different number of partitions than it has is a Failure. The first
   * who opens it says when a stretch is closed.
   */
  topic(name: string, partitions: number, options?: TopicOptions): Promise<Topic>
  /** Topics that exist, by name. */
  topics(): Promise<readonly { readonly name: string; readonly partitions: number }[]>
  commit(group: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void>
  /** What is durable of it. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>
  [Symbol.asyncDispose](): Promise<void>
}
