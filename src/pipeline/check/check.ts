/**
 * Resolves every name in a pipeline file: topics and their formats, queries and reports, sources and sinks. All mistakes
 * are found in one go; the first is the failure, the others come with it.
 */
import { assert } from '../../base/assert.ts'
import { collectFailure, type Failure, failuresIn, throwAll } from '../../base/failure.ts'
import { findZone } from '../../base/timezone.ts'
import { sinks as sinkTypes } from '../../sink/all.ts'
import { batchLimitsOf, unsuitable } from '../../sink/delivery/batch-limits.ts'
import { sources as sourceTypes } from '../../source/all.ts'
import type { CheckedPipeline, CheckedQuery, CheckedSink, CheckedSource } from '../checked.ts'
import type { PipelineFile } from '../definition.ts'
import type { LoadedPipeline } from '../file/load.ts'
import { inOrder, type PipelineText } from '../file/pipeline-text.ts'
import { groupName } from '../group.ts'
import { chosenBus, warnOfAcks, warnOfLimits } from './bus.ts'
import { type Checking, isBroken, namesIn, tablesForSql } from './checking.ts'
import { checkQueries } from './queries.ts'
import { checkReports } from './reports.ts'
import { limitsOf } from './space.ts'
import { didYouMean } from './spelled-in-file.ts'
import { checkTables } from './tables.ts'
import { checkTopic, warnOfReserved } from './topics.ts'

export type Checked = {
  readonly pipeline: CheckedPipeline
  /** These do not keep the pipeline from running. */
  readonly warnings: readonly Failure[]
}

/** `now`, the value of CURRENT_TIMESTAMP, is in ms since 1970. Throws a Failure with all mistakes. */
export function checkPipeline(loaded: LoadedPipeline, now: number): Checked {
  const { definition: file, written, folder, text, problems, leftOut, params } = loaded
  const { name, topics, sinks } = file
  const failures = [...problems]
  const timezone = knownZone(file.timezone, text, failures)
  const session = { timezone, now }
  const broken = new Set(leftOut)
  const parts = { tables: new Map(), stored: new Map() }
  const checking: Checking = { file, text, session, ...parts, broken, written, failures, warnings: [] }
  const { tables, warnings } = checking
  warnOfReserved(checking)
  for (const { name } of params.filter(({ isUsed }) => !isUsed)) {
    const hint = `Where it should stand, write \${params.${name}}.`
    warnings.push(text.failure(['params', name], `nothing uses parameter "${name}"`, { at: 'key', hint }))
  }
  warnOfAcks(checking)
  warnOfLimits(checking)
  for (const topic of Object.keys(topics)) {
    const found = collectFailure(failures, () => checkTopic(topic, checking))
    // Queries over a broken topic would only repeat its mistake.
    if (found === undefined) broken.add(topic)
    else tables.set(topic, found)
  }
  refuseTakenNames(checking)
  refuseKeptNames(checking)
  const sources = Object.entries(file.sources).map(([source, entry]) => checkSource(source, entry, checking))
  checkTables(checking)
  const queries = checkQueries(checking)
  const reports = checkReports(checking)
  const checkedSinks = Object.entries(sinks).map(([sink, entry]) => checkSink(sink, entry, checking))
  refuseShared(checkedSinks, folder, checking)
  refuseSharedGroups(queries, checkedSinks, checking)
  throwAll(inOrder(failures.flatMap(failuresIn)))

  const rowKeys = new Map([
    ...queries.map(({ name, query }) => [name, query.rowKey] as const),
    ...reports.map(({ name, rowKey }) => [name, rowKey] as const),
  ])
  return {
    pipeline: {
      name,
      folder,
      timezone,
      bus: chosenBus(file),
      session,
      catalog: tablesForSql(checking, 'batch'),
      sources,
      topics: [...tables.values()].map(({ topic }) => topic),
      queries,
      tables: new Map([...checking.stored].map(([table, { stored }]) => [table, stored])),
      reports,
      sinks: checkedSinks.map((sink) => ({ ...sink, rowKey: rowKeys.get(sink.from) })),
      limits: limitsOf(checking),
      checkpointIntervalMs: file.checkpoint.interval,
      mask: text.mask,
    },
    warnings,
  }
}

function knownZone(timezone: string, text: PipelineText, failures: Failure[]): string {
  if (findZone(timezone) !== undefined) return timezone
  const hint = 'Write a name such as UTC, Europe/Berlin or America/New_York.'
  failures.push(text.failure(['timezone'], `there is no time zone "${timezone}"`, { hint }))
  return 'UTC'
}

