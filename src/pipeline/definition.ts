/**
 * What a pipeline is, as written (`PipelineDefinition`) and as read (`PipelineFile`). `schema.ts` makes the one of the
 * other; this file imports nothing, so that a pipeline in TypeScript loads at once.
 */

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
  /** `disk`: of all topics together; `state`: memory of each query. */
  readonly limits?: { readonly disk?: string; readonly when_full?: WhenFull; readonly state?: string }
}

/** Beside `from` and `batch` one kind with its options. */
export type SinkEntry = {
  readonly from: string
  /** How much is written at a time, instead of what the kind wants. */
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
  /** `10s`: a partition to which nothing was appended for so long does not hold windows open. */
  readonly idle?: string
  readonly retention?: TopicRetention
}

/** At a hard limit, sources wait until what is there was read, or the oldest records go unread. */
export type WhenFull = 'block' | 'drop_oldest'
/** How long records are kept that everybody has read (`time`, `size`), and how many bytes of unread ones (`limit`). */
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
  /** How much memory its open windows may take. */
  readonly state?: { readonly limit?: string }
}

/** One of: SQL, or a short form that is spelled out to SQL. `Every` is `5m` as written, milliseconds once read. */
export type QueryForms<Every> = {
  readonly sql?: string | undefined
  readonly top?: TopForm<Every> | undefined
  readonly count?: CountForm<Every> | undefined
  readonly rate?: RateForm<Every> | undefined
}
/** The `count` greatest of `of` by the aggregate `by`, in each window. */
export type TopForm<Every> = {
  readonly count: number
  readonly of: string | readonly string[]
  readonly by: string
  readonly every: Every
  readonly from: string
}
/** How many rows in each window, for each of `by` if given. */
export type CountForm<Every> = {
  readonly by?: string | readonly string[] | undefined
  readonly every: Every
  readonly from: string
}
/** Which share of the rows of each window fulfils the condition `of`, for each of `by` if given. */
export type RateForm<Every> = CountForm<Every> & { readonly of: string }

/** A query over a bounded span of event time, in batch mode: one of its own, or `query`, one of the pipeline's. */
export type ReportEntry<Span> = QueryForms<Span> & {
  readonly query?: string | undefined
  /** Cron expression, in the pipeline's time zone; by hand only where there is none. */
  readonly at?: string | undefined
  /** How long a span ends when the report is due. */
  readonly span?: Span | undefined
}

/** The same after reading: short spellings written out, defaults filled in, options as their kinds gave them. */
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
      readonly idle?: number | undefined
      readonly retention?: RetentionFile | undefined
    }
  }
  readonly queries: { readonly [name: string]: QueryFile }
  readonly reports: { readonly [name: string]: ReportFile }
  readonly sinks: {
    readonly [name: string]: { readonly from: string; readonly batch?: BatchFile; readonly [type: string]: unknown }
  }
  readonly checkpoint: { readonly interval: number }
  readonly limits: { readonly disk?: number; readonly when_full: WhenFull; readonly state?: number | undefined }
}
/** Milliseconds and bytes. */
export type BatchFile = {
  readonly rows?: number
  readonly bytes?: number
  readonly linger?: number
  readonly in_flight?: number
}
/** Milliseconds and bytes; a time without end is Infinity. */
export type RetentionFile = {
  readonly time?: number | undefined
  readonly size?: number | undefined
  readonly limit?: number | undefined
  readonly when_full?: WhenFull | undefined
}
export type QueryFile = QueryForms<number> & {
  readonly retention?: RetentionFile | undefined
  readonly state?: { readonly limit?: number | undefined } | undefined
}
export type ReportFile = ReportEntry<number> & {
  readonly span: number
  readonly retention?: RetentionFile | undefined
}
export type FormatFile = Omit<FormatEntry, 'columns'> & { readonly columns?: { readonly [name: string]: ColumnEntry } }

/** Gives a pipeline written in TypeScript its types: `export const pipeline = definePipeline({ … })`. */
export function definePipeline(definition: PipelineDefinition): PipelineDefinition {
  return definition
}
