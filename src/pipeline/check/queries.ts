/**
 * Plans the queries of a pipeline, each after those whose rows it reads: the rows of query `q` are the table `q`. A wrong
 * query is a failure at its place in the file; the queries that read it are left out.
 */
import { collectFailure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { changingShape } from '../../engine/changes/shape.ts'
import { comesInOrder } from '../../engine/trace.ts'
import { openJson } from '../../format/json/json.ts'
import { type Field, typeName } from '../../record/type.ts'
import { takesBack } from '../../sql/plan/changes.ts'
import { joinDelays, lookupsOf, tablesOf } from '../../sql/plan/inputs.ts'
import type { Plan, Query } from '../../sql/plan/plan.ts'
import { codesIn } from '../../sql/user-function/codes.ts'
import { openTopicFormat } from '../../topic/topic-format.ts'
import type { CheckedQuery, CheckedTopic } from '../checked.ts'
import type { PipelineFile, ResultRetention } from '../definition.ts'
import type { Path } from '../file/yaml-tree.ts'
import { groupName } from '../group.ts'
import { retained } from './bus.ts'
import { type Checking, isBroken, type TopicTable } from './checking.ts'
import { shortFormText } from './short-form.ts'
import { checkTtl, deadRule, retentionRule, stateLimit } from './space.ts'
import { inEntry, planEntry } from './spelled-in-file.ts'
import { readersInOrder, tablesIn, throughViews } from './views/order.ts'
import { checkView } from './views/views.ts'

/**
 * How far the watermark trails the event time of rows in order of their windows: the next row may have the same time, and
 * is not late. Other rows keep the delay of the topic that they came from.
 */
export const RESULT_DELAY: Duration = 1

/**
 * Plans all queries and adds their tables, and those of views; wrong ones are among the failures. Those that read a broken
 * table are left out.
 */
export function checkQueries(checking: Checking): readonly CheckedQuery[] {
  const { file, failures, broken, tables, views } = checking
  const queries: CheckedQuery[] = []
  for (const { name, reads, view } of readersInOrder(checking)) {
    const isWhole = !reads.some((table) => isBroken(checking, table))
    if (view !== undefined) {
      const found = isWhole ? collectFailure(failures, () => checkView(view, reads, checking)) : undefined
      if (found === undefined) broken.add(name)
      else views.set(name, found)
      continue
    }
    const query = isWhole
      ? collectFailure(failures, () => checkQuery(name, file.queries[name] ?? {}, checking))
      : undefined
    if (query === undefined) broken.add(name)
    else {
      queries.push(query)
      const at = {
        name,
        topic: `${file.name}.${name}`,
        path: ['queries', name],
        retention: file.queries[name]?.retention,
      }
      tables.set(name, resultOf(at, query.query, query.reads, checking))
    }
  }
  return queries
}

function checkQuery(name: string, entry: PipelineFile['queries'][string], checking: Checking): CheckedQuery {
  const read = throughViews(tablesIn(entry, ['queries', name], checking.text), checking)
  const table = read.find((one) => checking.stored.has(one))
  if (table !== undefined) {
    const message = `query "${name}" reads table "${table}", which only reports can read`
    const hint = 'A query runs over topics, whose rows come one after the other. Ask the table in a report.'
    throw checking.text.failure(['queries', name], message, { at: 'key', hint })
  }
  refuseChanging(['queries', name], read, checking)
  const query = planEntry(entry, ['queries', name], 'streaming', checking)
  checkChanges(name, entry, query.plan, checking)
  checkTtl(name, entry, query.plan, checking)
  return {
    name,
    query,
    shortForm: shortFormText(entry),
    reads: tablesOf(query.plan),
    lookups: lookupsOf(query.plan),
    inWindows: comesInOrder(query.plan),
    stateLimit: stateLimit(name, checking),
    group: entry.group ?? groupName(checking.file.name, 'query', name),
    inFile: inEntry(entry, ['queries', name], 'streaming', checking),
  }
}

/** Throws a Failure where one of the tables is a query whose rows change: read one by one, each would count again and again. */
export function refuseChanging(at: Path, read: readonly string[], { tables, text }: Checking): void {
  const changing = read.find((table) => tables.get(table)?.isChanging === true)
  if (changing === undefined) return
  const hint = 'Ask the topics that it reads, in one statement; or let it have windows, whose rows stay as they are.'
  throw text.failure(at, `"${changing}" is a query whose rows change, and nothing can be computed of them`, {
    at: 'key',
    hint,
  })
}

/** Throws a Failure where changes cannot be put out so. */
function checkChanges(
  name: string,
  { changes }: PipelineFile['queries'][string],
  plan: Plan,
  checking: Checking,
): void {
  const { text, tables } = checking
  const at = ['queries', name]
  if (plan.kind !== 'changes') {
    if (changes === undefined) return
    throw text.failure([...at, 'changes'], `changes has no use here: the rows of query "${name}" stay as they are`, {
      hint: 'It says how often an answer that changes is put out: groups, DISTINCT or a Top-N without a window.',
    })
  }
  const partitions = resultPartitions(changingShape(plan).core.input, tables)
  if (plan.every.kind === 'time' || partitions === 1) return
  const timeless = tablesOf(plan).find((table) => tables.get(table)?.table.rowtime === undefined)
  const why =
    timeless === undefined ? 'changes are put out by the number of records' : `"${timeless}" has no event time`
  throw text.failure(at, `${why}, and query "${name}" reads ${partitions} partitions, whose records have no order`, {
    at: 'key',
    hint: `Give the topic a watermark: watermark: ts - INTERVAL '5' SECOND; or one partition: partitions: 1`,
  })
}

/** The topic that rows go to: its names in SQL and on the bus, and where the file speaks of it. */
export type ResultPlace = {
  readonly name: string
  readonly topic: string
  readonly path: Path
  readonly retention: ResultRetention<Duration, number> | undefined
}

/** The topic of a query's rows, and the table that they are. */
export function resultOf(at: ResultPlace, query: Query, reads: readonly string[], checking: Checking): TopicTable {
  const { name, topic: onBus, path } = at
  const { tables } = checking
  const { fields } = query.plan
  const field = fields.findIndex((one) => one.rowtime === true)
  const inputs = reads.flatMap((table) => tables.get(table) ?? [])
  const partitions = resultPartitions(query.plan, tables)
  const retention = retentionRule(at.retention, partitions, path, checking)
  const topic: CheckedTopic = {
    ...jsonTopic(name, onBus, fields),
    partitions,
    settings: retained(retention),
    retention,
    rowtime: field < 0 ? undefined : field,
    idleMs: undefined,
    maxAhead: undefined,
    dead: deadRule({ name, partitions, retention }, undefined, checking),
    rules: [],
    ...meaningOf([
      'query',
      query.sql,
      ...ttlPart(query),
      ...everyPart(query),
      ...viewsPart(query),
      ...codesIn(checking.session.functions, query.sql, viewsPart(query)),
      ...inputs.map(({ topic }) => topic.fingerprint),
      ...lookupsOf(query.plan).map((table) => checking.lookups.get(table)?.checked.fingerprint),
    ]),
  }
  const delays = inputs.map(({ table }) => table.rowtime?.delay ?? 0)
  const delay = comesInOrder(query.plan) ? RESULT_DELAY : Math.max(RESULT_DELAY, ...delays) + joinDelays(query.plan)
  const isChanging = takesBack(query.plan)
  return { topic, table: { name, fields, rowtime: field < 0 ? undefined : { field, delay } }, isChanging }
}

const meaningOf = (parts: readonly unknown[]): Pick<CheckedTopic, 'fingerprint' | 'meaning'> => {
  const text = JSON.stringify(parts)
  return { fingerprint: text, meaning: text }
}

/** A `ttl` that ends is part of what a query means; another one lets other rows through. */
export const ttlPart = ({ ttl = Number.POSITIVE_INFINITY }: Query): readonly unknown[] =>
  ttl === Number.POSITIVE_INFINITY ? [] : [{ ttl }]

/** How often an answer that changes is put out is a part of what its rows are. */
export const everyPart = ({ plan }: Query): readonly unknown[] => (plan.kind === 'changes' ? [plan.every] : [])

/** The views that a text reads are a part of it. */
export const viewsPart = ({ views = [] }: Query): readonly unknown[] =>
  views.length === 0 ? [] : [{ views: views.map(({ name, sql }) => [name, sql]) }]

/** The part that all topics of results share: their rows are JSON objects. */
export function jsonTopic(
  name: string,
  topic: string,
  fields: readonly Field[],
): Pick<CheckedTopic, 'name' | 'topic' | 'kept' | 'format' | 'fields' | 'start' | 'outOfRange' | 'parts'> {
  return {
    name,
    topic,
    kept: topic,
    format: openTopicFormat(openJson(fields.map((field) => ({ field }))), [], topic),
    fields,
    parts: { topic: '', columns: fields.map(({ name, type }) => JSON.stringify([name, typeName(type)])) },
    start: 'earliest',
    outOfRange: 'earliest',
  }
}

/** The partitions of a plan's rows: those that no operator brings together stay in that of their topic. */
export function resultPartitions(plan: Plan, tables: ReadonlyMap<string, Pick<TopicTable, 'topic'>>): number {
  switch (plan.kind) {
    case 'scan':
      return tables.get(plan.table)?.topic.partitions ?? 1
    case 'filter':
    case 'project':
    case 'window':
    case 'unnest':
    case 'expand':
    case 'lookup':
      return resultPartitions(plan.input, tables)
    case 'union':
      if (comesInOrder(plan)) return 1
      return plan.inputs.reduce((sum, input) => sum + resultPartitions(input, tables), 0)
    default:
      return 1
  }
}
