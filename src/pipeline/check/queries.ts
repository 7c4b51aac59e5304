/**
 * Plans the queries of a pipeline, each after those whose rows it reads: the rows of query `q` are the table `q`. A wrong
 * query is a failure at its place in the file; the queries that read it are left out.
 */
import { assert, unreachable } from '../../base/assert.ts'
import { collectFailure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { comesInOrder } from '../../engine/trace.ts'
import { formats } from '../../format/all.ts'
import type { Field } from '../../record/type.ts'
import { inputsOf } from '../../sql/plan/inputs.ts'
import type { Plan, Query } from '../../sql/plan/plan.ts'
import type { QueryBody, QuerySyntax, TableSyntax } from '../../sql/syntax/ast.ts'
import { parseQuery } from '../../sql/syntax/parse.ts'
import { openTopicFormat } from '../../topic/topic-format.ts'
import type { CheckedQuery, CheckedTopic } from '../checked.ts'
import type { PipelineFile } from '../definition.ts'
import { groupName } from '../group.ts'
import { retained } from './bus.ts'
import type { Checking, TopicTable } from './checking.ts'
import { spellQuery } from './short-form.ts'
import { deadRule, retentionRule, stateLimit } from './space.ts'
import { inSql, planEntry } from './spelled-in-file.ts'

/**
 * How far the watermark trails the event time of rows in order of their windows: the next row may have the same time, and
 * is not late. Other rows keep the delay of the topic that they came from.
 */
const RESULT_DELAY: Duration = 1

/** Plans all queries and adds their tables; wrong ones are among the failures. */
export function checkQueries(checking: Checking): readonly CheckedQuery[] {
  const queries: CheckedQuery[] = []
  for (const name of inOrder(checking)) {
    collectFailure(checking.failures, () => {
      const entry = checking.file.queries[name] ?? {}
      const query = planEntry(entry, ['queries', name], 'streaming', checking)
      const reads = tablesOf(query.plan)
      queries.push({
        name,
        query,
        reads,
        inWindows: comesInOrder(query.plan),
        stateLimit: stateLimit(name, checking),
        group: entry.group ?? groupName(checking.file.name, 'query', name),
      })
      checking.tables.set(name, resultOf(name, query, reads, checking))
    })
  }
  return queries
}

/** Names of the queries that can be planned, each after those it reads. A query that reads a broken one is left out. */
function inOrder({ file, text, failures }: Checking): readonly string[] {
  const reads = new Map<string, readonly string[]>()
  for (const [name, entry] of Object.entries(file.queries)) {
    collectFailure(failures, () => {
      const form = entry.top ?? entry.count ?? entry.rate
      if (form !== undefined) reads.set(name, [form.from])
      else {
        const spelled = spellQuery(entry, () => '')
        reads.set(name, namesIn(inSql(['queries', name], spelled, text, () => parseQuery(spelled.sql))))
      }
    })
  }
  const order: string[] = []
  const state = new Map<string, 'open' | 'done' | 'broken'>()
  const visit = (name: string): boolean => {
    const before = state.get(name)
    if (before === 'open') {
      const message = `query "${name}" reads its own rows, by way of others or itself`
      failures.push(text.failure(['queries', name], message, { at: 'key' }))
    }
    if (before !== undefined) return before === 'done'
    const needed = reads.get(name)
    state.set(name, needed === undefined ? 'broken' : 'open')
    if (needed === undefined) return false
    const fine = needed.filter((table) => Object.hasOwn(file.queries, table)).every(visit)
    state.set(name, fine ? 'done' : 'broken')
    if (fine) order.push(name)
    return fine
  }
  for (const name of reads.keys()) visit(name)
  return order
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
    case 'join':
      return [table.left, table.right].flatMap(namesInTable)
    default:
      return unreachable(table)
  }
}

function resultOf(name: string, query: Query, reads: readonly string[], checking: Checking): TopicTable {
  const { file, tables } = checking
  const { fields } = query.plan
  const field = fields.findIndex((one) => one.rowtime === true)
  const inputs = reads.flatMap((table) => tables.get(table) ?? [])
  const partitions = partitionsOf(query.plan, tables)
  const retention = retentionRule(file.queries[name]?.retention, partitions, ['queries', name], checking)
  const topic: CheckedTopic = {
    ...jsonTopic(name, file, fields),
    partitions,
    settings: retained(retention),
    retention,
    rowtime: field < 0 ? undefined : field,
    idleMs: undefined,
    maxAhead: undefined,
    dead: deadRule({ name, partitions, retention }, undefined, checking),
    fingerprint: JSON.stringify(['query', query.sql, ...inputs.map(({ topic }) => topic.fingerprint)]),
  }
  const delays = inputs.map(({ table }) => table.rowtime?.delay ?? 0)
  const delay = comesInOrder(query.plan) ? RESULT_DELAY : Math.max(RESULT_DELAY, ...delays)
  return { topic, table: { name, fields, rowtime: field < 0 ? undefined : { field, delay } } }
}

/** The part that all topics of results share: their rows are JSON objects. */
export function jsonTopic(
  name: string,
  file: PipelineFile,
  fields: readonly Field[],
): Pick<CheckedTopic, 'name' | 'topic' | 'kept' | 'format' | 'fields' | 'start' | 'outOfRange'> {
  const format = formats.get('json')?.open({ columns: fields.map((field) => ({ field })) }, undefined)
  assert(format !== undefined, 'json is a format')
  const topic = `${file.name}.${name}`
  return {
    name,
    topic,
    kept: topic,
    format: openTopicFormat(format, [], topic),
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
