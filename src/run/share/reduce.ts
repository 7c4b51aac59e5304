/**
 * What one process has of a shared pipeline, as a pipeline: the sources, queries and partitions of sinks that it holds. With the
 * queries goes what belongs to them: clocks, lookup tables, alerts with those that they tell, and reports.
 */
import type { CheckedPipeline, CheckedSink, CheckedSource } from '../../pipeline/checked.ts'
import type { Holding, SharedPart } from './told.ts'

/** The queries, and what belongs to them. */
export const QUERIES = 'queries'

export const sourcePart = (name: string): string => `source ${name}`
const sinkPart = (name: string): string => `sink ${name}`

/** Notifiers go with the queries: they have to know what fires. */
const isTeller = ({ telling }: CheckedSink): boolean => telling !== undefined

/** Whether any process may have it, one at a time. */
export const isLeased = ({ on }: Pick<CheckedSource, 'on'>, { share }: Pick<CheckedPipeline, 'share'>): boolean =>
  share !== undefined && on === undefined

/** What the processes divide. */
export function sharedParts(pipeline: CheckedPipeline): readonly SharedPart[] {
  const { queries, reports, sources, sinks, topics } = pipeline
  const partitionsOf = ({ from }: CheckedSink): number =>
    [...topics, ...reports.map(({ topic }) => topic)].find(({ name }) => name === from)?.partitions ?? 1
  return [
    ...(queries.length + reports.length > 0 || sinks.some(isTeller) ? [{ name: QUERIES }] : []),
    ...sources.map(({ name, on }) => ({ name: sourcePart(name), on })),
    ...sinks
      .filter((sink) => !isTeller(sink))
      .map((sink) => ({
        name: sinkPart(sink.name),
        on: sink.on,
        partitions: sink.on === undefined ? partitionsOf(sink) : undefined,
      })),
  ]
}

/** The pipeline with what is held of it. Topics are all there: anybody may read them. */
export function reduced(pipeline: CheckedPipeline, holding: Holding): CheckedPipeline {
  const hasQueries = holding[QUERIES] === true
  const sinks = pipeline.sinks.flatMap((sink): CheckedSink[] => {
    if (isTeller(sink)) return hasQueries ? [sink] : []
    const of = holding[sinkPart(sink.name)]
    if (of === undefined) return []
    return [of === true ? sink : { ...sink, only: of }]
  })
  const kept: CheckedPipeline = {
    ...pipeline,
    sources: pipeline.sources.filter(({ name }) => holding[sourcePart(name)] === true),
    sinks,
  }
  if (hasQueries) return kept
  return {
    ...kept,
    // Sinks read the topics of reports, too, wherever these are made.
    topics: [...kept.topics, ...kept.reports.map(({ topic }) => topic)],
    queries: [],
    reports: [],
    alerts: kept.alerts.filter(({ query }) => query === undefined).map((alert) => ({ ...alert, notifiers: [] })),
    lookups: new Map(),
  }
}
