/** Where results, or raw records, go out to. A new sink is a file beside this and one line in `all.ts`. */
import type * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk/disk.ts'
import type { Failure } from '../base/failure.ts'
import type { Duration, EventTime, Offset } from '../base/quantity.ts'
import type { Before } from '../data/before.ts'
import type { FolderIdentity } from '../data/identity.ts'
import type { KeptRecords } from '../format/format.ts'
import type { Batch, Records } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import type { SharedOutput } from '../terminal/output.ts'

/** The state that a sink keeps with the checkpoint, as plain JSON; for instance the length of its file. */
export type SinkState = { readonly [key: string]: unknown }

/** What is known of the rows that a sink gets before there are any. */
export type SinkRows = {
  /** The name of the pipeline. */
  readonly pipeline: string
  /** The topic it reads, as the pipeline file calls it. */
  readonly from: string
  /** That topic's name on the bus. */
  readonly topic: string
  readonly partitions: number
  readonly fields: readonly Field[]
  /** Index of the event-time column, if the topic has one. */
  readonly rowtime: number | undefined
  /** Indexes of the columns that name a row; undefined: only topic, partition and offset name it. */
  readonly rowKey: readonly number[] | undefined
  /** The row key in parts, each with the columns of which any one is enough: either end of a window. */
  readonly rowKeyParts: readonly (readonly number[])[] | undefined
  /** Columns that are NULL in the groups of some grouping sets. */
  readonly nullKeys?: readonly number[]
  /** Whether rows change: one takes the place of the one with its row key, and a deleted one goes (`Batch.deleted`). */
  readonly changing?: boolean
  readonly timezone: string
}

/** What people have silenced: until when, ms since 1970, nobody hears about a key of an alert; undefined: it is not silenced. */
export type Silenced = {
  until(alert: string, key: { readonly [column: string]: unknown }): number | undefined
}

/** What fires of an alert, as its query says it, and up to which event time that is known. */
export type Lasting = { readonly reached: EventTime; ids(): ReadonlySet<string> }

export type SinkContext = SinkRows & {
  readonly name: string
  /** Folder that relative paths start from: that of the pipeline file. */
  readonly folder: string
  readonly clock: Clock
  readonly disk: Disk
  /** The data folder, as the marks of files name it. */
  readonly data: FolderIdentity
  /** Folder in the data folder for this sink alone, which may not be there yet. */
  readonly scratch: string
  /** State of the last checkpoint. A sink removes the rows that it wrote after that, because they will be delivered again. */
  readonly state: SinkState | undefined
  /**
   * Keeps what a place of this sink had before the pipeline first wrote to it, for `run --fresh`. A sink that leaves anything
   * waits for this before it writes to a new place. Later calls for the same place change nothing.
   */
  remember(before: Before): Promise<void>
  /** Standard output. */
  readonly output: SharedOutput
  /** For sinks that tell people of alerts. */
  readonly silenced?: Silenced
  /** The same; undefined: that is not known. */
  lasting?(): Lasting | undefined
  /** Says something about the sink that a person should know; not given: nobody listens. */
  warn?(message: string): void
}

/** Consecutive records of one partition, with the rows decoded from them. */
export type Delivery = {
  readonly partition: number
  /** Offset of `records` 0. */
  readonly baseOffset: Offset
  readonly records: Records
  /** The rows; `rows.origin` says of which record each was made. Valid until `write` resolves. */
  readonly rows: Batch
  /** The records with their keys, arrival and headers, where the type of sink asks for them; valid as `rows`. */
  readonly kept?: KeptRecords | undefined
}

/**
 * Rows that a store will never take: bad data, so a value and no Failure. Either the sink names the rows, and has taken all
 * others. Or it refuses the whole batch, and has kept nothing that a repeated write would double: then the delivery loop
 * tries smaller batches until it has found the rows.
 */
export type Refusal =
  | { readonly kind: 'rows'; readonly rows: readonly { readonly row: number; readonly reason: string }[] }
  | { readonly kind: 'batch'; readonly reason: string }

