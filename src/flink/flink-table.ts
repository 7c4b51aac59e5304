/**
 * The tables that Flink reads and writes for a pipeline, each a topic on the bus with rows as JSON:
 *
 *   topic NAME ─▶ decoded by tailrace ─▶ PIPELINE.NAME.rows ─▶ Flink ─▶ PIPELINE.QUERY.flink ─▶ relayed ─▶ PIPELINE.QUERY
 *
 * So there is one decoder, and a line that is no row stops no job. A view is a view in Flink too, unless it has a lookup join or a
 * function that Flink does not have: then tailrace computes its rows with those of its topic, and Flink reads them from
 * PIPELINE.VIEW.rows. A query that reads another reads its result, PIPELINE.QUERY.
 */
import type { Duration } from '../base/quantity.ts'
import type { CheckedPipeline, CheckedQuery, CheckedTopic } from '../pipeline/checked.ts'
import type { Field } from '../record/type.ts'
import { takesBack } from '../sql/plan/changes.ts'

/** A table that a job reads. */
export type FlinkTable = {
  /** As SQL names it. */
  readonly name: string
  readonly kind: 'topic' | 'view' | 'query'
  /** The topic with its rows, without the prefix of the bus. */
  readonly topic: string
  readonly partitions: number
  readonly fields: readonly Field[]
  /** The column of event time, and how far its watermark trails it. */
  readonly time: { readonly field: number; readonly delayMs: Duration } | undefined
}

/** The table that takes the rows of a query. */
export type FlinkResult = {
  readonly query: string
  /** The topic, without the prefix of the bus; it is the name of the table too. */
  readonly topic: string
  readonly fields: readonly Field[]
  /** Names of the columns that name a row; undefined: it has no key of its own. */
  readonly key: readonly string[] | undefined
  /** Its rows replace and delete others, by their key. */
  readonly isChanging: boolean
}

/** The column that says of a row in PIPELINE.NAME.rows that it is a tick: it moves the watermark, and no query sees it. */
export const TICK = '_tick'

/** The column that a watermark is made of: event time, or the beginning of time where a row has none. */
export const EVENT_TIME = '_event_time'

/** What the topic of rows is called that tailrace decodes for Flink. */
export const rowsTopic = (pipeline: string, table: string): string => `${pipeline}.${table}.rows`

/** What the topic is called that Flink writes the rows of a query to. */
export const flinkTopic = (pipeline: string, query: string): string => `${pipeline}.${query}.flink`

/** The consumer group of a query's job, as which Flink says how far it has read. */
export const flinkGroup = (pipeline: string, query: string): string => `${pipeline}.flink.${query}`

/** Whether tailrace decodes the rows of a table for Flink. */
export const isDecoded = ({ kind }: Pick<FlinkTable, 'kind'>): boolean => kind !== 'query'

/** The table of a topic: of one that lines come to, its decoded rows; of a query, its result. */
export function topicTable(topic: CheckedTopic, pipeline: CheckedPipeline): FlinkTable {
  const { name, partitions, fields } = topic
  const isResult = pipeline.queries.some((query) => query.name === name)
  const rowtime = pipeline.catalog.get(name)?.rowtime
  return {
    name,
    kind: isResult ? 'query' : 'topic',
    topic: isResult ? topic.topic : rowsTopic(pipeline.name, name),
    partitions,
    fields,
    time: rowtime && { field: rowtime.field, delayMs: rowtime.delay },
  }
}

/** The table of a query's rows. */
export const resultTable = ({ name, query }: CheckedQuery, pipeline: CheckedPipeline): FlinkResult => ({
  query: name,
  topic: flinkTopic(pipeline.name, name),
  fields: query.plan.fields,
  key: query.rowKey?.map((column) => query.plan.fields[column]?.name ?? ''),
  isChanging: query.plan.kind === 'changes' || takesBack(query.plan),
})
