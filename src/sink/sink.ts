/** What results, or raw records, go out to. A new one is a file beside this and one line in `all.ts`. */
import type * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk.ts'
import type { Batch, Records } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import type { SharedOutput } from '../terminal/output.ts'

/** What a sink keeps with the checkpoint, as plain JSON: the length of its file. */
export type SinkState = { readonly [key: string]: unknown }

export type SinkContext = {
  readonly name: string
  /** The topic it reads, as the pipeline file calls it. */
  readonly from: string
  /** Folder that relative paths start from: that of the pipeline file. */
  readonly folder: string
  /** Columns of the rows. */
  readonly fields: readonly Field[]
  /** Indexes of the columns that name a row; undefined: rows have no key but topic, partition, offset. */
  readonly rowKey: readonly number[] | undefined
  /** Index of the event-time column, if the topic has one. */
  readonly rowtime: number | undefined
  readonly timezone: string
  readonly clock: Clock
  readonly disk: Disk
  /** From the last checkpoint: what came after is to be cut off, because it will be delivered again. */
  readonly state: SinkState | undefined
  /** Standard output. */
  readonly output: SharedOutput
}

/** Consecutive records of one partition, with the rows decoded from them. */
export type Delivery = {
  readonly partition: number
  /** Offset of `records` 0. */
  readonly baseOffset: number
  readonly records: Records
  /** The rows; `rows.origin` says of which record each was made. Valid until `write` resolves. */
  readonly rows: Batch
}

/**
 * Rows that a store does not take, whatever else is tried: bad data, a value. Either it names them, and has taken all
 * others; or it refuses the whole batch and keeps nothing of it that a repeated write would double: then the delivery
 * loop tries smaller ones, until it knows which they are.
 */
export type Refusal =
  | { readonly kind: 'rows'; readonly rows: readonly { readonly row: number; readonly reason: string }[] }
  | { readonly kind: 'batch'; readonly reason: string }

export type Sink = {
  /**
   * Takes a delivery over, but for what it refuses. Rejects with a Failure where the store cannot be written to; then the
   * same delivery comes again. `giveUp` is aborted when nobody waits for it any longer: the sink may be closed then while
   * a write is under way.
   */
  write(delivery: Delivery, giveUp?: AbortSignal): Promise<Refusal | undefined>
  /** Makes durable what was written, and says what to keep with the checkpoint. */
  flush(): Promise<SinkState>
  [Symbol.asyncDispose](): Promise<void>
}

/** What one write gets, and how many writes may be under way at once. */
export type BatchLimits = {
  readonly rows: number
  readonly bytes: number
  /** How long a batch that is not full waits for more, ms. */
  readonly lingerMs: number
  readonly inFlight: number
}

/**
 * How a type of sink wants its rows, where the user says nothing else (`batch`). A type that says nothing gets records as
 * they lie in the log, as soon as they are there, one write at a time.
 */
export type BatchDefaults = Partial<BatchLimits> & {
  /** Whether batches of one partition may be written side by side, and so in any order; else only those of several. */
  readonly anyOrder?: boolean
}

export type LostFile = { readonly path: string; readonly nature: string }

export type SinkType<Options = unknown> = {
  readonly name: string
  readonly summary: string
  /** What a repeated write leaves: a second copy, the same content, nothing uncommitted. */
  readonly writes: 'append' | 'idempotent' | 'transactional'
  readonly options: z.ZodType<Options>
  readonly batch?: BatchDefaults
  /** The file or folder that is its alone, as a whole path: another sink that writes there would spoil it. */
  owns?(options: Options, folder: string): string
  /** Files that have less than the state says was written to them, or are gone: `nature` goes on with "by sink NAME". */
  lost?(state: SinkState, options: Options, where: Pick<SinkContext, 'disk' | 'folder' | 'name'>): readonly LostFile[]
  /** Rejects with a Failure; a retryable one is tried again while the rest of the pipeline works. */
  open(options: Options, context: SinkContext): Promise<Sink>
}

export function defineSink<Options>(type: SinkType<Options>): SinkType {
  return type as SinkType
}
