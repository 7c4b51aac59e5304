/** Plans the reports of a pipeline in batch mode, over topics that have event time, each with its schedule. */
import { assert } from '../../base/assert.ts'
import { entryOf } from '../../base/entry.ts'
import { changeFailure, collectFailure } from '../../base/failure.ts'
import { openSchedule } from '../../base/schedule.ts'
import { type Field, TIMESTAMP } from '../../record/type.ts'
import { tablesOf } from '../../sql/plan/inputs.ts'
import type { Query } from '../../sql/plan/plan.ts'
import type { CheckedReport } from '../checked.ts'
import type { Path } from '../file/yaml-tree.ts'
import { retained } from './bus.ts'
import { type Checking, isBroken, namesIn } from './checking.ts'
import { jsonTopic, refuseChanging } from './queries.ts'
import { deadRule, retentionRule } from './space.ts'
import { didYouMean, planEntry } from './spelled-in-file.ts'
import { tablesIn, throughViews } from './views/order.ts'

export const SPAN_FIELDS: readonly Field[] = [
  { name: 'span_start', type: TIMESTAMP },
  { name: 'span_end', type: TIMESTAMP },
]

/** Plans all reports; wrong ones are among the failures. */
export const checkReports = (checking: Checking): readonly CheckedReport[] =>
  Object.keys(checking.file.reports).flatMap(
    (name) => collectFailure(checking.failures, () => checkReport(name, checking)) ?? [],
  )

/** Undefined where the report only repeats the mistake of a table that it reads. */
function checkReport(name: string, checking: Checking): CheckedReport | undefined {
  const { file, text, tables } = checking
  const at: Path = ['reports', name]
  if (tables.has(name) || Object.hasOwn(file.tables, name) || tables.has(`${file.name}.${name}`)) {
    throw text.failure(at, `report "${name}" has the name of a topic, query or table`, { at: 'key' })
  }
  const entry = file.reports[name]
  assert(entry !== undefined, 'a report of the file is checked')
  const schedule = collectFailure(checking.failures, () => scheduleOf(at, entry.at, checking))
  const named = entry.query === undefined ? entry : entryOf(file.queries, entry.query)
  if (named === undefined && isBroken(checking, entry.query ?? '')) return undefined
  if (named === undefined && Object.hasOwn(file.views, entry.query ?? '')) {
    const hint = `Write the SQL instead: sql: SELECT * FROM ${entry.query}`
    throw text.failure([...at, 'query'], `"${entry.query}" is a view, and this is the name of a query`, { hint })
  }
  if (named === undefined) {
    const hint = didYouMean(entry.query ?? '', namesIn(checking, ['queries']))
    throw text.failure([...at, 'query'], `there is no query "${entry.query}"`, { hint })
  }
  const from = entry.query === undefined ? tablesIn(named, at, text) : [entry.query]
  if (from.some((table) => isBroken(checking, table))) return undefined
  if (entry.query === undefined) refuseChanging(at, throughViews(from, checking), checking)
  // A mistake in a query of the pipeline is reported there, and warnings were given there.
  const query =
    entry.query === undefined
      ? planEntry(named, at, 'batch', checking)
      : planEntry(named, ['queries', entry.query], 'batch', { ...checking, warnings: [] })
  const all = tablesOf(query.plan)
  const [reads, stored] = [all.filter((table) => tables.has(table)), all.filter((table) => !tables.has(table))]
  refuseUnfit(at, query, reads, checking)
  const retention = retentionRule(entry.retention, 1, at, checking)
  const fields = [
    ...SPAN_FIELDS,
    ...query.plan.fields.map(({ name, type, window }) => ({ name, type, ...(window && { window }) })),
  ]
  return {
    name,
    query,
    reads,
    tables: stored,
    of: entry.query,
    compare: comparedQuery(at, entry.compare, reads, checking),
    topic: {
      ...jsonTopic(name, `${file.name}.${name}`, fields),
      partitions: 1,
      settings: retained(retention),
      retention,
      rowtime: undefined,
      idleMs: undefined,
      maxAhead: undefined,
      dead: deadRule({ name, partitions: 1, retention }, undefined, checking),
      rules: [],
      fingerprint: '',
      meaning: '',
    },
    rowKey:
      query.rowKey === undefined ? undefined : [0, 1, ...query.rowKey.map((column) => column + SPAN_FIELDS.length)],
    // A report that is made by hand has any span, so neither end of it is enough.
    rowKeyParts: query.rowKeyParts && [
      [0],
      [1],
      ...query.rowKeyParts.map((columns) => columns.map((column) => column + SPAN_FIELDS.length)),
    ],
    schedule,
    spanMs: entry.span,
  }
}

/** Throws a Failure where a topic has no event time, or the rows have the columns that a report puts in front of them. */
function refuseUnfit(at: Path, query: Query, reads: readonly string[], { text, tables }: Checking): void {
  const timeless = reads.find((table) => tables.get(table)?.topic.rowtime === undefined)
  if (timeless !== undefined) {
    throw text.failure(at, `"${timeless}" has no event time, so that no span of it can be told`, {
      at: 'key',
      hint: `Give topic ${timeless} a watermark: watermark: ts - INTERVAL '5' SECOND`,
    })
  }
  const taken = query.plan.fields.find((field) => SPAN_FIELDS.some((span) => span.name === field.name))
  if (taken !== undefined) {
    throw text.failure(at, `the rows of a report begin with ${taken.name}, and this one selects another`, {
      at: 'key',
      hint: `Call it something else: ${taken.name} AS first_${taken.name}`,
    })
  }
}

/** The query that a report is compared with. Its mistakes are among the failures. */
function comparedQuery(
  at: Path,
  name: string | undefined,
  reads: readonly string[],
  checking: Checking,
): string | undefined {
  if (name === undefined || isBroken(checking, name)) return undefined
  const { file, text, failures } = checking
  const entry = entryOf(file.queries, name)
  if (entry === undefined) {
    const hint = didYouMean(name, namesIn(checking, ['queries']))
    failures.push(text.failure([...at, 'compare'], `there is no query "${name}"`, { hint }))
    return undefined
  }
  const read = throughViews(tablesIn(entry, ['queries', name], text), checking)
  const others = read.filter((table) => !reads.includes(table))
  if (others.length > 0) {
    const hint = 'Compare it with a query over the same topics.'
    const message = `query "${name}" reads ${others.join(', ')}, which this report does not`
    failures.push(text.failure([...at, 'compare'], message, { hint }))
  }
  return name
}

function scheduleOf(at: Path, expression: string | undefined, { file, text }: Checking) {
  if (expression === undefined) return undefined
  return changeFailure(
    () => openSchedule(expression, file.timezone),
    ({ message, hint }) => text.failure([...at, 'at'], message, { hint }),
  )
}
