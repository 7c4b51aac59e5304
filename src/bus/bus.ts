/**
 * A bus keeps topics, as the embedded log does. It may be shared and far away: others append to its topics, requests take
 * time, and answers are lost. Its contract is `test/contract/bus.ts`; the rules of delivery are in docs/contracts.md.
 */
import type { Duration, Offset } from '../base/quantity.ts'
import type { Members, MembersOptions } from '../client/kafka/members.ts'
import type { Records } from '../record/column.ts'
import type { Codec } from './batch/compression/codec.ts'
import type { BusLook, LookWish } from './look.ts'

/** The most partitions of a topic. Each has two open files, and so have those of its dead letters and its ticks. */
export const MAX_PARTITIONS = 256
/** The most copies of a partition: Kafka's protocol has 16 bits for their number. */
export const MAX_REPLICATION = 32_767
/** The most bytes of a writer's position as JSON. */
export const MAX_POSITION_BYTES: number = 64 << 10

/** Offsets by partition; some partitions may have none. */
export type Offsets = { readonly [partition: number]: Offset }

/** How far a writer of a topic has got, as plain data: a source's places, the ordinal of a query's next row. */
export type Position = { readonly [name: string]: unknown }

/**
 * Records for one partition. Readers may be given the buffers, so nothing may change them any more; but where the values have
 * a lease, only until the bus releases it: once it has copied or refused the records.
 */
export type Append = {
  readonly values: Records
  /** As many keys as values; undefined where no record has one. */
  readonly keys: Records | undefined
  /** 1 where a value is NULL, whose range is empty; only where there are keys. Absent: none is. */
  readonly nulls?: Uint8Array | undefined
  /** The arrival of all records, ms since 1970. */
  readonly timestamp: number
  /**
   * The position of their writer once they are durable: `Topic.position` finds it after a restart. Each writer of a topic
   * has a name of its own within the pipeline. After a crash, both the records and the position are there, or neither.
   */
  readonly position: { readonly writer: string; readonly at: Position } | undefined
}

/**
 * Records read from one partition, in order of offset: value i has offset `baseOffset + i`. Where offsets have a gap, as
 * compaction and transactions leave them, the records end, and reading goes on at `next`.
 */
export type Fetched = {
  readonly baseOffset: Offset
  /** Empty where there is only a gap before `next`. */
  readonly values: Records
  /** 1 where a value is NULL, whose range is empty; undefined where none is. */
  readonly nulls: Uint8Array | undefined
  readonly keys: Records | undefined
  /** Whether headers follow each value in its memory, as in a record batch: see `batch/headers.ts`. Absent: there are none. */
  readonly hasHeaders?: boolean
  /** Arrival of each record, ms since 1970. May be computed on demand; `lastTimestamp` is at hand. */
  readonly timestamps: Float64Array
  /** Arrival of the last record; NaN where there are none. */
  readonly lastTimestamp: number
  /** The arrival of all of them, where it is known to be one and the same. */
  readonly arrival?: number | undefined
  /** Whether the producer of some of them has set their time; absent: none, or the bus has one producer, which is ours. */
  readonly isCreateTime?: boolean
  /** The offset to read next: behind the records and the gap that may follow them. */
  readonly next: Offset
}

export type Bounds = {
  /** The first offset still kept. */
  readonly start: Offset
  /** The offset that the next record will get. All before it can be read. */
  readonly end: Offset
}

/** A reader's place in every partition of a topic. */
export type Cursor = {
  readonly partitions: number
  /** The offset of the next record of a partition that will be handed out, or of the gap before it. */
  offset(partition: number): Offset
  /** Whether the partition has more, within the bounds that the bus knows. */
  hasMore(partition: number): boolean
  /**
   * The partition's next records, if they are in memory: see `load`. The caller releases their lease when it is done with
   * them.
   */
  take(partition: number): Fetched | undefined
  /**
   * Brings the partition's next records into memory. A gap alone is passed over: then there is nothing to take. Rejects as
   * `TopicReader.read` does.
   */
  load(partition: number): Promise<void>
  /**
   * Resolves when the reader has little before it, or fell so far behind that it reads the bus. An appender waits for its
   * readers, because reading back costs more than waiting.
   */
  keepsUp(): Promise<void>
  /**
   * Resolves when any partition has more, or the signal is aborted. Rejects with the Failure of a bus that cannot find out
   * any more.
   */
  waitForMore(signal: AbortSignal): Promise<void>
  /** Asks the bus whether the reader has come to the end of every partition. */
  isAtEnd(): Promise<boolean>
  /** Ends the cursor, and releases the records in memory that were not taken. */
  close(): void
}

