/** The options for a span of event time. */
import type { Command } from 'commander'
import { systemClock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { CheckedReport } from '../../pipeline/checked.ts'
import { parseInstant, parsePeriod, type Span, spanUntil } from '../../pipeline/span.ts'

export type SpanOptions = { readonly for?: string; readonly since?: string; readonly until?: string }

/** Also `--due`: the span of a report that ended when it was last due. */
export type ReportSpanOptions = SpanOptions & { readonly due?: boolean }

/** Adds the options that name a span. */
export function spanOptions(command: Command): Command {
  return command
    .option('--for <period>', 'a day (2020-05-15), month (2020-05), year (2020) or hour (2020-05-15T20)')
    .option('--since <time>', 'or the time where the span begins, as 2020-05-15 or 2020-05-15T20:00')
    .option('--until <time>', 'and where it ends; rows of that time are not in it (default: now)')
}

/** The span of the options, by default in the pipeline's time zone. Throws a Failure 'usage' if it is missing or empty. */
export function spanOf({ for: period, since, until }: SpanOptions, zone: string): Span {
  if (period !== undefined) {
    if (since === undefined && until === undefined) return parsePeriod(period, zone)
    throw new Failure('usage', '--for says the whole span: leave --since and --until out')
  }
  if (since === undefined) {
    throw new Failure('usage', 'which span of time?', { hint: 'Say --for 2020-05-15, or --since TIME --until TIME.' })
  }
  const span = {
    since: parseInstant(since, zone),
    until: until === undefined ? systemClock.now() : parseInstant(until, zone),
  }
  if (span.until <= span.since) throw new Failure('usage', `the span ends (${until}) before it begins (${since})`)
  return span
}

/**
 * The span of the options for a report, which is undefined where a query is asked. Throws a Failure 'usage' as `spanOf` does,
 * and where the report has no schedule.
 */
export function reportSpanOf(options: ReportSpanOptions, report: CheckedReport | undefined, zone: string): Span {
  if (options.due !== true) return spanOf(options, zone)
  if ([options.for, options.since, options.until].some((one) => one !== undefined)) {
    throw new Failure('usage', '--due says the whole span: leave --for, --since and --until out')
  }
  const due = report?.schedule?.lastBefore(systemClock.now())
  if (report !== undefined && due !== undefined) return spanUntil(due, report.spanMs, zone)
  const why =
    report === undefined ? 'this is a query' : `report ${report.name} was never due: it has no such time in \`at\``
  throw new Failure('usage', `--due is for reports with a schedule, and ${why}`, {
    hint: 'Write it down in the pipeline file: at: "0 20 * * *"',
  })
}
