/**
 * A pipeline with all names resolved, all queries planned and all options read: `check.ts` makes it, `run.ts` runs it. Only
 * the outside world can still fail it.
 */
import type { Telling } from '../alert/telling.ts'
import type { Failure } from '../base/failure.ts'
import type { Duration, EventTime } from '../base/quantity.ts'
import type { Schedule } from '../base/schedule.ts'
import type { TopicSettings } from '../bus/bus.ts'
import type { ChosenBus } from '../bus/bus-type.ts'
import type { ChosenFormat, RecordEncoder } from '../format/format.ts'
import type { Field } from '../record/type.ts'
import type { BatchLimits, SinkRows, SinkType } from '../sink/sink.ts'
import type { SourceType } from '../source/source.ts'
import type { Catalog } from '../sql/catalog.ts'
import type { Session } from '../sql/function/function.ts'
import type { Severity } from '../sql/plan/alert-words.ts'
import type { Query } from '../sql/plan/plan.ts'
import type { LookupContext, LookupType } from '../table/lookup/lookup.ts'
import type { StoredColumn, StoreType } from '../table/table.ts'
import type { MaxAhead } from '../topic/from-the-future.ts'
import type { Rule } from '../topic/rules.ts'
import type { TopicFormat } from '../topic/topic-format.ts'
import type { FlinkDelivery, OutOfRange, WhenFull } from './definition.ts'
import type { PipelineText } from './file/pipeline-text.ts'
import type { RowTicks } from './row-ticks.ts'

export type CheckedPipeline = {
  readonly name: string
  /** Folder of the pipeline file: relative paths start here. */
  readonly folder: string
  readonly timezone: string
  readonly bus: ChosenBus
  /** Several processes share its parts; absent: one process has them all. */
  readonly share?: ShareRule | undefined
  readonly engine: CheckedEngine
  readonly session: Session
  /** All tables that SQL can read: source topics, the topics of queries under the query's own name, and, for reports, tables of stores. */
  readonly catalog: Catalog
  readonly sources: readonly CheckedSource[]
  /** Source topics first, then those of queries, each before its readers; those of reports are with the reports. */
  readonly topics: readonly CheckedTopic[]
  /** Each after the queries whose topics it reads; those of alerts are the last. */
  readonly queries: readonly CheckedQuery[]
  /** Each after those that it reads. */
  readonly views: readonly CheckedView[]
  /** Tables of stores, by their names in SQL. */
  readonly tables: ReadonlyMap<string, CheckedTable>
  /** Tables that queries look rows up in, by their names in SQL. */
  readonly lookups: ReadonlyMap<string, CheckedLookup>
  readonly reports: readonly CheckedReport[]
  /** Those of the file, and one for each notifier of an alert. */
  readonly sinks: readonly CheckedSink[]
  readonly alerts: readonly CheckedAlert[]
  /** `disk`: bytes of all topics together. `state`: bytes of memory of a query without a limit of its own, or of a report. */
  readonly limits: { readonly disk: number | undefined; readonly whenFull: WhenFull; readonly state: number }
  readonly checkpointIntervalMs: Duration
  /** What the file and the options say, before defaults are filled in, without its secrets: a group of sections. */
  readonly written: unknown
  /** A failure about the part of the file with this path. */
  failureAt: PipelineText['failure']
  /** A text with values from the environment replaced by their `${…}`: whatever is shown of the pipeline at work goes through it. */
  mask(text: string): string
}

/** After this time without a sign of life from a process, others take over its parts. */
export type ShareRule = { readonly sessionMs: Duration }

/** What runs the queries: this process, or Apache Flink. */
export type CheckedEngine =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'flink'
      /** `http://HOST:PORT` of the SQL Gateway. */
      readonly gateway: string
      /** `http://HOST:PORT` of the JobManager; undefined: the file does not say. */
      readonly jobmanager: string | undefined
      readonly parallelism: number
      readonly checkpointMs: Duration
      readonly delivery: FlinkDelivery
    }

export type CheckedSource = {
  readonly name: string
  /** The host that runs it, where processes share the pipeline; absent: any of them. */
  readonly on?: string | undefined
  readonly type: SourceType
  /** As read by `type.options`. */
  readonly options: unknown
  /** `CheckedTopic.name` of the topic it fills. */
  readonly to: string
  /** What writes rows with these columns as records of that topic; undefined: it brings lines. */
  readonly writer: ((fields: readonly Field[]) => RecordEncoder) | undefined
}

