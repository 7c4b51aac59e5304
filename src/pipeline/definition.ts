/**
 * A pipeline as written (`PipelineDefinition`) and as read (`PipelineFile`); `schema.ts` reads it. This file imports only
 * types, so that a pipeline in TypeScript loads at once.
 */
import type { Duration } from '../base/quantity.ts'

/** A pipeline as written in TypeScript or YAML; quantities are texts such as `10s`. */
export type PipelineDefinition = {
  readonly version: 1
  readonly name: string
  readonly timezone?: string
  readonly bus?: 'embedded'
  readonly engine?: 'embedded'
  readonly sources?: { readonly [name: string]: { readonly to: string; readonly [type: string]: unknown } }
  readonly topics?: { readonly [name: string]: TopicDefinition }
  readonly queries?: { readonly [name: string]: QueryDefinition }
  readonly reports?: { readonly [name: string]: string | ReportEntry<string> }
  readonly sinks?: { readonly [name: string]: SinkEntry }
  readonly checkpoint?: { readonly interval?: string }
  /** Sizes: `disk` of all topics together, `state` of the memory of each query. */
  readonly limits?: { readonly disk?: string; readonly when_full?: WhenFull; readonly state?: string }
}

/** Besides `from` and `batch` it has one key, the kind, with its options. */
export type SinkEntry = {
  readonly from: string
  /** Replaces the batch limits of the kind. */
  readonly batch?: {
    readonly rows?: number
    readonly bytes?: string
    readonly linger?: string
    readonly in_flight?: number
  }
  readonly [type: string]: unknown
}

export type TopicDefinition = {
  readonly partitions?: number
  readonly format: string | { readonly [format: string]: FormatEntry }
  /** `ts - INTERVAL '5' SECOND`: the event-time column and how far the watermark trails it. */
  readonly watermark?: string
  /** `10s`: a partition without new records for this time does not hold windows open. */
  readonly idle?: string
  readonly retention?: TopicRetention
}

/** At a hard limit: sources wait for the readers, or the oldest records are dropped unread. */
export type WhenFull = 'block' | 'drop_oldest'
/** `time` and `size` limit the records that every reader has read, `limit` all records. */
export type TopicRetention = ResultRetention & { readonly limit?: string; readonly when_full?: WhenFull }
export type ResultRetention = { readonly time?: string; readonly size?: string }

export type FormatEntry = {
  readonly columns?: { readonly [name: string]: string | ColumnEntry } | undefined
  readonly header?: boolean | undefined
  readonly delimiter?: string | undefined
  readonly null?: string | undefined
}
export type ColumnEntry = { readonly type: string; readonly path?: string | readonly string[] | undefined }

export type QueryDefinition = string | QueryEntry
export type QueryEntry = QueryForms<string> & {
  readonly retention?: ResultRetention
  /** `limit`: memory for its open windows. */
  readonly state?: { readonly limit?: string }
}

/** SQL, or one short form that stands for SQL. `Every` is `5m` as written, a Duration once read. */
export type QueryForms<Every> = {
  readonly sql?: string | undefined
  readonly top?: TopForm<Every> | undefined
  readonly count?: CountForm<Every> | undefined
  readonly rate?: RateForm<Every> | undefined
}
/** In each window, the `count` values of `of` for which the aggregate `by` is greatest. */
export type TopForm<Every> = {
  readonly count: number
  readonly of: string | readonly string[]
  readonly by: string
  readonly every: Every
  readonly from: string
}
/** The number of rows in each window, for each value of `by` if given. */
export type CountForm<Every> = {
  readonly by?: string | readonly string[] | undefined
  readonly every: Every
  readonly from: string
}
/** The share of rows in each window for which the condition `of` holds, for each value of `by` if given. */
export type RateForm<Every> = CountForm<Every> & { readonly of: string }

/** A query over a bounded span of event time, in batch mode: one of its own, or `query`, one of the pipeline's. */
export type ReportEntry<Span> = QueryForms<Span> & {
  readonly query?: string | undefined
  /** Cron expression in the pipeline's time zone; without one the report is made by hand only. */
  readonly at?: string | undefined
  /** Length of the span, which ends when the report is due. */
  readonly span?: Span | undefined
}

/** The definition once read: short spellings written out, defaults filled in, options read by their kinds. */
export type PipelineFile = {
  readonly version: 1
  readonly name: string
  readonly timezone: string
  readonly bus: 'embedded'
  readonly sources: { readonly [name: string]: { readonly to: string; readonly [type: string]: unknown } }
  readonly topics: {
    readonly [name: string]: {
      readonly partitions: number
      readonly format: { readonly [format: string]: FormatFile }
      readonly watermark?: string | undefined
      readonly idle?: Duration | undefined
      readonly retention?: RetentionFile | undefined
    }
  }
  readonly queries: { readonly [name: string]: QueryFile }
  readonly reports: { readonly [name: string]: ReportFile }
  readonly sinks: {
    readonly [name: string]: { readonly from: string; readonly batch?: BatchFile; readonly [type: string]: unknown }
  }
  readonly checkpoint: { readonly interval: Duration }
  readonly limits: { readonly disk?: number; readonly when_full: WhenFull; readonly state?: number | undefined }
}
export type BatchFile = {
  readonly rows?: number
  readonly bytes?: number
  readonly linger?: Duration
  readonly in_flight?: number
}
/** Sizes in bytes; a time without end is Infinity. */
export type RetentionFile = {
  readonly time?: Duration | undefined
  readonly size?: number | undefined
  readonly limit?: number | undefined
  readonly when_full?: WhenFull | undefined
}
export type QueryFile = QueryForms<Duration> & {
  readonly retention?: RetentionFile | undefined
  readonly state?: { readonly limit?: number | undefined } | undefined
}
export type ReportFile = ReportEntry<Duration> & {
  readonly span: Duration
  readonly retention?: RetentionFile | undefined
}
export type FormatFile = Omit<FormatEntry, 'columns'> & { readonly columns?: { readonly [name: string]: ColumnEntry } }

/** Gives a pipeline written in TypeScript its types: `export const pipeline = definePipeline({ … })`. */
export function definePipeline(definition: PipelineDefinition): PipelineDefinition {
  return definition
}
