/**
 * Puts the rows of a report into its topic: by the process that runs the pipeline, or by this one where none does. And waits for
 * the end of a span, where that is asked for.
 */
import { systemClock } from '../../base/clock.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { entryOf } from '../../base/entry.ts'
import { Failure } from '../../base/failure.ts'
import { counted } from '../../base/units.ts'
import { feedersOf, watchFeeders } from '../../history/feeders.ts'
import { type DoneReport, openReports } from '../../history/open-reports.ts'
import { openSpanTopics } from '../../history/span-query.ts'
import { MOST_WAIT_MS, waitForRows } from '../../history/wait-for-rows.ts'
import type { CheckedPipeline, CheckedReport } from '../../pipeline/checked.ts'
import type { Span } from '../../pipeline/span.ts'
import { readCheckpoint, writeFirstCheckpoint } from '../../run/checkpoint-file.ts'
import { refuseLostCheckpoint } from '../../run/lost-checkpoint.ts'
import { openBus, readBus } from '../option/bus.ts'
import { askRunning } from '../option/running.ts'
import { say } from '../say.ts'

/** The report that was found. Throws a Failure 'usage' where it is a query that was named. */
export function asReport(name: string, report: CheckedReport | undefined): CheckedReport {
  if (report !== undefined) return report
  throw new Failure('usage', `${name} is a query, which has no topic for the rows of a report`, {
    hint: `Write it down in the pipeline file: reports: { ${name}_again: { query: ${name} } }`,
  })
}

/** Of a report that is due, the span is waited for. */
type Delivered = { readonly span: Span; readonly isDue: boolean }

/** Puts the rows of a report into its topic, and says how many. Rejects with the Failure of the report or the bus. */
export async function deliver(
  report: CheckedReport,
  { span, isDue }: Delivered,
  pipeline: CheckedPipeline,
  dataFolder: string,
): Promise<void> {
  const { name } = report
  const request = { command: 'report', name, ...span, due: isDue }
  // A process that was started before an upgrade knows nothing of stale rows.
  const {
    rows,
    appended,
    reached,
    stale = { count: 0, first: [] },
  } = (await askRunning<DoneReport>(dataFolder, request)) ??
  (await deliverStopped(report, { span, isDue }, pipeline, dataFolder))
  say(
    appended === 0 && rows > 0
      ? `${counted(rows, 'row')}, which ${rows === 1 ? 'is' : 'are'} in topic ${report.topic.topic} already`
      : `${counted(rows, 'row')}, ${appended} of them put into topic ${report.topic.topic}`,
  )
  for (const row of stale.first) say(`obsolete, and left in place: ${row}`)
  const others = stale.count - stale.first.length
  if (others > 0) say(`obsolete, and left in place: ${counted(others, 'other')}`)
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
  await refuseLostCheckpoint({ disk: nodeDisk, dataFolder, bus, pipeline, reset: new Map() })
  await writeFirstCheckpoint(nodeDisk, dataFolder)
  const feeders = feedersOf(report.tables, pipeline)
  const names = [...report.reads, report.name, ...feeders.map(({ from }) => from)]
  const topics = await openSpanTopics(pipeline, names, ({ topic, partitions }) => bus.topic(topic, partitions))
  const { sinks } = readCheckpoint(nodeDisk, dataFolder)
  for (const feeder of feeders) {
    const offsets = Object.values(entryOf(sinks, feeder.name)?.offsets ?? {})
    const hasAll = await watchFeeders([feeder], topics, () => offsets)
    if (!hasAll())
      say(
        `sink ${feeder.name} has yet to deliver records of topic ${feeder.from}: run the pipeline, and make the report again`,
      )
  }
  const reports = openReports({ pipeline, bus, topics, clock: systemClock, disk: nodeDisk, dataFolder, note: say })
  const done = await reports.run(report, span, isDue ? { due: span.until } : {})
  return { ...done, reached: done.reached || isWhole }
}

/**
 * Waits, while nothing of ours runs, until nothing of the span can come any more: to tables, and to topics that other programs
 * fill. To others nothing comes. Resolves to whether the span is known to be whole.
 */
export async function waitAlone(
  { reads, tables }: Pick<CheckedReport, 'reads' | 'tables'>,
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
