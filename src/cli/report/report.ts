/** `tailrace report`: a report of a pipeline over a span of event time, by hand. Rows go to standard output. */
import { Command } from 'commander'
import { timestampText } from '../../base/calendar.ts'
import { systemClock } from '../../base/clock.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { Failure } from '../../base/failure.ts'
import type { EventTime } from '../../base/quantity.ts'
import { zoneRules } from '../../base/timezone.ts'
import { counted, countText } from '../../base/units.ts'
import { compareWithoutLate, compareWithStream } from '../../history/compare-rows.ts'
import { openEventTimes } from '../../history/event-times.ts'
import { comparedWith } from '../../history/incomparable.ts'
import { askedOf, runReport } from '../../history/report.ts'
import { openSpanTopics, type SpanOutcome, type SpanQuery } from '../../history/span-query.ts'
import { settledAt } from '../../history/wait-for-rows.ts'
import { withoutSentAgain } from '../../history/without-sent-again.ts'
import { pageColumns, type RowsOnPage } from '../../page/rows.ts'
import { SPAN_FIELDS } from '../../pipeline/check/reports.ts'
import { didYouMean } from '../../pipeline/check/spelled-in-file.ts'
import type { CheckedPipeline, CheckedReport } from '../../pipeline/checked.ts'
import { readBus } from '../option/bus.ts'
import { namedBefore, PIPELINE_ARGUMENT, readWhich, type WhichOptions, whichOptions } from '../option/pipeline.ts'
import { type ReportSpanOptions, reportSpanOf, spanOptions } from '../option/span.ts'
import { openPageRows, writePage } from '../page/page-out.ts'
import { type OutputForm, openRows, outputOption, refuseTitle } from '../rows-out.ts'
import { say } from '../say.ts'
import { SHOWN, tellComparison, tellReport } from './comparison.ts'
import { asReport, deliver, waitAlone } from './deliver.ts'

type ReportOptions = WhichOptions &
  ReportSpanOptions & {
    readonly output: OutputForm
    readonly title?: string
    readonly compare?: boolean
    readonly deliver?: boolean
  }