export type CheckedTopic = {
  /** Its name in SQL and in the file: `apache_logs`, `methods`. */
  readonly name: string
  /** Its name on the bus: `apache_logs`, `nasa.methods`. */
  readonly topic: string
  /** What the topics of its dead letters and ticks are called after (`deadOf`, `ticksOf`), which are always this pipeline's own. */
  readonly kept: string
  readonly partitions: number
  /** What the bus makes it with, besides. */
  readonly settings: TopicSettings
  /** Where its readers begin that have no place in it yet. */
  readonly start: TopicStart
  /** Where readers go on whose next records are deleted, on a bus that deletes by itself. */
  readonly outOfRange: OutOfRange
  /** The format that the file gives it; undefined for a query's topic. */
  readonly chosen?: ChosenFormat
  /** Decodes its records; for a query's topic it is json with the query's columns. */
  readonly format: TopicFormat
  /** What decodes the lines of a test in its place, where its records are no lines. */
  readonly inTests?: TopicFormat
  /** The columns of `format`. */
  readonly fields: readonly Field[]
  /** Index of the event-time column. */
  readonly rowtime: number | undefined
  /** A partition without records for this time does not hold windows open. */
  readonly idleMs: Duration | undefined
  /** How far event time may be ahead of arrival; undefined where there is no event time, or nobody knows the arrival. */
  readonly maxAhead: MaxAhead | undefined
  readonly retention: RetentionRule
  /** How long and how much is kept of its dead letters. */
  readonly dead: DeadRule
  /** What its records have to meet to be rows. */
  readonly rules: readonly Rule[]
  /** What its rows are, as text: the format, its options, the watermark, the rules. A query over others is another query. */
  readonly fingerprint: string
  /** The same without the rules, which change what is counted from now on; any other change makes old state useless. */
  readonly meaning: string
  /** The parts of `meaning`: of the topic without its columns, and of each column. A column that nobody reads may change. */
  readonly parts: { readonly topic: string; readonly columns: readonly string[] }
}

/** The topics that a pipeline declares: those of sources and queries in their order, then those of reports. */
export const allTopics = ({
  topics,
  reports,
}: Pick<CheckedPipeline, 'topics' | 'reports'>): readonly CheckedTopic[] => [
  ...topics,
  ...reports.map(({ topic }) => topic),
]

/** The name of the topic that keeps the dead letters of another. */
export const deadOf = ({ kept }: Pick<CheckedTopic, 'kept'>): string => `${kept}.dead`

/** The name of the topic that keeps the ticks of another. */
export const ticksOf = ({ kept }: Pick<CheckedTopic, 'kept'>): string => `${kept}.ticks`

/** What the bus calls the topic of an alert. */
export const alertTopic = (pipeline: string, alert: string): string => `${pipeline}.alert.${alert}`

/** The first record that is kept, those to come, or the first that arrived at or after a time, ms since 1970. */
export type TopicStart = 'earliest' | 'latest' | EventTime

/** How much a topic keeps; undefined is without end. */
export type RetentionRule = {
  /** For records that every reader has read: their age, and the bytes of all of them. */
  readonly timeMs: Duration | undefined
  readonly bytes: number | undefined
  /** Bytes of all records, read or not. */
  readonly limit: number | undefined
  readonly whenFull: WhenFull
}

/** `isGiven`: the file says it. */
export type DeadRule = Pick<RetentionRule, 'timeMs' | 'bytes'> & { readonly isGiven: boolean }

export type CheckedQuery = {
  readonly name: string
  readonly query: Query
  /** As the file has it, where it is not SQL: `count: { by: path, every: 1m, from: access }`. */
  readonly shortForm?: string | undefined
  /** `CheckedTopic.name` of the topics it reads, without repeats. */
  readonly reads: readonly string[]
  /** Names of the lookup tables that its rows are joined with. */
  readonly lookups: readonly string[]
  /** Whether its rows come in order of their windows. */
  readonly inWindows: boolean
  /** Bytes of memory for its state. */
  readonly stateLimit: number
  /** Its consumer group on the bus. */
  readonly group: string
  /** A failure about its SQL, `query.sql`, at the part of the file where that was written. */
  inFile(failure: Failure): Failure
  /** How rows are known that it has put out before; absent: by their order alone. */
  readonly repeats?: RepeatsPlan
  /** How the clock of its topic shows among its rows, for another engine that reads them; absent: it does not. */
  readonly ticks?: RowTicks
}

