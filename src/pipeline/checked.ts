/**
 * A pipeline whose every name is resolved, every query planned and every option read: what `check.ts` makes of a file and
 * `run.ts` runs. Nothing in it can be wrong any more but the world.
 */
import type { BusName } from '../bus/all.ts'
import type { OpenFormat } from '../format/format.ts'
import type { Field } from '../record/type.ts'
import type { BatchLimits, SinkType } from '../sink/sink.ts'
import type { SourceType } from '../source/source.ts'
import type { Catalog } from '../sql/catalog.ts'
import type { Session } from '../sql/function/function.ts'
import type { Query } from '../sql/plan/plan.ts'
import type { WhenFull } from './definition.ts'
import type { Schedule } from './schedule.ts'

export type CheckedPipeline = {
  readonly name: string
  /** Folder of the pipeline file: relative paths start here. */
  readonly folder: string
  readonly timezone: string
  readonly bus: BusName
  readonly session: Session
  /** All tables that queries can read: source topics, and query topics under the query's own name. */
  readonly catalog: Catalog
  readonly sources: readonly CheckedSource[]
  /** Source topics first, then query topics, each before those that read it; those of reports are with the reports. */
  readonly topics: readonly CheckedTopic[]
  /** Each after the queries whose topics it reads. */
  readonly queries: readonly CheckedQuery[]
  readonly reports: readonly CheckedReport[]
  readonly sinks: readonly CheckedSink[]
  /** `disk`: bytes of all topics together. `state`: bytes of memory of a query that has no limit of its own, and of a report. */
  readonly limits: { readonly disk: number | undefined; readonly whenFull: WhenFull; readonly state: number }
  /** Time between two checkpoints, ms. */
  readonly checkpointIntervalMs: number
}

export type CheckedSource = {
  readonly name: string
  readonly type: SourceType
  /** As `type.options` gave them. */
  readonly options: unknown
  /** `CheckedTopic.name` of the topic it fills. */
  readonly to: string
}

export type CheckedTopic = {
  /** As SQL and the file call it: `apache_logs`, `methods`. */
  readonly name: string
  /** As the bus calls it: `apache_logs`, `nasa.methods`. */
  readonly topic: string
  readonly partitions: number
  /** How its records are decoded; of a query's topic: json with the query's columns declared. */
  readonly format: OpenFormat
  readonly fields: readonly Field[]
  /** Index of the event-time column, if it has one. */
  readonly rowtime: number | undefined
  /** A partition that is quiet for so long does not hold windows open, ms. */
  readonly idleMs: number | undefined
  readonly retention: RetentionRule
  /** What the records mean, as text: name of the format, its options, the watermark. A change makes old state useless. */
  readonly fingerprint: string
}

/** What was read by everybody is kept so long and so much of it; what was not, up to the limit. undefined: without end. */
export type RetentionRule = {
  readonly timeMs: number | undefined
  readonly bytes: number | undefined
  readonly limit: number | undefined
  readonly whenFull: WhenFull
}

export type CheckedQuery = {
  readonly name: string
  readonly query: Query
  /** `CheckedTopic.name` of the topics it reads, without repeats. */
  readonly reads: readonly string[]
  /** Whether its rows come in order of their windows. */
  readonly inWindows: boolean
  /** Bytes of memory that its state may take. */
  readonly stateLimit: number
}

/** A query in batch mode over a span of event time. Its rows begin with the span: `span_start`, `span_end`. */
export type CheckedReport = {
  readonly name: string
  readonly query: Query
  readonly reads: readonly string[]
  /** The query of the pipeline that it asks; undefined: it has an SQL of its own. */
  readonly of: string | undefined
  /** Of its rows. */
  readonly topic: CheckedTopic
  /** Columns of its rows that name a row within all spans; undefined: the span and the row's number. */
  readonly rowKey: readonly number[] | undefined
  readonly schedule: Schedule | undefined
  /** Ends when the report is due, ms. */
  readonly spanMs: number
}

export type CheckedSink = {
  readonly name: string
  readonly type: SinkType
  readonly options: unknown
  /** `CheckedTopic.name` of the topic it delivers. */
  readonly from: string
  readonly limits: BatchLimits
  /** Of the rows of a query's topic; undefined for source topics. */
  readonly rowKey: readonly number[] | undefined
}
