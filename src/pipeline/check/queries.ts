/**
 * Plans the queries of a pipeline, each after those whose rows it reads: the rows of query `q` are the table `q`. A wrong
 * query is a failure at its place in the file; the queries that read it are left out.
 */
import { unreachable } from '../../base/assert.ts'
import { collectFailure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { comesInOrder } from '../../engine/trace.ts'
import { openJson } from '../../format/json/json.ts'
import type { Field } from '../../record/type.ts'
import { inputsOf } from '../../sql/plan/inputs.ts'
import type { Plan, Query } from '../../sql/plan/plan.ts'
import type { QueryBody, QuerySyntax, TableSyntax } from '../../sql/syntax/ast.ts'
import { parseQuery } from '../../sql/syntax/parse.ts'
import { openTopicFormat } from '../../topic/topic-format.ts'
import type { CheckedQuery, CheckedTopic } from '../checked.ts'
import type { PipelineFile, QueryForms, ResultRetention } from '../definition.ts'
import type { PipelineText } from '../file/pipeline-text.ts'
import type { Path } from '../file/yaml-tree.ts'
import { groupName } from '../group.ts'
import { retained } from './bus.ts'
import { type Checking, isBroken, type TopicTable } from './checking.ts'
import { spellQuery } from './short-form.ts'
import { checkTtl, deadRule, retentionRule, stateLimit } from './space.ts'
import { inSql, planEntry } from './spelled-in-file.ts'

/**
 * How far the watermark trails the event time of rows in order of their windows: the next row may have the same time, and
 * is not late. Other rows keep the delay of the topic that they came from.
 */
export const RESULT_DELAY: Duration = 1

/** Plans all queries and adds their tables; wrong ones are among the failures. Those that read a broken table are left out. */
export function checkQueries(checking: Checking): readonly CheckedQuery[] {
  const { file, failures, broken, tables } = checking
  const reads = tablesRead(checking)
  const queries: CheckedQuery[] = []
  for (const name of inOrder(reads, checking)) {
    const query = (reads.get(name) ?? []).some((table) => isBroken(checking, table))
      ? undefined
      : collectFailure(failures, () => checkQuery(name, file.queries[name] ?? {}, checking))
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
  const table = tablesIn(entry, ['queries', name], checking.text).find((one) => checking.stored.has(one))
  if (table !== undefined) {
    const message = `query "${name}" reads table "${table}", which only reports can read`
    const hint = 'A query runs over topics, whose rows come one after the other. Ask the table in a report.'
    throw checking.text.failure(['queries', name], message, { at: 'key', hint })
  }
  const query = planEntry(entry, ['queries', name], 'streaming', checking)
  checkTtl(name, entry, query.plan, checking)
  return {
    name,
    query,
    reads: tablesOf(query.plan),
    inWindows: comesInOrder(query.plan),
    stateLimit: stateLimit(name, checking),
    group: entry.group ?? groupName(checking.file.name, 'query', name),
  }
}

/** The names that each query reads; of queries that cannot be parsed, which are broken, none. */
function tablesRead({ file, text, failures, broken }: Checking): ReadonlyMap<string, readonly string[]> {
  const reads = new Map<string, readonly string[]>()
  for (const [name, entry] of Object.entries(file.queries)) {
    const tables = collectFailure(failures, () => tablesIn(entry, ['queries', name], text))
    if (tables === undefined) broken.add(name)
    else reads.set(name, tables)
  }
  return reads
}

/** The names that a query of the file reads. Throws a Failure where it cannot be parsed. */
export function tablesIn(entry: QueryForms<Duration>, at: Path, text: PipelineText): readonly string[] {
  const form = entry.top ?? entry.count ?? entry.rate
  if (form !== undefined) return [form.from]
  const spelled = spellQuery(entry, () => '')
  return namesIn(inSql(at, spelled, text, () => parseQuery(spelled.sql)))
}

/** Names of the queries, each after those that it reads. One that reads itself is broken. */
function inOrder(reads: ReadonlyMap<string, readonly string[]>, checking: Checking): readonly string[] {
  const { text, failures, broken } = checking
  const order: string[] = []
  const done = new Set<string>()
  /** `way` is from one query to the next, each of which reads the one after it. */
  const visit = (name: string, way: readonly string[]): void => {
    if (way.includes(name)) {
      const circle = [...way.slice(way.indexOf(name)), name]
      if (circle.some((one) => broken.has(one))) return
      for (const one of circle) broken.add(one)
      // It reads the topic whose name it has taken, and that is said.
      if (circle.some((one) => Object.hasOwn(checking.file.topics, one))) return
      const others = circle.length === 2 ? '' : `: ${circle.join(' reads ')}`
      const message = `query "${name}" reads its own rows${others}`
      failures.push(text.failure(['queries', name], message, { at: 'key' }))
      return
    }
    if (done.has(name)) return
    for (const table of reads.get(name) ?? []) if (reads.has(table)) visit(table, [...way, name])
    done.add(name)
    order.push(name)
  }
  for (const name of reads.keys()) visit(name, [])
  return order.filter((name) => !broken.has(name))
}

/** Names of the tables that a statement reads, without those of its own WITH. Queries inside expressions are refused. */
function namesIn({ with: own, body }: QuerySyntax): readonly string[] {
  const names = [...own.flatMap(({ query }) => namesIn(query)), ...namesInBody(body)]
  return names.filter((name) => own.every((made) => made.name.name !== name))
}

function namesInBody(body: QueryBody): readonly string[] {
  switch (body.kind) {
    case 'select':
      return body.from === undefined ? [] : namesInTable(body.from)
    case 'values':
      return []
    case 'set':
      return [body.left, body.right].flatMap(namesIn)
    default:
      return unreachable(body)
  }
}

function namesInTable(table: TableSyntax): readonly string[] {
  switch (table.kind) {
    case 'table':
      return table.path.slice(0, 1).map(({ name }) => name)
    case 'derived':
      return namesIn(table.query)
    case 'window':
      return table.arguments.flatMap(({ value }) => (value.kind === 'data' ? namesInTable(value.table) : []))
    case 'unnest':
      return []
    case 'join':
      return [table.left, table.right].flatMap(namesInTable)
    default:
      return unreachable(table)
  }
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
  const partitions = partitionsOf(query.plan, tables)
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
    fingerprint: JSON.stringify([
      'query',
      query.sql,
      ...ttlPart(query),
      ...inputs.map(({ topic }) => topic.fingerprint),
    ]),
  }
  const delays = inputs.map(({ table }) => table.rowtime?.delay ?? 0)
  const delay = comesInOrder(query.plan) ? RESULT_DELAY : Math.max(RESULT_DELAY, ...delays)
  return { topic, table: { name, fields, rowtime: field < 0 ? undefined : { field, delay } } }
}

/** A `ttl` that ends is part of what a query means; another one lets other rows through. */
export const ttlPart = ({ ttl = Number.POSITIVE_INFINITY }: Query): readonly unknown[] =>
  ttl === Number.POSITIVE_INFINITY ? [] : [{ ttl }]

/** The part that all topics of results share: their rows are JSON objects. */
export function jsonTopic(
  name: string,
  topic: string,
  fields: readonly Field[],
): Pick<CheckedTopic, 'name' | 'topic' | 'kept' | 'format' | 'fields' | 'start' | 'outOfRange'> {
  return {
    name,
    topic,
    kept: topic,
    format: openTopicFormat(openJson(fields.map((field) => ({ field }))), [], topic),
    fields,
    start: 'earliest',
    outOfRange: 'earliest',
  }
}

/** Rows that no operator brings together stay in their partition. */
function partitionsOf(plan: Plan, tables: ReadonlyMap<string, TopicTable>): number {
  switch (plan.kind) {
    case 'scan':
      return tables.get(plan.table)?.topic.partitions ?? 1
    case 'filter':
    case 'project':
    case 'window':
    case 'unnest':
    case 'lookup':
      return partitionsOf(plan.input, tables)
    case 'union':
      if (comesInOrder(plan)) return 1
      return plan.inputs.reduce((sum, input) => sum + partitionsOf(input, tables), 0)
    default:
      return 1
  }
}

/** Names of the tables that a plan reads, without repeats. */
export function tablesOf(plan: Plan): readonly string[] {
  return plan.kind === 'scan' ? [plan.table] : [...new Set(inputsOf(plan).flatMap(tablesOf))]
}
