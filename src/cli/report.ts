/** `tailrace report`: a report of a pipeline over a span of event time, by hand. Rows go to standard output. */
import { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { nodeDisk } from '../base/node-disk.ts'
import { counted } from '../base/units.ts'
import { type Comparison, compareWithStream } from '../history/compare-rows.ts'
import { openEventTimes } from '../history/event-times.ts'
import { incomparable } from '../history/incomparable.ts'
import { openReports } from '../history/open-reports.ts'
import { askedOf, runReport } from '../history/report.ts'
import type { PutRows } from '../history/report-topic.ts'
import { openSpanTopics, type SpanQuery } from '../history/span-query.ts'
import { SPAN_FIELDS } from '../pipeline/check/reports.ts'
import { didYouMean } from '../pipeline/check/spelled-in-file.ts'
import type { CheckedPipeline, CheckedQuery, CheckedReport } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import { openBus, readBus } from './option/bus.ts'
import { namedBefore, PIPELINE_ARGUMENT, readWhich, type WhichOptions, whichOptions } from './option/pipeline.ts'
import { askRunning } from './option/running.ts'
import { type SpanOptions, spanOf, spanOptions } from './option/span.ts'
import { type OutputForm, openRows, outputOption } from './rows-out.ts'
import { say } from './say.ts'

type ReportOptions = WhichOptions &
  SpanOptions & {
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
`,
    )
    .action(namedBefore(report))
}

async function report(name: string, options: ReportOptions): Promise<void> {
  const { pipeline, dataFolder } = await readWhich(options)
  const span = spanOf(options, pipeline.timezone)
  const asked = findReport(name, pipeline)
  if (options.deliver === true) {
    await deliver(name, span, pipeline, dataFolder)
    return
  }
  const streamed = options.compare === true ? comparable(asked, pipeline) : undefined
  // Tables of stores are read without the bus, so that the pipeline need not have run here.
  if (asked.reads.length === 0) return await tellRows(askedOf(asked.sql, pipeline, span, new Map()), options.output)
  await using data = await readBus(dataFolder, pipeline)
  const topics = await openSpanTopics(pipeline, asked.reads, ({ topic }) => data.reader(topic))
  const times = openEventTimes(nodeDisk, dataFolder)
  const question = { ...askedOf(asked.sql, pipeline, span, topics), times }
  if (streamed === undefined) return await tellRows(question, options.output)
  const topic = `${pipeline.name}.${streamed.name}`
  tellComparison(await compareWithStream({ asked: question, streamed, bus: data, topic, shown: SHOWN }))
}

async function tellRows(question: SpanQuery, output: OutputForm): Promise<void> {
  const rows = openRows(output)
  const fields = [...SPAN_FIELDS, ...question.query.plan.fields]
  let count = 0
  const outcome = await runReport(question, (batch) => {
    count += batch.count
    rows.write(batch, fields)
  })
  await rows.end(fields)
  const { until } = question.span
  if (outcome.reached < until) {
    const reached = Number.isFinite(outcome.reached) ? `at ${new Date(outcome.reached).toISOString()}` : 'nowhere yet'
    say(`the span ends at ${new Date(until).toISOString()} and the log is ${reached}: rows may change`)
  }
  const { records, rows: used, undecodable, failed } = outcome
  say(
    `${counted(records, 'record')} read, ${used} in the span, ${undecodable + failed} that could not be used, ${counted(count, 'row')}`,
  )
}

async function deliver(name: string, span: Span, pipeline: CheckedPipeline, dataFolder: string): Promise<void> {
  const report = pipeline.reports.find((one) => one.name === name)
  if (report === undefined) {
    throw new Failure('usage', `${name} is a query, which has no topic for the rows of a report`, {
      hint: `Write it down in the pipeline file: reports: { ${name}_again: { query: ${name} } }`,
    })
  }
  const request = { command: 'report', name, ...span }
  const { rows, appended } =
    (await askRunning<PutRows>(dataFolder, request)) ?? (await deliverStopped(report, span, pipeline, dataFolder))
  say(
    appended === 0
      ? `${counted(rows, 'row')}, which ${rows === 1 ? 'is' : 'are'} in topic ${report.topic.topic} already`
      : `${counted(rows, 'row')}, ${appended} of them put into topic ${report.topic.topic}`,
  )
}

async function deliverStopped(
  report: CheckedReport,
  span: Span,
  pipeline: CheckedPipeline,
  dataFolder: string,
): Promise<PutRows> {
  await using bus = await openBus(dataFolder, pipeline)
  const topics = await openSpanTopics(pipeline, [...report.reads, report.name], ({ topic, partitions }) =>
    bus.topic(topic, partitions),
  )
  const reports = openReports({ pipeline, bus, topics, clock: systemClock, disk: nodeDisk, dataFolder, note: say })
  return await reports.run(report, span)
}

type Asked = { readonly sql: string; readonly reads: readonly string[]; readonly of: string | undefined }

/** A report, or a query as a report that the pipeline file does not have. */
function findReport(name: string, { reports, queries }: CheckedPipeline): Asked {
  const report = reports.find((one) => one.name === name)
  if (report !== undefined) return { sql: report.query.sql, reads: report.reads, of: report.of }
  const query = queries.find((one) => one.name === name)
  if (query !== undefined) return { sql: query.query.sql, reads: query.reads, of: name }
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