function refuseTakenNames({ file, text, failures }: Checking): void {
  for (const query of Object.keys(file.queries)) {
    for (const topic of [query, `${file.name}.${query}`].filter((one) => Object.hasOwn(file.topics, one))) {
      const message = `query "${query}" and topic "${topic}" have the same name`
      failures.push(text.failure(['queries', query], message, { at: 'key' }))
    }
  }
}

/** Topics of a pipeline keep their dead letters and ticks in topics of these names. */
function refuseKeptNames({ file, text, failures }: Checking): void {
  const made = [...Object.keys(file.queries), ...Object.keys(file.reports)].map((name) => `${file.name}.${name}`)
  for (const topic of Object.keys(file.topics)) {
    const of = topic.replace(/\.(dead|ticks)$/, '')
    if (of === topic || !(Object.hasOwn(file.topics, of) || made.includes(of))) continue
    const message = `topic "${topic}" has the name under which topic "${of}" keeps its ${topic.endsWith('.dead') ? 'dead letters' : 'ticks'}`
    failures.push(text.failure(['topics', topic], message, { at: 'key', hint: 'take another name' }))
  }
}

function checkSource(
  name: string,
  { to, ...kinds }: PipelineFile['sources'][string],
  checking: Checking,
): CheckedSource {
  const { file, text, failures } = checking
  if (!Object.hasOwn(file.topics, to) && !isBroken(checking, to)) {
    const hint = didYouMean(to, namesIn(checking, ['topics']))
    failures.push(text.failure(['sources', name, 'to'], `there is no topic "${to}"`, { hint }))
  }
  const type = sourceTypes.find((one) => kinds[one.name] !== undefined)
  assert(type !== undefined, 'the schema wants a kind of source')
  return { name, type, options: kinds[type.name], to }
}

function checkSink(
  name: string,
  { from, batch = {}, group, ...kinds }: PipelineFile['sinks'][string],
  checking: Checking,
): Omit<CheckedSink, 'rowKey'> {
  const { file, text, failures } = checking
  const known = [file.topics, file.queries, file.reports].flatMap((section) => Object.keys(section))
  if (!known.includes(from) && !isBroken(checking, from)) {
    const hint = didYouMean(from, namesIn(checking, ['topics', 'queries', 'reports']))
    failures.push(text.failure(['sinks', name, 'from'], `there is no topic, query or report "${from}"`, { hint }))
  }
  const type = sinkTypes.find((one) => kinds[one.name] !== undefined)
  assert(type !== undefined, 'the schema wants a kind of sink')
  const reason = unsuitable(type, batch)
  if (reason !== undefined) failures.push(text.failure(['sinks', name, 'batch', 'in_flight'], reason))
  return {
    name,
    type,
    options: kinds[type.name],
    from,
    limits: batchLimitsOf(type, batch),
    group: group ?? groupName(file.name, 'sink', name),
  }
}

/** Refuses two readers with one group: each would overwrite how far the other has read. */
function refuseSharedGroups(
  queries: readonly CheckedQuery[],
  sinks: readonly Omit<CheckedSink, 'rowKey'>[],
  { text, failures }: Checking,
): void {
  const owners = new Map<string, string>()
  const parts = [
    ...queries.map((query) => ['queries', 'query', query] as const),
    ...sinks.map((sink) => ['sinks', 'sink', sink] as const),
  ]
  for (const [section, kind, { name, group }] of parts) {
    const owner = owners.get(group)
    if (owner === undefined) owners.set(group, `${kind} "${name}"`)
    else {
      const hint = 'Each query and sink reads for itself: give each a group of its own, or leave it out.'
      failures.push(text.failure([section, name, 'group'], `${owner} has the group ${group}, too`, { hint }))
    }
  }
}

/** Refuses two sinks with one file: each would cut off the rows of the other. */
function refuseShared(
  sinks: readonly Omit<CheckedSink, 'rowKey'>[],
  folder: string,
  { text, failures }: Checking,
): void {
  const owners = new Map<string, string>()
  for (const { name, type, options } of sinks) {
    const path = type.owns?.(options, folder)
    if (path === undefined) continue
    const owner = owners.get(path)
    if (owner === undefined) owners.set(path, name)
    else {
      const hint = 'Each sink needs a path of its own.'
      failures.push(text.failure(['sinks', name, type.name], `sink "${owner}" writes to the same place`, { hint }))
    }
  }
}
