/**
 * What keeps topics: the embedded log, or Kafka. A bus may be shared: others append to its topics, records come from
 * afar, and answers are lost. Its contract is `test/contract/bus.ts`; the rules of delivery are in docs/contracts.md.
 */
import type { Offset } from '../base/quantity.ts'
import type { Records } from '../record/column.ts'

/** Partitions that a topic can have: each is two open files, as are those of its dead letters and its ticks. */
export const MAX_PARTITIONS = 256
/** Bytes of a writer's position as JSON. */
export const MAX_POSITION_BYTES: number = 64 << 10

/** An offset for each partition that is named. */
export type Offsets = { readonly [partition: number]: Offset }

/** Where a writer of a topic stands, as plain data: a source's places, the ordinal of a query's next row. */
export type Position = { readonly [name: string]: unknown }

/**
 * Records for one partition. The buffers must stay as they are until the append resolves; where the values have a lease,
 * until the bus releases it, which it does once it has copied or refused them.
 */
export type Append = {
  readonly values: Records
  /** As many keys as values; undefined: no record has one. */
  readonly keys: Records | undefined
  /** When the records arrived, ms since 1970: the timestamp of all of them. */
  readonly timestamp: number
  /**
   * Where their writer stands once they are durable: `Topic.position` finds it after a restart. Each writer of a topic has
   * a name of its own within the pipeline. It is kept with the records, both or neither.
   */
  readonly position: { readonly writer: string; readonly at: Position } | undefined
}

/**
 * Records read from one partition, in order of offset: value i has offset `baseOffset + i`. Where offsets have a gap, as
 * compaction and transactions leave them, the records end, and reading goes on at `next`.
 */
export type Fetched = {
  readonly baseOffset: Offset
  /** There may be none, where only a gap lies before `next`. */
  readonly values: Records
  /** 1 where a value is NULL, its range then is empty; undefined: none is. */
  readonly nulls: Uint8Array | undefined
  readonly keys: Records | undefined
  /** Arrival of each record, ms since 1970. May be computed on demand; `lastTimestamp` is at hand. */
  readonly timestamps: Float64Array
  /** Arrival of the last record; NaN where there are none. */
  readonly lastTimestamp: number
  /** The offset to read next: behind the records and behind a gap that follows them. */
  readonly next: Offset
}

export type Bounds = {
  /** The first offset still kept. */
  readonly start: Offset
  /** The offset that the next record will get. */
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
  /** Drops what is in memory and releases its leases. Records that were taken stay the caller's. */
  close(): void
}

/** A topic as its readers see it. */
export type TopicReader = {
  readonly name: string
  readonly partitions: number
  /** As the bus was last told; `refresh` asks. What this process has appended is always within them. */
  bounds(partition: number): Bounds
  /** Asks for the bounds of every partition. */
  refresh(): Promise<void>
  /**
   * Durable records from `offset` on, about `maxBytes` of them; undefined where there is nothing yet. Rejects with a
   * Failure: 'not-found' for an offset that is no longer kept or lies beyond the end, 'corrupt' for damage.
   */
  read(partition: number, offset: Offset, maxBytes: number): Promise<Fetched | undefined>
  /** A reader's place; a partition without an offset starts at its first record still kept. */
  cursor(offsets: Offsets): Cursor
  /** Bytes that the partition takes where the bus keeps it. */
  bytes(partition: number): Promise<number>
}

export type Topic = TopicReader & {
  /**
   * Resolves to the first record's offset once all are durable. The bus itself tries again what may pass, a full disk or a
   * lost answer, and an append that it tries again is there once. A rejection (a Failure) is final, and appends that
   * wait behind it in the partition are rejected too, so that none overtakes it. An append of no records writes nothing,
   * and no position.
   */
  append(partition: number, append: Append): Promise<Offset>
  /** By partition, where a writer stands; whoever else appended since, and whatever was deleted. */
  position(writer: string): Promise<readonly (Position | undefined)[]>
}

/** Consecutive records that are deleted together: [start, end). */
export type Stretch = Bounds & {
  readonly bytes: number
  /** Arrival of the last record in it, ms since 1970. */
  readonly maxTime: number
  /** Arrival of the first record of the stretch that is still written to; undefined: the stretch is closed. */
  readonly since: number | undefined
}

/** The space that a topic takes, on a bus whose topics this process alone keeps. */
export type Space = {
  /** What the partition has, oldest first, without a gap. The last stretch is the one that is written to. */
  stretches(partition: number): readonly Stretch[]
  /**
   * Deletes the closed stretches that end at or before the offset, durably; a crash meanwhile leaves some of the later
   * ones. Offsets, positions and groups stay as they are; only `bounds` begins later.
   */
  trim(partition: number, offset: Offset): Promise<void>
  /** Closes the stretch that is written to, if it has records. */
  roll(partition: number): Promise<void>
  /** Closes a stretch before it would grow beyond `bytes`, from now on; the bus's own size is the largest. */
  closeAt(bytes: number): void
}

/** Topics and groups, to be looked at. */
export type BusReader = {
  /** Topics that exist, by name. */
  topics(): Promise<readonly { readonly name: string; readonly partitions: number }[]>
  /** A topic that exists; rejects with a Failure ('not-found') where it does not. */
  reader(name: string): Promise<TopicReader>
  /** The durable commits of every group, by topic. */
  groups(): Promise<ReadonlyMap<string, ReadonlyMap<string, Offsets>>>
  [Symbol.asyncDispose](): Promise<void>
}

export type Bus = BusReader & {
  /** Opens a topic, and makes it where it does not exist. Rejects with a Failure where it has another number of partitions. */
  topic(name: string, partitions: number): Promise<Topic>
  commit(group: string, topic: string, offsets: Offsets): Promise<void>
  /** The durable commits of a group. */
  committed(group: string, topic: string): Promise<Offsets>
  /** Of a topic that is open; undefined where the bus keeps space by itself. */
  space(topic: string): Space | undefined
}