/** The command `report`. */
export function reportCommand(): Command {
  const command = new Command('report')
    .description('Runs a report over a span of event time. The same span gives the same rows, however often.')
    .argument('<NAME>', 'a report of the pipeline, or a query: it is then asked of the span in batch mode')
    .argument('[PIPELINE]', PIPELINE_ARGUMENT)
    .option(
      '--compare',
      'instead of the rows, where they differ from what the query has put out, and the late records that are why',
    )
    .option(
      '--due',
      'the span that ended when the report was last due by its schedule, once nothing of it can come any more',
    )
    .option('--deliver', "put the rows into the report's topic instead, for its sinks to take")
    .addOption(outputOption())
    .option('--title <text>', 'the title of the page (html); the name of the report, if not said')
  return whichOptions(spanOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  tailrace report daily --for 2020-05-15
  tailrace report daily --since '2020-05-14 20:00' --until '2020-05-15 20:00' -o csv > top.csv
  tailrace report methods --for 1995-07-01 --compare
  tailrace report daily --for 2020-05-15 -o html > report.html
  0 20 * * *  tailrace report daily /srv/log/pipeline.yaml --due --deliver      in a crontab
`,
    )
    .action(namedBefore(report))
}

async function report(name: string, options: ReportOptions, command: Command): Promise<void> {
  refuseTitle(options.output, options.title)
  const { pipeline, dataFolder } = await readWhich(options)
  const asked = findReport(name, pipeline)
  const report = pipeline.reports.find((one) => one.name === name)
  const span = reportSpanOf(options, report, pipeline.timezone)
  const isDue = options.due === true
  if (options.deliver === true) {
    await deliver(asReport(name, report), { span, isDue }, pipeline, dataFolder)
    return
  }
  if (isDue) await waitAlone(asked, span, pipeline, dataFolder)
  const streamed = options.compare === true ? comparedWith(asked, pipeline) : undefined
  // Tables of stores are read without the bus, so that the pipeline need not have run here.
  const settled = settledAt(asked.tables, pipeline, systemClock.now())
  const title = options.title || `${name} of ${pipeline.name}`
  const telling = { output: options.output, settled, page: { command, name, title, sql: asked.sql } }
  if (asked.reads.length === 0) {
    return await tellRows(askedOf(asked.sql, pipeline, span, new Map()), telling)
  }
  await using data = await readBus(dataFolder, pipeline)
  const opened = await openSpanTopics(pipeline, asked.reads, ({ topic }) => data.reader(topic))
  const topics = withoutSentAgain(opened, { disk: nodeDisk, dataFolder })
  const times = openEventTimes(nodeDisk, dataFolder)
  const question = { ...askedOf(asked.sql, pipeline, span, topics), times }
  if (streamed === undefined) return await tellRows(question, telling)
  const topic = `${pipeline.name}.${streamed.name}`
  const own = { ...question, ...askedOf(streamed.query.sql, pipeline, span, topics) }
  const compared = await compareWithStream({ asked: own, streamed, bus: data, topic, shown: SHOWN })
  if (asked.of !== undefined) return tellComparison(compared)
  tellReport(await compareWithoutLate(question, compared.late), compared, streamed.name)
}

type Telling = {
  readonly output: OutputForm
  /** The time up to which tables have their rows. */
  readonly settled: EventTime
  /** What a page says of the rows. */
  readonly page: { readonly command: Command; readonly name: string; readonly title: string; readonly sql: string }
}

async function tellRows(question: SpanQuery, { output, settled, page }: Telling): Promise<void> {
  const html = output === 'html' ? openPageRows() : undefined
  const rows = html ?? openRows(output === 'html' ? 'table' : output)
  const own = question.query.plan.fields
  const fields = [...SPAN_FIELDS, ...own]
  let count = 0
  const outcome = await runReport(question, (batch) => {
    count += batch.count
    // The span is at the head of a page, and all rows have the same.
    if (html === undefined) rows.write(batch, fields)
    else html.write({ ...batch, columns: batch.columns.slice(SPAN_FIELDS.length) }, own)
  })
  await rows.end(fields)
  const { until } = question.span
  const come = Math.min(outcome.reached, settled)
  const reached = Number.isFinite(come) ? `at ${new Date(come).toISOString()}` : 'nowhere yet'
  const note =
    come < until
      ? `the span ends at ${new Date(until).toISOString()} and the log is ${reached}: rows may change`
      : undefined
  if (html !== undefined) await writePage(page.command, pageOf(question, { page, outcome, kept: html.kept, note }))
  if (note !== undefined) say(note)
  const { records, rows: used, undecodable, failed } = outcome
  say(
    `${counted(records, 'record')} read, ${used} in the span, ${undecodable + failed} that could not be used, ${counted(count, 'row')}`,
  )
}

type Reported = {
  readonly page: Telling['page']
  readonly outcome: SpanOutcome
  readonly kept: RowsOnPage
  readonly note: string | undefined
}

function pageOf(
  { span, session, query }: SpanQuery,
  { page: { name, title, sql }, outcome, kept, note }: Reported,
): Parameters<typeof writePage>[1] {
  const { records, rows, undecodable, failed } = outcome
  const rules = zoneRules(session.timezone)
  const timeText = (time: EventTime) => timestampText(rules.toWall(time)).slice(0, 19).replace('T', ' ')
  return {
    title,
    timezone: session.timezone,
    facts: [
      ['span', `${timeText(span.since)} to ${timeText(span.until)} ${session.timezone}`],
      ['read', `${countText(records, 'record')}, ${countText(rows, 'row')} in the span`],
      ['could not be used', undecodable + failed === 0 ? 'none' : countText(undecodable + failed, 'record')],
    ],
    results: [
      {
        name,
        kind: 'report',
        sql,
        columns: pageColumns(query.plan.fields, query.rowKey),
        rows: kept.rows,
        total: kept.total,
        kept: 'first',
        ...(note === undefined ? {} : { note }),
      },
    ],
  }
}

type Asked = Pick<CheckedReport, 'name' | 'reads' | 'tables' | 'of' | 'compare'> & { readonly sql: string }

/** A report, or a query as a report that the pipeline file does not have. */
function findReport(name: string, { reports, queries }: CheckedPipeline): Asked {
  const report = reports.find((one) => one.name === name)
  if (report !== undefined) return { ...report, sql: report.query.sql }
  const query = queries.find((one) => one.name === name)
  if (query !== undefined)
    return { sql: query.query.sql, reads: query.reads, tables: [], of: name, compare: undefined, name }
  const hint = didYouMean(
    name,
    [...reports, ...queries].map((one) => one.name),
  )
  throw new Failure('usage', `the pipeline has no report or query "${name}"`, { hint })
}
