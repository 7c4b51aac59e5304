/** How reports stand and what their runs were, as plain data. */
import * as z from 'zod'
import type { ReportWork } from '../../history/open-reports.ts'
import type { ReportRun } from '../../history/report-memory.ts'
import type { CheckedReport } from '../../pipeline/checked.ts'
import { typeName } from '../../record/type.ts'
import type { ServedRun } from '../../run/served/served-run.ts'
import { isoOrNull, isoText } from '../../run/status/clock-status.ts'
import type { AskedReportRun, ReportColumn, ReportRowsPart, ReportRunView, ReportView } from '../api/reports.ts'
import { openRunOf } from '../open-run.ts'
import { askedRunsOf, type HandRun } from './asked-runs.ts'

/** Times ahead that are shown of a schedule. */
const NEXT = 5
const MAX_CHARACTERS = 64

const count = z.int().min(0).nullable()
const time = z.string().describe('ISO 8601')

export const reportRunView: z.ZodType<ReportRunView> = z.strictObject({
  id: z.string(),
  since: time,
  until: time.describe('rows of that time are not in it'),
  due: time.nullable(),
  isDelivered: z.boolean(),
  state: z.enum(['waiting', 'working', 'done', 'failed', 'cancelled']),
  begunAt: time,
  endedAt: time.nullable(),
  records: count,
  ofRecords: count,
  rows: count,
  unusable: count.describe('records that were read and could not be used'),
  appended: count.describe('rows that were not in the topic yet'),
  reached: z.boolean().nullable().describe('whether the log had come to the end of the span'),
  failure: z.string().nullable(),
})

const column: z.ZodType<ReportColumn> = z.strictObject({ name: z.string(), type: z.string() })

export const reportView: z.ZodType<ReportView> = z.strictObject({
  name: z.string(),
  sql: z.string(),
  of: z.string().nullable(),
  reads: z.array(z.string()).readonly(),
  schedule: z.strictObject({ cron: z.string(), words: z.string() }).nullable(),
  timezone: z.string(),
  spanMs: z.number(),
  next: z.array(time).readonly(),
  stage: z.enum(['due', 'watermark', 'working']).nullable(),
  last: z
    .strictObject({ due: time, endedAt: time, rows: count, failure: z.string().nullable() })
    .nullable()
    .describe('how the last time that it was due has ended'),
  newest: reportRunView.nullable(),
  topic: z.string(),
  sinks: z.array(z.string()).readonly(),
  columns: z.array(column).readonly(),
})

export const reportRows: z.ZodType<ReportRowsPart> = z.strictObject({
  columns: z.array(column).readonly(),
  items: z.array(z.record(z.string(), z.unknown()).readonly()).readonly(),
  next: z.string().nullable(),
  rows: z.int().min(0),
  isCut: z.boolean(),
})

const text = z.string().max(MAX_CHARACTERS)
export const askedReportRun: z.ZodType<AskedReportRun> = z.strictObject({
  for: text.optional().describe('a day, month, year or hour: 2020-05-15'),
  since: text.optional(),
  until: text.optional().describe('by default now'),
  due: z.boolean().optional().describe('the span that ended when it was last due'),
  deliver: z.boolean().optional().describe('puts the rows into the topic of the report; else they are only shown'),
})

/** A report of the run. Rejects with a RequestError while the pipeline is starting. */
export async function reportViewOf(report: CheckedReport, run: ServedRun): Promise<ReportView> {
  const { pipeline } = openRunOf(run)
  const { name, query, of, reads, tables, schedule, spanMs, topic } = report
  const standing = run.status().reports.find((one) => one.name === name)
  return {
    name,
    sql: pipeline.mask(query.sql),
    of: of ?? null,
    reads: [...reads, ...tables],
    schedule: schedule === undefined ? null : { cron: schedule.text, words: await wordsOf(schedule.text) },
    timezone: pipeline.timezone,
    spanMs,
    next: schedule === undefined ? [] : nextOf(schedule, run.clock.now()),
    stage: standing?.stage ?? null,
    last: standing?.last ?? null,
    newest: knownRuns(report, run)[0] ?? null,
    topic: topic.topic,
    sinks: pipeline.sinks.filter(({ from }) => from === name).map((sink) => sink.name),
    columns: reportColumns(report),
  }
}

export const reportColumns = ({ topic }: CheckedReport): readonly ReportColumn[] =>
  topic.fields.map(({ name, type }) => ({ name, type: typeName(type) }))

/** `0 20 * * *` is "at 20:00". */
async function wordsOf(cron: string): Promise<string> {
  const { toString: words } = await import('cronstrue')
  const said = words(cron, { use24HourTimeFormat: true, throwExceptionOnParseError: false })
  return said.charAt(0).toLowerCase() + said.slice(1)
}

function nextOf(schedule: NonNullable<CheckedReport['schedule']>, now: number): readonly string[] {
  const times: string[] = []
  for (let at = schedule.after(now); at !== undefined && times.length < NEXT; at = schedule.after(at)) {
    times.push(isoText(at))
  }
  return times
}

/** The runs of a report that are known, the newest first. */
export function knownRuns({ name }: CheckedReport, run: ServedRun): readonly ReportRunView[] {
  const { parts, pipeline } = openRunOf(run)
  const standing = parts.upkeep.report(name)
  const views = new Map<string, ReportRunView>()
  for (const one of askedRunsOf(run).of(name)) views.set(one.id, askedView(one, pipeline.mask))
  for (const one of standing?.runs ?? []) views.set(one.id, endedView(one))
  const { working } = standing ?? {}
  if (working !== undefined) views.set(working.id, workView(working))
  return [...views.values()].reverse().sort((one, other) => Date.parse(other.begunAt) - Date.parse(one.begunAt))
}

type Begun = Pick<ReportRun, 'id' | 'since' | 'until' | 'due' | 'begunAt'>

const begunView = ({ id, since, until, due, begunAt }: Begun) => ({
  id,
  since: isoText(since),
  until: isoText(until),
  due: isoOrNull(due),
  isDelivered: true,
  begunAt: isoText(begunAt),
  endedAt: null,
  records: null,
  ofRecords: null,
  rows: null,
  unusable: null,
  appended: null,
  reached: null,
  failure: null,
})

const endedView = (run: ReportRun): ReportRunView => ({
  ...begunView(run),
  state: run.failure === undefined ? 'done' : 'failed',
  endedAt: isoText(run.endedAt),
  records: run.records ?? null,
  rows: run.rows ?? null,
  unusable: run.unusable ?? null,
  appended: run.appended ?? null,
  reached: run.reached ?? null,
  failure: run.failure ?? null,
})

const workView = (work: ReportWork): ReportRunView => ({
  ...begunView(work),
  state: 'working',
  records: work.records,
  ofRecords: work.ofRecords,
})

export const askedView = (run: HandRun, mask: (text: string) => string): ReportRunView => ({
  ...begunView(run),
  isDelivered: run.isDelivered,
  state: run.state,
  endedAt: isoOrNull(run.endedAt),
  records: run.records ?? null,
  ofRecords: run.ofRecords ?? null,
  rows: run.done?.rows ?? run.shown?.count ?? null,
  unusable: run.shown?.unusable ?? null,
  appended: run.done?.appended ?? null,
  reached: run.done?.reached ?? run.shown?.reached ?? null,
  failure: run.failure === undefined ? null : mask(run.failure),
})
