/**
 * Resolves every name in a pipeline file: topics and their formats, queries and reports, sources and sinks. All mistakes
 * are found in one go; the first is the failure, the others come with it.
 */
import { assert } from '../../base/assert.ts'
import { collectFailure, type Failure } from '../../base/failure.ts'
import { findZone } from '../../base/timezone.ts'
import { sinks as sinkTypes } from '../../sink/all.ts'
import { batchLimitsOf, unsuitable } from '../../sink/delivery/batch-limits.ts'
import { sources as sourceTypes } from '../../source/all.ts'
import type { CheckedPipeline, CheckedSink, CheckedSource } from '../checked.ts'
import type { PipelineFile } from '../definition.ts'
import { type LoadedPipeline, withOthers } from '../file/load.ts'
import type { PipelineText } from '../file/pipeline-text.ts'
import { checkQueries } from './queries.ts'
import { checkReports } from './reports.ts'
import { limitsOf } from './space.ts'
import { didYouMean } from './spelled-in-file.ts'
import { checkTopic, reservedColumns, type TopicTable } from './topics.ts'

export type Checked = {
  readonly pipeline: CheckedPipeline
  /** These do not keep the pipeline from running. */
  readonly warnings: readonly Failure[]
}

/** `now`, the value of CURRENT_TIMESTAMP, is in ms since 1970. Throws a Failure with all mistakes. */
export function checkPipeline({ definition, folder, text }: LoadedPipeline, now: number): Checked {
  const failures: Failure[] = []
  const { name, timezone, bus } = definition
  if (findZone(timezone) === undefined) {
    const hint = 'Write a name such as UTC, Europe/Berlin or America/New_York.'
    throw text.failure(['timezone'], `there is no time zone "${timezone}"`, { hint })
  }
  const session = { timezone, now }
  const topics = new Map<string, TopicTable>()
  for (const topic of Object.keys(definition.topics)) {
    collectFailure(failures, () => topics.set(topic, checkTopic(topic, definition, text)))
  }
  const taken = Object.keys(definition.topics)
  for (const query of Object.keys(definition.queries)) {
    for (const topic of [query, `${name}.${query}`].filter((one) => taken.includes(one))) {
      failures.push(
        text.failure(['queries', query], `query "${query}" and topic "${topic}" have the same name`, { at: 'key' }),
      )
    }
  }
  const written = { definition, text }
  const sources = Object.entries(definition.sources).map(([source, entry]) =>
    checkSource(source, entry, failures, written),
  )
  // Queries over a broken topic would only repeat its mistake.
  const broken = failures.length > 0 && topics.size < taken.length
  const checked = broken ? undefined : checkQueries(definition, text, topics, session)
  failures.push(...(checked?.failures ?? []))
  const { queries = [], tables = [] } = checked ?? {}
  const all = [...topics.values(), ...tables]
  const known = new Map(all.map((table) => [table.table.name, table]))
  const checkedReports = broken ? undefined : checkReports(definition, text, known, session)
  failures.push(...(checkedReports?.failures ?? []))
  const { reports = [] } = checkedReports ?? {}
  const sinks = Object.entries(definition.sinks).map(([sink, entry]) => checkSink(sink, entry, failures, written))
  failures.push(...refuseShared(sinks, folder, text))
  const [first, ...also] = failures
  if (first !== undefined) throw withOthers(first, also)

  const rowKeys = new Map([
    ...queries.map(({ name, query }) => [name, query.rowKey] as const),
    ...reports.map(({ name, rowKey }) => [name, rowKey] as const),
  ])
  return {
    pipeline: {
      name,
      folder,
      timezone,
      bus,
      session,
      catalog: new Map(all.map(({ table }) => [table.name, table])),
      sources,
      topics: all.map(({ topic }) => topic),
      queries,
      reports,
      sinks: sinks.map((sink) => ({ ...sink, rowKey: rowKeys.get(sink.from) })),
      limits: limitsOf(definition, text),
      checkpointIntervalMs: definition.checkpoint.interval,
    },
    warnings: [...reservedColumns(definition, text), ...(checked?.warnings ?? []), ...(checkedReports?.warnings ?? [])],
  }
}

type Written = Pick<LoadedPipeline, 'definition' | 'text'>

function checkSource(
  name: string,
  { to, ...kinds }: PipelineFile['sources'][string],
  failures: Failure[],
  { definition, text }: Written,
): CheckedSource {
  if (!Object.hasOwn(definition.topics, to)) {
    const hint = didYouMean(to, Object.keys(definition.topics))
    failures.push(text.failure(['sources', name, 'to'], `there is no topic "${to}"`, { hint }))
  }
  const type = sourceTypes.find((one) => Object.hasOwn(kinds, one.name))
  assert(type !== undefined, 'the schema wants a kind of source')
  return { name, type, options: kinds[type.name], to }
}

function checkSink(
  name: string,
  { from, batch = {}, ...kinds }: PipelineFile['sinks'][string],
  failures: Failure[],
  { definition, text }: Written,
): Omit<CheckedSink, 'rowKey'> {
  const known = [
    ...Object.keys(definition.topics),
    ...Object.keys(definition.queries),
    ...Object.keys(definition.reports),
  ]
  if (!known.includes(from)) {
    const hint = didYouMean(from, known)
    failures.push(text.failure(['sinks', name, 'from'], `there is no topic, query or report "${from}"`, { hint }))
  }
  const type = sinkTypes.find((one) => Object.hasOwn(kinds, one.name))
  assert(type !== undefined, 'the schema wants a kind of sink')
  const reason = unsuitable(type, batch)
  if (reason !== undefined) failures.push(text.failure(['sinks', name, 'batch', 'in_flight'], reason))
  return { name, type, options: kinds[type.name], from, limits: batchLimitsOf(type, batch) }
}

/** Refuses two sinks with one file: each would cut off the rows of the other. */
function refuseShared(
  sinks: readonly Omit<CheckedSink, 'rowKey'>[],
  folder: string,
  text: PipelineText,
): readonly Failure[] {
  const owners = new Map<string, string>()
  return sinks.flatMap(({ name, type, options }) => {
    const path = type.owns?.(options, folder)
    const owner = path === undefined ? undefined : owners.get(path)
    if (path !== undefined && owner === undefined) owners.set(path, name)
    if (owner === undefined) return []
    return text.failure(['sinks', name, type.name], `sink "${owner}" writes to the same place`, {
      hint: 'Each sink needs a path of its own.',
    })
  })
}
