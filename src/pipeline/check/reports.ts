/** Plans the reports of a pipeline in batch mode, over topics that have event time, each with its schedule. */
import { assert } from '../../base/assert.ts'
import { changeFailure, collectFailure, type Failure } from '../../base/failure.ts'
import { type Field, TIMESTAMP } from '../../record/type.ts'
import type { Catalog } from '../../sql/catalog.ts'
import type { Session } from '../../sql/function/function.ts'
import { planQuery } from '../../sql/plan-query.ts'
import type { CheckedReport } from '../checked.ts'
import type { PipelineFile } from '../definition.ts'
import type { PipelineText } from '../file/pipeline-text.ts'
import type { Path } from '../file/yaml-tree.ts'
import { openSchedule } from '../schedule.ts'
import { jsonTopic, tablesOf } from './queries.ts'
import { spellQuery } from './short-form.ts'
import { resultRule } from './space.ts'
import { didYouMean, inSql, timeColumnOf, warningsOf } from './spelled-in-file.ts'
import type { TopicTable } from './topics.ts'

export const SPAN_FIELDS: readonly Field[] = [
  { name: 'span_start', type: TIMESTAMP },
  { name: 'span_end', type: TIMESTAMP },
]

type Reports = {
  readonly reports: readonly CheckedReport[]
  readonly failures: readonly Failure[]
  readonly warnings: readonly Failure[]
}

/** Plans all reports; wrong ones are among `failures`. */
export function checkReports(
  file: PipelineFile,
  text: PipelineText,
  tables: ReadonlyMap<string, TopicTable>,
  session: Session,
): Reports {
  const failures: Failure[] = []
  const warnings: Failure[] = []
  const reports: CheckedReport[] = []
  const catalog = new Map([...tables].map(([name, { table }]) => [name, table]))
  for (const name of Object.keys(file.reports)) {
    collectFailure(failures, () => {
      const checked = checkReport(name, file, text, { tables, catalog, session })
      reports.push(checked.report)
      warnings.push(...checked.warnings)
    })
  }
  return { reports, failures, warnings }
}

type Known = {
  readonly tables: ReadonlyMap<string, TopicTable>
  readonly catalog: Catalog
  readonly session: Session
}

function checkReport(name: string, file: PipelineFile, text: PipelineText, { tables, catalog, session }: Known) {
  const at: Path = ['reports', name]
  if (tables.has(name) || tables.has(`${file.name}.${name}`)) {
    throw text.failure(at, `report "${name}" has the name of a topic or query`, { at: 'key' })
  }
  const entry = file.reports[name]
  assert(entry !== undefined, 'a report of the file is checked')
  const named = entry.query === undefined ? entry : file.queries[entry.query]
  if (named === undefined) {
    const hint = didYouMean(entry.query ?? '', Object.keys(file.queries))
    throw text.failure([...at, 'query'], `there is no query "${entry.query}"`, { hint })
  }
  const spelled = spellQuery(named, timeColumnOf(at, tables, text))
  // A mistake in a query of the pipeline is reported there.
  const place = entry.query === undefined ? at : ['queries', entry.query]
  const query = inSql(place, spelled, text, () => planQuery(spelled.sql, catalog, { mode: 'batch', session }))
  const reads = [...new Set(tablesOf(query.plan))]
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
  const fields = [
    ...SPAN_FIELDS,
    ...query.plan.fields.map(({ name, type, window }) => ({ name, type, ...(window && { window }) })),
  ]
  const report: CheckedReport = {
    name,
    query,
    reads,
    of: entry.query,
    topic: {
      ...jsonTopic(name, file, fields),
      partitions: 1,
      retention: resultRule(entry.retention, 1, at, { file, text }),
      rowtime: undefined,
      idleMs: undefined,
      fingerprint: '',
    },
    rowKey:
      query.rowKey === undefined ? undefined : [0, 1, ...query.rowKey.map((column) => column + SPAN_FIELDS.length)],
    schedule: scheduleOf(at, entry.at, file, text),
    spanMs: entry.span,
  }
  return { report, warnings: entry.query === undefined ? warningsOf(query, at, spelled, text) : [] }
}

function scheduleOf(at: Path, expression: string | undefined, file: PipelineFile, text: PipelineText) {
  if (expression === undefined) return undefined
  return changeFailure(
    () => openSchedule(expression, file.timezone),
    ({ message, hint }) => text.failure([...at, 'at'], message, { hint }),
  )
}
