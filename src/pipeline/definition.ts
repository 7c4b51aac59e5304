/**
 * A pipeline as written (`PipelineDefinition`) and as read (`PipelineFile`); `schema.ts` reads it. Entries take the types of
 * their times and sizes: texts as written, then milliseconds and bytes. This file imports only types, so that a pipeline in
 * TypeScript loads at once.
 */
import type { Duration } from '../base/quantity.ts'
import type { Codec } from '../bus/batch/compression/codec.ts'
import type { WrittenColumn, WrittenColumns } from '../format/declared-columns.ts'
import type { Severity } from '../sql/plan/alert-words.ts'
import type { PlainTest, TestEntry } from './expect/test-entry.ts'

/** A pipeline as written in TypeScript or YAML; quantities are texts such as `10s`. */
export type PipelineDefinition = {
  readonly version: 1
  readonly name: string
  readonly timezone?: string
  /** `embedded`, `kafka://host:9092,host:9093`, or a bus with its options: `{ kafka: { brokers: 'host:9092' } }`. */
  readonly bus?: string | BusEntry
  /** Several processes, each with a data folder of its own, share the parts; only on Kafka. */
  readonly share?: boolean | { readonly session?: string }
  /** `embedded`, `flink://host:8083`, or Flink with its options: `{ flink: { gateway: 'http://host:8083' } }`. */
  readonly engine?: string | EngineDefinition
  /** Names with values, used as `${params.NAME}` and set by `--set NAME=…`. */
  readonly params?: { readonly [name: string]: string | number | boolean | ParamEntry }
  readonly sources?: { readonly [name: string]: SourceEntry }
  readonly topics?: { readonly [name: string]: TopicEntry<string, string> }
  /** Files of functions in TypeScript: `./risk.ts`. */
  readonly functions?: string | readonly string[]
  /** A SELECT for each name, which is put in wherever SQL of the file names it. */
  readonly views?: { readonly [name: string]: string }
  readonly queries?: { readonly [name: string]: string | QueryEntry<string, string> }
  /** Tables of stores, which reports read, and tables that queries look rows up in. */
  readonly tables?: { readonly [name: string]: TableEntry<string> }
  readonly reports?: { readonly [name: string]: string | ReportEntry<string, string> }
  readonly sinks?: { readonly [name: string]: SinkEntry<string, string> }
  /** Alerts over the rows of queries; `unreachable` is about sources that cannot be reached. */
  readonly alerts?: { readonly [name: string]: AlertEntry<string, string> }
  /** Lines in, rows out: `tailrace test` runs them. */
  readonly tests?: { readonly [name: string]: TestEntry<string> }
  readonly checkpoint?: { readonly interval?: string }
  /** Sizes: `disk` of all topics together, `state` of the memory of each query. */
  readonly limits?: { readonly disk?: string; readonly when_full?: WhenFull; readonly state?: string }
}

/** What runs the queries; `Time` is `10s` as written, a Duration once read. */
export type FlinkEntry<Time> = {
  /** The SQL Gateway: `http://host:8083`. */
  readonly gateway: string
  /** The REST address of the JobManager: `http://host:8081`. */
  readonly jobmanager?: string | undefined
  readonly parallelism?: number | undefined
  readonly checkpoint?: Time | undefined
  readonly delivery?: FlinkDelivery | undefined
}

/** How Flink writes to Kafka: in transactions, or without. */
export type FlinkDelivery = 'exactly-once' | 'at-least-once'

export type EngineDefinition = { readonly embedded?: object; readonly flink?: FlinkEntry<string> }

/** One of the two. */
export type EngineEntry = {
  readonly embedded?: object | undefined
  readonly flink?:
    | (FlinkEntry<Duration> & { readonly parallelism: number; readonly delivery: FlinkDelivery })
    | undefined
}

/** The definition once read: short spellings written out, defaults filled in, options read by their kinds. */
export type PipelineFile = {
  readonly version: 1
  readonly name: string
  readonly timezone: string
  readonly bus: BusEntry
  /** `session`: after this time without a sign of life, others take over the parts of a process. */
  readonly share: false | { readonly session: Duration }
  readonly engine: EngineEntry
  readonly sources: { readonly [name: string]: SourceEntry }
  readonly topics: {
    readonly [name: string]: Omit<TopicEntry<Duration, number>, 'format'> & {
      readonly partitions: number
      readonly format: FormatEntry
    }
  }
  readonly functions: string | readonly string[]
  readonly views: { readonly [name: string]: string }
  readonly queries: { readonly [name: string]: QueryEntry<Duration, number> }
  readonly tables: {
    readonly [name: string]: TableEntry<Duration> & { readonly columns: WrittenColumns }
  }
  readonly reports: { readonly [name: string]: ReportEntry<Duration, number> & { readonly span: Duration } }
  readonly sinks: { readonly [name: string]: SinkEntry<Duration, number> }
  readonly alerts: { readonly [name: string]: PlainAlert }
  readonly tests: { readonly [name: string]: PlainTest }
  readonly checkpoint: { readonly interval: Duration }
  readonly limits: { readonly disk?: number; readonly when_full: WhenFull; readonly state?: number | undefined }
}