/** Where a reader goes on whose records [from, kept.start) are deleted. May throw a Failure, which ends the reader. */
export type Gone = (partition: number, from: Offset, kept: Bounds) => Offset

/** A topic as its readers see it. It is opened with fresh bounds. */
export type TopicReader = {
  readonly name: string
  readonly partitions: number
  /** The bounds as the bus last learned them; `refresh` asks anew. The records of this process are always within them. */
  bounds(partition: number): Bounds
  /** Asks for the bounds of every partition. */
  refresh(): Promise<void>
  /**
   * Durable records from `offset` on, about `maxBytes` of them; undefined where there are none yet. Rejects with a
   * Failure: 'not-found' for an offset that is no longer kept or lies beyond the end, 'corrupt' for damage.
   */
  read(partition: number, offset: Offset, maxBytes: number): Promise<Fetched | undefined>
  /**
   * A cursor at the offsets; a partition without one starts at its first record still kept. `gone` says where to go on if the
   * records at an offset are deleted before they were read; by default, at the first that are kept. `only`: the partitions
   * that it reads, on a bus that several processes share; by default, all.
   */
  cursor(offsets: Offsets, gone?: Gone, only?: readonly number[]): Cursor
  /** The bytes that the partition takes up in the bus. */
  bytes(partition: number): Promise<number>
}

export type Topic = TopicReader & {
  /**
   * The id that a shared bus gave the topic when it was made, so that one of the same name that was made later is told
   * apart; undefined on a bus that needs none.
   */
  readonly id: string | undefined
  /**
   * The most bytes of an append: see `appendParts`. Where an append is one batch of a broker, a longer one could end halfway,
   * without its position. Infinity where the bus can undo what a crash has left of an append.
   */
  readonly maxAppendBytes: number
  /**
   * Resolves to the first record's offset once all are durable. After a full disk or a lost answer the bus itself tries
   * again, and the append is there once. A rejection (a Failure) is final, and appends that wait behind it in the
   * partition are rejected, too, so that none overtakes it. An append of no records writes nothing, not even its position.
   */
  append(partition: number, append: Append): Promise<Offset>
  /** A writer's position in each partition, also where others have appended since and where its records are deleted. */
  position(writer: string): Promise<readonly (Position | undefined)[]>
  /** Deletes the records of a partition before the offset; only on a shared bus, which deletes by itself otherwise. */
  deleteBefore?(partition: number, offset: Offset): Promise<void>
}

/** Consecutive records that are deleted together, offsets [start, end). */
export type Stretch = Bounds & {
  readonly bytes: number
  /** Arrival of the last record in it, ms since 1970. */
  readonly maxTime: number
  /** Arrival of the first record of the open stretch, which is written to; undefined for a closed one. */
  readonly since: number | undefined
}

/** The space that a topic takes, on a bus whose topics this process alone keeps. */
export type Space = {
  /** The partition's stretches, oldest first, without a gap. The last one is open. */
  stretches(partition: number): readonly Stretch[]
  /**
   * Deletes the closed stretches that end at or before the offset, durably; after a crash meanwhile some of the later ones
   * are still there. Offsets, positions and groups stay as they are; only `bounds` begins later.
   */
  trim(partition: number, offset: Offset): Promise<void>
  /** Closes the open stretch, if it has records. */
  roll(partition: number): Promise<void>
  /** From now on closes a stretch before it would grow beyond `bytes`, or beyond the bus's own limit if that is less. */
  closeAt(bytes: number): void
}

