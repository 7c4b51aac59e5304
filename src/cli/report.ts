/** `tailrace report`: a report of a pipeline over a span of event time, by hand. Rows go to standard output. */
import { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { nodeDisk } from '../base/node-disk.ts'
import type { EventTime } from '../base/quantity.ts'
import { counted } from '../base/units.ts'
import { type Comparison, compareWithStream } from '../history/compare-rows.ts'
import { openEventTimes } from '../history/event-times.ts'
import { incomparable } from '../history/incomparable.ts'
import { type DoneReport, openReports } from '../history/open-reports.ts'
import { askedOf, runReport } from '../history/report.ts'
import { openSpanTopics, type SpanQuery } from '../history/span-query.ts'
import { MOST_WAIT_MS, settledAt, waitForRows } from '../history/wait-for-rows.ts'
import { SPAN_FIELDS } from '../pipeline/check/reports.ts'
import { didYouMean } from '../pipeline/check/spelled-in-file.ts'
import type { CheckedPipeline, CheckedQuery, CheckedReport } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import { openBus, readBus } from './option/bus.ts'
import { namedBefore, PIPELINE_ARGUMENT, readWhich, type WhichOptions, whichOptions } from './option/pipeline.ts'
import { askRunning } from './option/running.ts'
import { type ReportSpanOptions, reportSpanOf, spanOptions } from './option/span.ts'
import { type OutputForm, openRows, outputOption } from './rows-out.ts'
import { say } from './say.ts'

type ReportOptions = WhichOptions &
  ReportSpanOptions & {
    readonly output: OutputForm
    readonly compare?: boolean
    readonly deliver?: boolean
  }

/** Late records that are printed one by one; the others are only counted. */
const SHOWN = 20

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
  return whichOptions(spanOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  tailrace report daily --for 2020-05-15
  tailrace report daily --since '2020-05-14 20:00' --until '2020-05-15 20:00' -o csv > top.csv
  tailrace report methods --for 1995-07-01 --compare
  0 20 * * *  tailrace report daily /srv/log/pipeline.yaml --due --deliver      in a crontab
`,
    )
    .action(namedBefore(report))
}

async function report(name: string, options: ReportOptions): Promise<void> {
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
  const streamed = options.compare === true ? comparable(asked, pipeline) : undefined
  // Tables of stores are read without the bus, so that the pipeline need not have run here.
  const settled = settledAt(asked.tables, pipeline, systemClock.now())
  if (asked.reads.length === 0) {
    return await tellRows(askedOf(asked.sql, pipeline, span, new Map()), { ...options, settled })
  }
  await using data = await readBus(dataFolder, pipeline)
  const topics = await openSpanTopics(pipeline, asked.reads, ({ topic }) => data.reader(topic))
  const times = openEventTimes(nodeDisk, dataFolder)
  const question = { ...askedOf(asked.sql, pipeline, span, topics), times }
  if (streamed === undefined) return await tellRows(question, { ...options, settled })
  const topic = `${pipeline.name}.${streamed.name}`
  tellComparison(await compareWithStream({ asked: question, streamed, bus: data, topic, shown: SHOWN }))
}

/** `settled`: the time up to which tables have their rows. */
async function tellRows(
  question: SpanQuery,
  { output, settled }: { readonly output: OutputForm; readonly settled: EventTime },
): Promise<void> {
  const rows = openRows(output)
  const fields = [...SPAN_FIELDS, ...question.query.plan.fields]
  let count = 0
  const outcome = await runReport(question, (batch) => {
    count += batch.count
    rows.write(batch, fields)
  })
  await rows.end(fields)
  const { until } = question.span
  const come = Math.min(outcome.reached, settled)
  if (come < until) {
    const reached = Number.isFinite(come) ? `at ${new Date(come).toISOString()}` : 'nowhere yet'
    say(`the span ends at ${new Date(until).toISOString()} and the log is ${reached}: rows may change`)
  }
  const { records, rows: used, undecodable, failed } = outcome
  say(
    `${counted(records, 'record')} read, ${used} in the span, ${undecodable + failed} that could not be used, ${counted(count, 'row')}`,
  )
}

function asReport(name: string, report: CheckedReport | undefined): CheckedReport {
  if (report !== undefined) return report
  throw new Failure('usage', `${name} is a query, which has no topic for the rows of a report`, {
    hint: `Write it down in the pipeline file: reports: { ${name}_again: { query: ${name} } }`,
  })
}

type Delivered = { readonly span: Span; readonly isDue: boolean }

async function deliver(
  report: CheckedReport,
  { span, isDue }: Delivered,
  pipeline: CheckedPipeline,
  dataFolder: string,
): Promise<void> {
  const { name } = report
  const request = { command: 'report', name, ...span, due: isDue }
  const { rows, appended, reached } =
    (await askRunning<DoneReport>(dataFolder, request)) ??
    (await deliverStopped(report, { span, isDue }, pipeline, dataFolder))
  say(
    appended === 0
      ? `${counted(rows, 'row')}, which ${rows === 1 ? 'is' : 'are'} in topic ${report.topic.topic} already`
      : `${counted(rows, 'row')}, ${appended} of them put into topic ${report.topic.topic}`,
  )
  if (!reached)
    say(`the log has not come to the end of the span, ${new Date(span.until).toISOString()}: rows may change`)
}

async function deliverStopped(
  report: CheckedReport,
  { span, isDue }: Delivered,
  pipeline: CheckedPipeline,
  dataFolder: string,
): Promise<DoneReport> {
  // Without the data folder, so that the pipeline can be started meanwhile.
  const isWhole = isDue && (await waitAlone(report, span, pipeline, dataFolder))
  await using bus = await openBus(dataFolder, pipeline)
  const topics = await openSpanTopics(pipeline, [...report.reads, report.name], ({ topic, partitions }) =>
    bus.topic(topic, partitions),
  )
  const reports = openReports({ pipeline, bus, topics, clock: systemClock, disk: nodeDisk, dataFolder, note: say })
  const done = await reports.run(report, span, isDue ? span.until : undefined)
  return { ...done, reached: done.reached || isWhole }
}

/**
 * Waits, while nothing of ours runs, until nothing of the span can come any more: to tables, and to topics that other programs
 * fill. To others nothing comes. Resolves to whether the span is known to be whole.
 */
async function waitAlone(
  { reads, tables }: Pick<Asked, 'reads' | 'tables'>,
  { until }: Span,
  pipeline: CheckedPipeline,
  dataFolder: string,
): Promise<boolean> {
  const { isShared } = pipeline.bus.type
  const wait = { pipeline, clock: systemClock, signal: new AbortController().signal, mostMs: MOST_WAIT_MS }
  if (!isShared || reads.length === 0) {
    const waited = await waitForRows({ reads: [], tables }, until, { ...wait, topics: new Map() })
    return waited && reads.length === 0
  }
  await using data = await readBus(dataFolder, pipeline)
  const topics = await openSpanTopics(pipeline, reads, ({ topic }) => data.reader(topic))
  return await waitForRows({ reads, tables }, until, { ...wait, topics })
}

type Asked = Pick<CheckedReport, 'reads' | 'tables' | 'of'> & { readonly sql: string }

/** A report, or a query as a report that the pipeline file does not have. */
function findReport(name: string, { reports, queries }: CheckedPipeline): Asked {
  const report = reports.find((one) => one.name === name)
  if (report !== undefined) return { ...report, sql: report.query.sql }
  const query = queries.find((one) => one.name === name)
  if (query !== undefined) return { sql: query.query.sql, reads: query.reads, tables: [], of: name }
  const hint = didYouMean(
    name,
    [...reports, ...queries].map((one) => one.name),
  )
  throw new Failure('usage', `the pipeline has no report or query "${name}"`, { hint })
}

/** The query whose rows can be compared with the report's. */
function comparable({ of }: Asked, pipeline: CheckedPipeline): CheckedQuery {
  const streamed = pipeline.queries.find((query) => query.name === of)
  if (streamed === undefined) {
    throw new Failure('usage', 'the report has an SQL of its own, of which no rows are streamed', {
      hint: 'Only a query, or a report of one (query: NAME), can be compared.',
    })
  }
  const reason = incomparable(streamed)
  if (reason !== undefined) throw new Failure('usage', reason)
  return streamed
}

/** Differences on standard output, one JSON object a line; their reasons on standard error. */
function tellComparison({ equal, differences, unexplained, late }: Comparison): void {
  for (const { streamed, batch } of differences) {
    process.stdout.write(`{"streamed":${streamed ?? 'null'},"report":${batch ?? 'null'}}\n`)
  }
  const shown = late.flatMap(({ some }) => some).slice(0, SHOWN)
  for (const { topic, partition, offset, reason, record } of shown) {
    say(`late: ${topic} partition ${partition} offset ${offset}: ${reason}: ${record}`)
  }
  const records = late.reduce((sum, one) => sum + one.records, 0)
  const partly = late.reduce((sum, one) => sum + one.partly, 0)
  if (records > shown.length) say(`late: ${records - shown.length} more`)
  const some = partly === 0 ? '' : `, ${partly} of them for some of their windows`
  say(`${counted(equal, 'row')} equal, ${differences.length} differ, ${counted(records, 'late record')}${some}`)
  if (unexplained.length > 0) {
    throw new Failure('io', `${unexplained.length} rows differ for another reason than late records`, {
      hint: 'Is the query of the pipeline file the one that ran? Were records removed by retention?',
    })
  }
}
