/**
 * The sinks of a pipeline file: what each reads, in which batches, and whether its options suit the rows that it gets. No two
 * sinks have one group or write to one place.
 */
import { sinks as sinkTypes } from '../../sink/all.ts'
import { batchLimitsOf, unsuitable } from '../../sink/delivery/batch-limits.ts'
import type { SinkRows } from '../../sink/sink.ts'
import { takesBack } from '../../sql/plan/changes.ts'
import { nullKeys } from '../../sql/plan/null-keys.ts'
import type { CheckedAlert, CheckedQuery, CheckedReport, CheckedSink, CheckedTopic } from '../checked.ts'
import type { PipelineFile } from '../definition.ts'
import { groupName } from '../group.ts'
import { type Checking, isBroken, namesIn } from './checking.ts'
import { didYouMean } from './spelled-in-file.ts'

type DeclaredSink = Omit<CheckedSink, 'rows'>

type Read = {
  readonly queries: readonly CheckedQuery[]
  readonly alerts: readonly CheckedAlert[]
  readonly reports: readonly CheckedReport[]
}

/** Checks all sinks; mistakes are among the failures. Sinks of a broken topic are left out. */
export function checkSinks(read: Read & { readonly folder: string }, checking: Checking): readonly CheckedSink[] {
  const declared = Object.entries(checking.file.sinks).map(([name, entry]) => checkSink(name, entry, checking))
  refuseShared(declared, read.folder, checking)
  refuseSharedGroups(read.queries, declared, checking)
  const rows = rowsByName(read, checking)
  return declared.flatMap((sink) => {
    const found = rows.get(sink.from)
    if (found === undefined) return []
    checkOptions(sink, found, checking)
    if (found.changing === true) checkReplacing(sink, read.queries, checking)
    return { ...sink, rows: found }
  })
}

/** The rows of each topic, query and report, by the name that a sink reads it by. */
function rowsByName({ queries, alerts, reports }: Read, checking: Checking): ReadonlyMap<string, SinkRows> {
  const keys = new Map<string, RowKeys>([
    ...queries.map(
      ({ name, query }) =>
        [name, { ...query, changing: takesBack(query.plan), nullKeys: nullKeys(query.plan) }] as const,
    ),
    ...alerts.flatMap(({ name, query }) => (query === undefined ? [] : [[name, query.query] as const])),
    ...reports.map((report) => [report.name, report] as const),
  ])
  const topics = [...[...checking.tables.values()].map(({ topic }) => topic), ...reports.map(({ topic }) => topic)]
  return new Map(topics.map((topic) => [topic.name, sinkRows(topic, keys.get(topic.name), checking)]))
}

type RowKeys = Pick<SinkRows, 'rowKey' | 'rowKeyParts' | 'changing' | 'nullKeys'>

/** The rows of a topic, as a sink knows them before there are any. */
export const sinkRows = (
  { name, topic, partitions, fields, rowtime }: CheckedTopic,
  keys: RowKeys | undefined,
  { file, session }: Pick<Checking, 'file' | 'session'>,
): SinkRows => ({
  pipeline: file.name,
  from: name,
  topic,
  partitions,
  fields,
  rowtime,
  rowKey: keys?.rowKey,
  rowKeyParts: keys?.rowKeyParts,
  ...(keys?.changing === true && { changing: true }),
  ...(keys?.nullKeys !== undefined && keys.nullKeys.length > 0 && { nullKeys: keys.nullKeys }),
  timezone: session.timezone,
})

/** Rows that change are for sinks where a row takes the place of another one. */
function checkReplacing(
  { name, type, options, from }: DeclaredSink,
  queries: readonly CheckedQuery[],
  { text, failures }: Checking,
): void {
  if (type.replaces?.(options) === true) return
  if (type.name === 'kafka') {
    const hint = 'Leave key out: the record key is the row key then, and a deleted row a NULL value of it.'
    const message = `the rows of query "${from}" change, and are found again by their row key alone`
    failures.push(text.failure(['sinks', name, 'kafka', 'key'], message, { hint, at: 'key' }))
    return
  }
  const instead = queries.find((query) => query.name === from)?.query.instead ?? 'use a window'
  const hint = `For rows that stay as they are, ${instead}. Rows that change go to sqlite and cassandra by their key, to kafka and console.`
  const message = `the rows of query "${from}" change, and sink ${type.name} cannot replace or delete a row`
  failures.push(text.failure(['sinks', name, type.name], message, { hint, at: 'key' }))
}

function checkOptions({ name, type, options }: DeclaredSink, rows: SinkRows, checking: Checking): void {
  const { text, failures, warnings } = checking
  for (const { path, at = 'value', failure, isWarning } of type.check?.(options, rows) ?? []) {
    const whole = ['sinks', name, type.name, ...path]
    const { message, hint, place } = failure
    const placed = place === undefined ? text.failure(whole, message, { hint, at }) : text.sqlFailure(whole, failure)
    if (isWarning === true) warnings.push(placed)
    else failures.push(placed)
  }
}

function checkSink(
  name: string,
  { from, on, batch = {}, group, ...kinds }: PipelineFile['sinks'][string],
  checking: Checking,
): DeclaredSink {
  const { file, text, failures } = checking
  const known = [file.topics, file.queries, file.alerts, file.reports].flatMap((section) => Object.keys(section))
  if (!known.includes(from) && Object.hasOwn(file.tables, from)) {
    const hint = 'A sink takes the rows of a topic, a query or a report.'
    failures.push(text.failure(['sinks', name, 'from'], `"${from}" is a table, which only reports read`, { hint }))
  } else if (!known.includes(from) && Object.hasOwn(file.views, from)) {
    const hint = `Make a query of it, whose rows are kept: queries: { rows: SELECT * FROM ${from} }`
    failures.push(text.failure(['sinks', name, 'from'], `"${from}" is a view, whose rows are kept nowhere`, { hint }))
  } else if (!known.includes(from) && !isBroken(checking, from)) {
    const hint = didYouMean(from, namesIn(checking, ['topics', 'queries', 'alerts', 'reports']))
    failures.push(text.failure(['sinks', name, 'from'], `there is no topic, query or report "${from}"`, { hint }))
  }
  const type = sinkTypes.of(kinds)
  const reason = unsuitable(type, batch)
  if (reason !== undefined) failures.push(text.failure(['sinks', name, 'batch', 'in_flight'], reason))
  return {
    name,
    on,
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
  sinks: readonly DeclaredSink[],
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
function refuseShared(sinks: readonly DeclaredSink[], folder: string, { text, failures }: Checking): void {
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