/** `${params.N}`, which stands for a number, or a variable. */
export type Use = `${string}\${${string}}${string}`

/** A number, for which a use may stand where the pipeline is as written: there, times are texts. */
type Count<Time> = Time extends string ? number | Use : number

/** A parameter. Without a type, that is the form of its default: `5m` is a duration. */
export type ParamEntry = {
  readonly type?: 'int' | 'number' | 'boolean' | 'text' | 'duration' | 'size'
  readonly default: string | number | boolean
  readonly min?: string | number
  readonly max?: string | number
}

/** One key, the name of the bus, with its options. */
export type BusEntry = { readonly [type: string]: unknown }

/** Besides these it has one key, the kind, with its options. `on`: the host that runs it, where processes share the pipeline. */
export type SourceEntry = { readonly to: string; readonly on?: string | undefined; readonly [type: string]: unknown }

/** Besides these it has one key, the kind, with its options. `batch` replaces the batch limits of the kind. */
export type SinkEntry<Time, Size> = {
  readonly from: string
  /** The host that runs it, where processes share the pipeline. */
  readonly on?: string | undefined
  /** Its consumer group on the bus; `PIPELINE.sink.NAME` by default. */
  readonly group?: string | undefined
  readonly batch?: {
    readonly rows?: number
    readonly bytes?: Size
    readonly linger?: Time
    readonly in_flight?: number
  }
  readonly [type: string]: unknown
}

export type TopicEntry<Time, Size> = {
  readonly partitions?: Count<Time>
  readonly format: string | FormatEntry
  /** Columns besides those of the format: `TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'`, or an expression over the others. */
  readonly columns?: { readonly [name: string]: string } | undefined
  /** `ts - INTERVAL '5' SECOND`: the event-time column and how far the watermark trails it. */
  readonly watermark?: string | undefined
  /**
   * `10s`: a partition without new records for this time does not hold windows open; by default `10m` where a source of the
   * file fills the topic. `never`, read as Infinity: it does.
   */
  readonly idle?: Time | undefined
  /** `24h`: a record whose event time is further after its arrival is a dead letter. `never`, read as Infinity: it is a row. */
  readonly max_ahead?: Time | undefined
  /** Conditions that every record has to meet, in SQL over the topic's columns, by name: the others are dead letters. */
  readonly require?: { readonly [rule: string]: string } | undefined
  /** How long and how much is kept of the topic's dead letters. */
  readonly dead?: ResultRetention<Time, Size> | undefined
  readonly retention?: RetentionEntry<Time, Size> | undefined
  /** Where queries and sinks begin that have no place yet: `earliest`, `latest`, or a time of arrival. */
  readonly start?: string | undefined
  /** On a shared bus: where a reader goes on whose next records were deleted before it had read them; `earliest` by default. */
  readonly out_of_range?: OutOfRange | undefined
  /** On Kafka: how many brokers have a copy. */
  readonly replication?: number | undefined
  /** On Kafka: what an append waits for. 1 is the leader alone; `check` warns that it can lose lines. */
  readonly acks?: 'all' | 1 | undefined
  readonly compression?: Codec | undefined
  /** On Kafka: when a batch is full, and how long one that is not full waits for more. */
  readonly batch?: TopicBatch<Time, Size> | undefined
}

/** At the first records that are kept, at those to come, or not at all: the run ends. */
export type OutOfRange = 'earliest' | 'latest' | 'fail'

export type TopicBatch<Time, Size> = {
  readonly records?: number | undefined
  readonly bytes?: Size | undefined
  readonly linger?: Time | undefined
}

/** At a hard limit: sources wait for the readers, or the oldest records are dropped unread. */
export type WhenFull = 'block' | 'drop_oldest'

/** How long and how much of a result is kept. A time without end is read as Infinity. */
export type ResultRetention<Time, Size> = { readonly time?: Time | undefined; readonly size?: Size | undefined }

/** `time` and `size` limit the records that every reader has read, `limit` all records. */
export type RetentionEntry<Time, Size> = ResultRetention<Time, Size> & {
  readonly limit?: Size | undefined
  readonly when_full?: WhenFull | undefined
}

/** One key, the name of the format, with its options; for a format with a main option, its text alone. */
export type FormatEntry = { readonly [format: string]: unknown }

export type QueryEntry<Time, Size> = QueryForms<Time> & {
  readonly retention?: ResultRetention<Time, Size> | undefined
  /** Its consumer group on the bus; `PIPELINE.query.NAME` by default. */
  readonly group?: string | undefined
  /** After how much event time, `10s` by default, or how many records an answer that changes is put out again. */
  readonly changes?: { readonly every?: Time | undefined; readonly records?: number | undefined } | undefined
  /** `limit`: memory for its open windows and keys. `ttl`: how long a key is known, in event time; forever is Infinity. */
  readonly state?: { readonly limit?: Size | undefined; readonly ttl?: Time | undefined } | undefined
}