export type RepeatsPlan = {
  /** The column whose time the rows come in order of. */
  readonly time: number
  /** The last column, of their offset in the topic that is read, is no part of them; undefined: only rows of the beginning may be repeated. */
  readonly offset: number | undefined
}

/** A SELECT with a name, which is put in wherever SQL names it. */
export type CheckedView = {
  readonly name: string
  readonly sql: string
  readonly fields: readonly Field[]
  /** Index of the event-time column. */
  readonly rowtime: number | undefined
  /** As of `CheckedQuery`, about the text of the view. */
  inFile(failure: Failure): Failure
}

/** A table of a store, which reports read. */
export type CheckedTable = {
  readonly name: string
  readonly type: StoreType
  /** As read by `type.options`. */
  readonly options: unknown
  readonly columns: readonly StoredColumn[]
  /** The columns as records that the format decodes. */
  readonly format: TopicFormat
  readonly fields: readonly Field[]
  /** Index of the event-time column. */
  readonly rowtime: number
  /** A report that is due waits for this time. */
  readonly delayMs: Duration
}

/** A table that queries look rows up in. */
export type CheckedLookup = LookupContext & {
  readonly type: LookupType
  /** As read by `type.options`. */
  readonly options: unknown
  /** The meaning of its content: the format and the columns, not where it comes from. */
  readonly fingerprint: string
}

/** A query in batch mode over a span of event time. Its rows begin with the span: `span_start`, `span_end`. */
export type CheckedReport = {
  readonly name: string
  readonly query: Query
  /** `CheckedTopic.name` of the topics it reads, and the names of the tables of stores. */
  readonly reads: readonly string[]
  readonly tables: readonly string[]
  /** The query of the pipeline that it asks; undefined if it has SQL of its own. */
  readonly of: string | undefined
  /** The query with whose late records `--compare` explains its rows, if the file names one. */
  readonly compare: string | undefined
  /** The topic of its rows. */
  readonly topic: CheckedTopic
  /** Columns that identify a row among those of all spans; undefined: the span and the row's number do. */
  readonly rowKey: readonly number[] | undefined
  /** As of `Query`. */
  readonly rowKeyParts: readonly (readonly number[])[] | undefined
  readonly schedule: Schedule | undefined
  /** Length of the span, which ends when the report is due. */
  readonly spanMs: Duration
}

/** An alert: a query with an alert on top, or `unreachable`, which is about sources. */
export type CheckedAlert = {
  readonly name: string
  readonly severity: Severity
  /** undefined: it is `unreachable`, which no query makes. */
  readonly query: CheckedQuery | undefined
  /** A source that cannot be reached for this time is told; of `unreachable` only. */
  readonly unreachableMs: Duration | undefined
  /** The query whose rows it watches. */
  readonly from: string | undefined
  /** Names of its key columns. */
  readonly key: readonly string[]
  /** Its conditions as the file has them, for people; the query has them planned. */
  readonly conditions: {
    readonly when?: string | undefined
    readonly clear?: string | undefined
    readonly minCount?: string | undefined
  }
  /** Names of the sinks that tell people. */
  readonly notifiers: readonly string[]
}

export type CheckedSink = {
  readonly name: string
  /** The host that runs it, where processes share the pipeline; absent: its partitions are divided among them. */
  readonly on?: string | undefined
  /** The partitions that this process delivers, where others deliver the rest; absent: all. */
  readonly only?: readonly number[] | undefined
  readonly type: SinkType
  readonly options: unknown
  /** `CheckedTopic.name` of the topic that it delivers. */
  readonly from: string
  readonly limits: BatchLimits
  /** Its consumer group on the bus. */
  readonly group: string
  /** The rows that it gets. */
  readonly rows: SinkRows
  /** It tells people of an alert; its options are those of the notifier. */
  readonly telling?: Telling
}