/** `isFirm: false`: a topic that exists already keeps its own. */
export type TopicRetention = {
  readonly timeMs: Duration | undefined
  readonly bytes: number | undefined
  readonly isFirm?: boolean
}

/**
 * What a pipeline file says of a topic besides its partitions. Where a member is undefined, the bus's own default holds; a bus
 * passes over those that it has no use for.
 */
export type TopicSettings = {
  /** How many brokers have a copy. */
  readonly replication?: number | undefined
  /** How long and how much is kept of a topic; undefined is without end. Absent: as the bus has it. */
  readonly retention?: TopicRetention | undefined
  /** What an append waits for: all copies in sync, or the leader's alone, which can be lost with it. */
  readonly acks?: 'all' | 'leader' | undefined
  readonly compression?: Codec | undefined
  /** How long a batch that is not full waits for more. */
  readonly lingerMs?: Duration | undefined
  /** A batch is full at this many bytes or records. */
  readonly batchBytes?: number | undefined
  readonly batchRecords?: number | undefined
  /** Bytes of a segment of the log, which is deleted as a whole. */
  readonly segmentBytes?: number | undefined
}

/** Topics and groups, for reading. */
export type BusReader = {
  /** Topics that exist, by name. */
  topics(): Promise<readonly { readonly name: string; readonly partitions: number }[]>
  /** A topic that exists; rejects with a Failure ('not-found') where it does not. */
  reader(name: string): Promise<TopicReader>
  /** The names of all groups. */
  groupNames(): Promise<readonly string[]>
  /** The durable commits of these groups, by topic. */
  groups(names: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, Offsets>>>
  /**
   * Everything that the bus tells of itself. A shared one leaves out what is not wished for, so that it is asked for little; by
   * default nothing is left out.
   */
  look(wish?: LookWish): Promise<BusLook>
  [Symbol.asyncDispose](): Promise<void>
}

export type Bus = BusReader & {
  /** The id of a shared bus, so that another one at the same address is told apart; undefined for that of a data folder. */
  readonly cluster: string | undefined
  /** Opens a topic, or makes it. Rejects with a Failure where it has another number of partitions, or other settings. */
  topic(name: string, partitions: number, settings?: TopicSettings): Promise<Topic>
  /** Resolves once the offsets are durable; those of other partitions stay. */
  commit(group: string, topic: string, offsets: Offsets): Promise<void>
  /** The durable commits of a group. */
  committed(group: string, topic: string): Promise<Offsets>
  /** The space of an open topic; undefined where the bus manages space itself. */
  space(topic: string): Space | undefined
  /** What the bus cannot do at the moment, in words: a full disk, a broker that does not answer. Costs nothing to ask. */
  trouble(): readonly string[]
  /** The processes that share something, which they divide among themselves; undefined as `claim` is. */
  members?(group: string, options: MembersOptions): Members
  /**
   * Claims a part of a pipeline that several processes share: from then on, this process alone appends for the part, and a
   * process that had claimed it before is fenced. The bus that it gives is this one, but what is appended to its topics is
   * appended for the part. Rejects with a Failure: 'denied' where the user may not claim. Undefined where one process
   * alone has the bus.
   */
  readonly claim?: ((part: PartOfPipeline) => Promise<ClaimedBus>) | undefined
}

/** What one process at a time appends for, such as the queries of a pipeline, or one of its sources. */
export type PartOfPipeline = { readonly pipeline: string; readonly part: string }

/**
 * A bus that appends for a part of a pipeline. `topic` resolves once no batch of an earlier process can get into the topic
 * any more; `Topic.position` then tells where that process had got, whatever its data folder. Append to a topic only where
 * it was opened here. An append after another process has claimed the part rejects with a Failure of code 'fenced', which
 * is final. Disposing of it resolves when nothing is under way and its positions are kept; the bus itself stays open.
 */
export type ClaimedBus = Bus & {
  /** The topics that earlier processes have appended to for the part, also those that are gone. */
  readonly appended: readonly string[]
  /** Aborted, with the Failure as its reason, once this process has found out that another one has claimed the part. */
  readonly fenced: AbortSignal
}
