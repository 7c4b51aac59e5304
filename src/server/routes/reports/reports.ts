/** `/api/v1/reports` and the runs of each: when they are due, how they ended, and runs by hand. */
import * as z from 'zod'
import type { CheckedReport } from '../../../pipeline/checked.ts'
import { parseInstant, parsePeriod, type Span, spanUntil } from '../../../pipeline/span.ts'
import type { ServedRun } from '../../../run/served/served-run.ts'
import { RequestError } from '../../../source/request-error.ts'
import type { AskedReportRun, ReportRunView } from '../../api/reports.ts'
import { namedPart, type OpenRun, openRunOf } from '../../open-run.ts'
import { askedRunsOf } from '../../reports/asked-runs.ts'
import { askedReportRun, askedView, knownRuns, reportRunView, reportView, reportViewOf } from '../../reports/view.ts'
import { defineRoute, inJson, page, pageOf, paging, type Route } from '../route.ts'

const params: z.ZodType<{ readonly report: string }> = z.object({ report: z.string() })
const ofRun: z.ZodType<{ readonly report: string; readonly run: string }> = z.object({
  report: z.string(),
  run: z.string(),
})

const reports: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/reports',
  summary: 'The reports, when they are due next, and how they stand.',
  query: z.object(paging),
  answer: inJson(page(reportView)),
  async handle({ query }, { run }) {
    const { items, next } = pageOf(openRunOf(run).pipeline.reports, query, ({ name }) => name)
    return { items: await Promise.all(items.map((report) => reportViewOf(report, run))), next }
  },
})

const report: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/reports/{report}',
  summary: 'A report, when it is due next, and how it stands.',
  params,
  answer: inJson(reportView),
  handle: ({ params: { report: name } }, { run }) => reportViewOf(reportNamed(name, run), run),
})

const runs: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/reports/{report}/runs',
  summary: 'The runs of a report that are known, the newest first.',
  params,
  query: z.object(paging),
  answer: inJson(page(reportRunView)),
  handle: ({ params: { report: name }, query }, { run }) =>
    pageOf(knownRuns(reportNamed(name, run), run), query, ({ id }) => id),
})

const ask: Route = defineRoute({
  method: 'POST',
  path: '/api/v1/reports/{report}/runs',
  summary: 'Runs a report over a span of event time: to show its rows, or to deliver them. It answers 202 at once.',
  params,
  body: askedReportRun,
  answer: inJson(reportRunView),
  alsoAs: { 202: 'The run has begun.' },
  handle({ params: { report: name }, body }, { run }) {
    const open = openRunOf(run)
    const report = reportNamed(name, run)
    const due = body.due === true ? lastDue(report, body, run) : undefined
    const span = due === undefined ? spanOf(body, open, run) : spanUntil(due, report.spanMs, open.pipeline.timezone)
    const asked = askedRunsOf(run)
    const wish = { report, span, due }
    const begun = body.deliver === true ? asked.deliver(wish) : asked.show(wish, open)
    return { status: 202, type: 'application/json', body: JSON.stringify(askedView(begun, open.pipeline.mask)) }
  },
})

const one: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/reports/{report}/runs/{run}',
  summary: 'How a run of a report stands. One whose rows are only shown goes on while somebody asks.',
  params: ofRun,
  answer: inJson(reportRunView),
  handle: ({ params: { report: name, run: id } }, { run }) => runNamed(reportNamed(name, run), id, run),
})

const cancel: Route = defineRoute({
  method: 'DELETE',
  path: '/api/v1/reports/{report}/runs/{run}',
  summary: 'Ends a run whose rows are only shown, or forgets its rows.',
  params: ofRun,
  answer: inJson(reportRunView),
  refusals: { 409: 'Its rows are delivered.' },
  handle({ params: { report: name, run: id } }, { run }) {
    const report = reportNamed(name, run)
    const view = runNamed(report, id, run)
    const asked = askedRunsOf(run)
    const kept = asked.of(name).find((other) => other.id === id)
    if (kept === undefined) throw new RequestError(409, 'a run whose rows are delivered is not cancelled')
    asked.cancel(kept)
    return knownRuns(report, run).find((other) => other.id === id) ?? view
  },
})

export const reportRoutes: readonly Route[] = [reports, report, runs, ask, one, cancel]

/** Throws a RequestError where the pipeline has no such report. */
export const reportNamed = (name: string, run: ServedRun): CheckedReport =>
  namedPart(name, openRunOf(run).pipeline.reports, 'report')

/** A run of a report; somebody looks at it. Throws a RequestError where none is known by this name. */
export function runNamed(report: CheckedReport, id: string, run: ServedRun): ReportRunView {
  askedRunsOf(run).seen(id)
  const found = knownRuns(report, run).find((one) => one.id === id)
  if (found !== undefined) return found
  throw new RequestError(404, `report ${report.name} has no run "${id}": only the last ones are kept`)
}

/** Throws a RequestError, or a Failure 'usage', where the span is missing or empty. */
function spanOf({ for: period, since, until }: AskedReportRun, { pipeline }: OpenRun, { clock }: ServedRun): Span {
  const { timezone } = pipeline
  if (period !== undefined) {
    if (since === undefined && until === undefined) return parsePeriod(period, timezone)
    throw new RequestError(400, 'body: for says the whole span: leave since and until out')
  }
  if (since === undefined) {
    throw new RequestError(400, 'body: say which span of time: for: "2020-05-15", since and until, or due: true')
  }
  const span = {
    since: parseInstant(since, timezone),
    until: until === undefined ? clock.now() : parseInstant(until, timezone),
  }
  if (span.until > span.since) return span
  throw new RequestError(400, 'body: the span ends before it begins')
}

function lastDue({ name, schedule }: CheckedReport, { for: period, since, until }: AskedReportRun, run: ServedRun) {
  if ([period, since, until].some((given) => given !== undefined)) {
    throw new RequestError(400, 'body: due says the whole span: leave for, since and until out')
  }
  const due = schedule?.lastBefore(run.clock.now())
  if (due !== undefined) return due
  throw new RequestError(400, `body: due: report ${name} was never due: it has no such schedule`)
}