export type Sink = {
  /**
   * Takes the rows of a delivery, except those that it refuses. Rejects with a Failure where the store cannot be written to;
   * then the same delivery comes again. `giveUp` is aborted when nobody waits for the write any longer: the sink may then
   * be closed while it is under way.
   */
  write(delivery: Delivery, giveUp?: AbortSignal): Promise<Refusal | undefined>
  /** Makes the written rows durable, and gives the state to keep with the checkpoint. Rejects with a Failure. */
  flush(): Promise<SinkState>
  /**
   * Called when everything is delivered and nothing more will come: what the sink still holds goes to its store now. Rejects
   * with a Failure; then it is called again.
   */
  finish?(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** The size of a batch, and how many writes may be under way at once. */
export type BatchLimits = {
  readonly rows: number
  readonly bytes: number
  /** How long a batch that is not full waits for more. */
  readonly lingerMs: Duration
  readonly inFlight: number
}

/**
 * How a type of sink wants its batches, unless the pipeline file says otherwise. A type without limits gets the log's own
 * batches, as soon as they are there, one write at a time.
 */
export type BatchDefaults = Partial<BatchLimits> & {
  /** Whether batches of one partition may be written side by side, and so in any order; else only those of different partitions. */
  readonly anyOrder?: boolean
}

/** What a repeated write leaves: a second copy (append), the same content (idempotent), nothing uncommitted (transactional). */
export type Writes = 'append' | 'idempotent' | 'transactional'

/** A mistake in the options of a sink, or a probable one (`isWarning`), which only shows beside the rows that it gets. */
export type SinkMistake = {
  /** The option, as a path inside the options. */
  readonly path: readonly (string | number)[]
  /** Whether the key of the option is wrong, or its value, which is the default. */
  readonly at?: 'key' | 'value'
  /** With a place where the option is SQL. */
  readonly failure: Failure
  readonly isWarning?: true
}

/** A file that is not as the state says; `nature` says how, and goes on with "by sink NAME". */
export type LostFile = { readonly path: string; readonly nature: string }

/** What a store says of the place of a sink. */
export type StoreLook = {
  /** The store and the place, in words: `Cassandra 5.0.6 at db1:9042, table logspace.results`; undefined: it is not there. */
  readonly found: string | undefined
  /** What would keep the sink from writing there. */
  readonly failures: readonly Failure[]
  /** What is otherwise than the options say, and would not. */
  readonly warnings: readonly string[]
}

export type SinkType<Options = unknown> = {
  readonly name: string
  readonly summary: string
  /** A function where it depends on the options. */
  readonly writes: Writes | ((options: Options) => Writes)
  readonly options: z.ZodType<Options>
  readonly batch?: BatchDefaults
  /**
   * Why it belongs to one machine, in words that follow its name: `writes to a file of one machine`. Absent or undefined: its
   * partitions may be delivered by several processes; then it keeps no state (`Sink.flush`).
   */
  oneHost?(options: Options): string | undefined
  /** The mistakes in the options, in any order, of a sink that gets these rows. It looks at nothing outside. */
  check?(options: Options, rows: SinkRows): readonly SinkMistake[]
  /** Whether rows that change are right in it: `SinkRows.changing`. Absent: it only appends. */
  replaces?(options: Options): boolean
  /** Whether its deliveries bring the records as the topic keeps them, with keys, arrival and headers. */
  readsKept?(options: Options): boolean
  /** The sink that these options are short for, as the pipeline file would have it, without secrets; absent: for none. */
  spelledOut?(options: Options): { readonly [kind: string]: unknown }
  /** The table of a store that it fills, as the table type of the same name says it. */
  place?(options: Options, folder: string): string
  /** Whole path of the file or folder that the sink writes to: no other sink may write there. */
  owns?(options: Options, folder: string): string
  /** Files that are gone, or have less than the state says was written to them. */
  lost?(
    state: SinkState,
    options: Options,
    where: Pick<SinkContext, 'disk' | 'folder' | 'name' | 'scratch'>,
  ): readonly LostFile[]
  /** Why it could not write to its place on this machine now, in words; undefined where nothing speaks against it. */
  lookAhead?(options: Options, folder: string): string | undefined
  /** Asks the store of this sink how it finds its place, and changes nothing. Rejects with a Failure where it is out of reach. */
  connect?(options: Options, context: SinkRows & Pick<SinkContext, 'folder' | 'clock'>): Promise<StoreLook>
  /** Rejects with a Failure; after a retryable one, opening is tried again while the rest of the pipeline works. */
  open(options: Options, context: SinkContext): Promise<Sink>
}

/** What a repeated write leaves in a sink with these options. */
export const writesOf = ({ writes }: Pick<SinkType, 'writes'>, options: unknown): Writes =>
  typeof writes === 'function' ? writes(options) : writes

/** A type of sink, with its options typed where it is defined. */
export function defineSink<Options>(type: SinkType<Options>): SinkType {
  return type as SinkType
}