/** Besides these it has one key, the kind of table, with its options. */
export type TableEntry<Time> = {
  /** What SQL can read: `{ type: TIMESTAMP_LTZ(3), path: timestamp }`, where the store calls it `timestamp`. */
  readonly columns: { readonly [name: string]: string | WrittenColumn }
  /** Of a table of a store: the column of event time. */
  readonly time?: string | undefined
  /** Of a lookup table: the columns by which a row is found. */
  readonly key?: string | readonly string[] | undefined
  /** Of a lookup table: `accept` where several rows may have one key. */
  readonly duplicates?: 'accept' | undefined
  /** How long a report that is due waits for rows that come late to the store; `1m` by default. */
  readonly delay?: Time | undefined
  readonly [type: string]: unknown
}

/** A query over a bounded span of event time, in batch mode: one of its own, or `query`, one of the pipeline's. */
export type ReportEntry<Time, Size> = QueryForms<Time> & {
  readonly query?: string | undefined
  /** Cron expression in the pipeline's time zone; without one the report is made by hand only. */
  readonly at?: string | undefined
  /** Length of the span, which ends when the report is due. */
  readonly span?: Time | undefined
  /** A query over the same topics, whose late records `report --compare` explains the differences to real time with. */
  readonly compare?: string | undefined
  readonly retention?: ResultRetention<Time, Size> | undefined
}

/** A query whose rows mean trouble: each time that it fires or is resolved, a row says so. Times are of event time. */
export type AlertEntry<Time, Size> = {
  /** The query whose rows are watched. */
  readonly from?: string | undefined
  /** SQL over a row's columns: whether it is in trouble, and whether it is out of it again; by default, NOT in trouble. */
  readonly when?: string | undefined
  readonly clear?: string | undefined
  /** SQL: whether a row has enough to judge by. One that has not says nothing. */
  readonly min_count?: string | undefined
  /** It fires once `when` was true for this time, in each row. */
  readonly for?: Time | undefined
  /** A key without rows for this time is in no trouble any more. `never`, read as Infinity: it stays in it. */
  readonly quiet?: Time | undefined
  /** Instead of `when`: it fires once a key had no row for this time. */
  readonly absent?: Time | undefined
  /** Columns: each combination of their values is an alert of its own. By default the row key without the window. */
  readonly key?: string | readonly string[] | undefined
  readonly severity?: Severity | undefined
  /** `{{ country }}: {{ error_rate }} fail` */
  readonly message?: string | undefined
  /** While it fires, it is said again after each of these times. */
  readonly remind?: Time | undefined
  /** What was older than this when it was found is in the topic, but nobody is told. `never`, read as Infinity. */
  readonly max_age?: Time | undefined
  /** The most keys that are in trouble, or watched for absence, at once. */
  readonly limit?: Count<Time> | undefined
  readonly retention?: ResultRetention<Time, Size> | undefined
  /** The notifiers: each has one key, the kind, with its options; `console` alone is short for `console: {}`. */
  readonly notify?: string | readonly (string | NotifierEntry)[] | undefined
}

/** An alert once read. */
export type PlainAlert = Omit<AlertEntry<Duration, number>, 'key' | 'notify'> & {
  readonly key?: readonly string[] | undefined
  readonly severity: Severity
  readonly max_age: Duration
  readonly limit: number
  readonly notify: readonly NotifierEntry[]
}

export type NotifierEntry = { readonly [type: string]: unknown }

/** SQL, or one short form that stands for SQL. `Every` is `5m` as written, a Duration once read. */
export type QueryForms<Every> = {
  readonly sql?: string | undefined
  readonly top?: TopForm<Every> | undefined
  readonly count?: CountForm<Every> | undefined
  readonly rate?: RateForm<Every> | undefined
}
/** Without `every`, which only a report may leave out, a short form is over all rows of the span. */
type Windowed<Every> = { readonly every?: Every | undefined; readonly from: string }

/** In each window, the `count` values of `of` for which the aggregate `by` is greatest. */
export type TopForm<Every> = Windowed<Every> & {
  readonly count: Count<Every>
  readonly of: string | readonly string[]
  readonly by: string
}
/** The number of rows in each window, for each value of `by` if given. */
export type CountForm<Every> = Windowed<Every> & { readonly by?: string | readonly string[] | undefined }
/** The share of rows in each window for which the condition `of` holds, for each value of `by` if given. */
export type RateForm<Every> = CountForm<Every> & { readonly of: string }

/** Gives a pipeline written in TypeScript its types: `export const pipeline = definePipeline({ … })`. */
export function definePipeline(definition: PipelineDefinition): PipelineDefinition {
  return definition
}
