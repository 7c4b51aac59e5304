/**
 * Runs the reports of a pipeline when they are due. A report waits until the watermarks of all topics that it reads have
 * passed the end of its span, and until sinks of the pipeline have filled the tables that it reads. A report that was missed while nothing ran is run once on return, for the last time it was
 * due.
 *
 * The data folder keeps which reports have run; the topic itself says which rows it has already.
 */
import { setImmediate } from 'node:timers/promises'
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk/disk.ts'
import type { FullDisk } from '../base/disk/full-disk.ts'
import { describeFailure, Failure } from '../base/failure.ts'
import type { EventTime, Offset } from '../base/quantity.ts'
import type { Schedule } from '../base/schedule.ts'
import { openTurns, type Turns } from '../base/turns.ts'
import { uuidOf } from '../base/uuid.ts'
import type { Bus, Topic } from '../bus/bus.ts'
import { offsetsKept } from '../bus/fetched.ts'
import type { CheckedPipeline, CheckedReport } from '../pipeline/checked.ts'
import { type Span, spanUntil } from '../pipeline/span.ts'
import { inUseOr, type KnownTables } from '../runner/lookup-tables.ts'
import { topicOf } from '../runner/open-topics.ts'
import type { AwaitedTopic } from './reached.ts'
import { askedOf, runReport } from './report.ts'
import { openReportMemory, type ReportMemory, type ReportOutcome, type ReportRun } from './report-memory.ts'
import { openReportRows, type PutRows } from './report-topic.ts'
import { LONGEST_SLEEP_MS, MOST_WAIT_MS, settledAt, waitForRows } from './wait-for-rows.ts'
import { readOnce } from './without-sent-again.ts'

export type Reports = {
  /** Runs a report by hand, after a run of the same report that is at work. Rejects with the Failure of the report or the bus. */
  run(report: CheckedReport, span: Span, asked?: AskedRun): Promise<DoneReport>
  /** Waits until nothing of a span can come any more: true. False after an hour, undefined where the signal is aborted. */
  whenWhole(report: CheckedReport, until: EventTime, signal: AbortSignal): Promise<boolean | undefined>
  /** Runs reports when they are due, until the signal is aborted. The failure of a report is noted, and the others go on. */
  follow(signal: AbortSignal): Promise<void>
  /** How each report of the pipeline stands, by name. */
  status(report: string): ReportStanding
}

export type AskedRun = {
  /** It stands for the run of that time, which has then not been missed. */
  readonly due?: EventTime | undefined
  /** What the run is called; by default after the report and the time at which it begins. */
  readonly id?: string | undefined
}

/** A run at work: `records` of at most `ofRecords` are read. */
export type ReportWork = Pick<ReportRun, 'id' | 'since' | 'until' | 'due' | 'begunAt'> & {
  readonly records: number
  readonly ofRecords: number
}

/** `reached`: the log had come to the end of the span, so that the rows stay as they are. */
export type DoneReport = PutRows & { readonly reached: boolean }

export type ReportStanding = {
  /** When it is due next, ms since 1970; undefined where it is made by hand, or no schedule is followed. */
  readonly next: number | undefined
  /** Waits until it is due, for the watermarks of its topics and the sinks of its tables, or works. */
  readonly stage: 'due' | 'watermark' | 'working'
  readonly last: ReportOutcome | undefined
  /** The run at work, by schedule or by hand. */
  readonly working: ReportWork | undefined
  /** Runs that have ended, the oldest first. */
  readonly runs: readonly ReportRun[]
}

export type ReportsContext = {
  readonly pipeline: CheckedPipeline
  /** The bus, where this process owns it: then the event times of the records read are noted. */
  readonly bus?: Pick<Bus, 'space'>
  /** The topics that reports read, and their own. */
  readonly topics: ReadonlyMap<string, AwaitedTopic & { readonly topic: Topic }>
  readonly clock: Clock
  readonly disk: Disk
  readonly dataFolder: string
  /** Waits where the disk is full; if not given, that is a failure. */
  readonly fullDisk?: Pick<FullDisk, 'whenRoom'>
  note?(message: string): void
  /** The contents of lookup tables that are in use; by default what is there when a report is run. */
  readonly tables?: KnownTables
  /** Whether the sources of a topic have nothing to read and nothing is on its way into it; if not given, this is true. */
  atRest?(topic: string): boolean
  /** By partition, the offset before which a sink has delivered everything; undefined where nobody knows. */
  delivered?(sink: string): readonly Offset[] | undefined
}

/** Opens the reports of a pipeline; none runs yet. Throws a Failure ('corrupt') where their memory is damaged. */
export function openReports(context: ReportsContext): Reports {
  const { pipeline, clock } = context
  const memory = openReportMemory(context)
  const standing = new Map<string, Pick<ReportStanding, 'next' | 'stage'>>()
  const working = new Map<string, ReportWork>()
  const runOne = reportRunner(context, memory, working)
  const turnOf = turnsByName(pipeline.reports)
  const run = (report: CheckedReport, span: Span, asked: AskedRun = {}) =>
    turnOf(report.name).next(() => runOne(report, span, asked))

  const runDue = async (report: CheckedReport, due: number, signal: AbortSignal): Promise<string> => {
    const done = run(report, spanUntil(due, report.spanMs, pipeline.timezone), { due })
    return await inWords(done, signal, (failure) => {
      // It may be read under another pipeline, which does not know the values.
      const last = { due, endedAt: clock.now(), failure: pipeline.mask(failure) }
      return exceptFailure(memory.remember(report.name, due, { last }))
    })
  }

  const followOne = async (report: CheckedReport, schedule: Schedule, signal: AbortSignal): Promise<void> => {
    const known = memory.done(report.name)
    if (known === undefined) await memory.remember(report.name, clock.now())
    const missed = schedule.lastBefore(clock.now())
    let due = known !== undefined && missed !== undefined && missed > known ? missed : schedule.after(clock.now())
    while (due !== undefined) {
      standing.set(report.name, { next: due, stage: 'due' })
      while (clock.now() < due) await clock.sleep(Math.min(LONGEST_SLEEP_MS, due - clock.now()), signal)
      standing.set(report.name, { next: due, stage: 'watermark' })
      await waitForRows(report, due, { ...context, signal })
      standing.set(report.name, { next: due, stage: 'working' })
      const outcome = await runDue(report, due, signal)
      context.note?.(`report ${report.name}, for the span until ${new Date(due).toISOString()}: ${outcome}`)
      due = schedule.after(Math.max(due, clock.now() - 1))
      await setImmediate()
    }
  }

  return {
    run,
    async whenWhole(report, until, signal) {
      try {
        return await waitForRows(report, until, { ...context, signal, mostMs: MOST_WAIT_MS })
      } catch (error) {
        if (!signal.aborted) throw error
        return undefined
      }
    },
    status: (report) => ({
      next: undefined,
      stage: 'due',
      ...standing.get(report),
      last: memory.last(report),
      working: working.get(report),
      runs: memory.runs(report),
    }),
    async follow(signal) {
      const following = pipeline.reports.map(async (report) => {
        if (report.schedule === undefined) return
        await followOne(report, report.schedule, signal).catch((error: unknown) => {
          if (!signal.aborted) throw error
        })
      })
      await Promise.all(following)
    },
  }
}

/** Runs a report over a span, shows it among those that work, and keeps how it has ended. */
function reportRunner(
  context: ReportsContext,
  memory: ReportMemory,
  working: Map<string, ReportWork>,
): (report: CheckedReport, span: Span, asked: AskedRun) => Promise<DoneReport> {
  const { pipeline, topics, clock } = context
  const put = reportWriter(context, memory)
  return async (report, span, { due, id: given }) => {
    const { name, reads } = report
    const begunAt = clock.now()
    const id = given ?? uuidOf(pipeline.name, 'report', name, span.since, span.until, begunAt)
    const run = { id, ...span, due, begunAt }
    const ofRecords = reads.reduce((sum, read) => sum + offsetsKept(topicOf(topics, read).topic), 0)
    const atWork = (records: number) => void working.set(name, { ...run, records, ofRecords })
    atWork(0)
    try {
      return await put(report, run, atWork)
    } catch (error) {
      // It may be read under another pipeline, which does not know the values.
      if (error instanceof Failure) {
        const failed = { ...run, endedAt: clock.now(), failure: pipeline.mask(error.message) }
        await exceptFailure(memory.remember(name, 0, { run: failed }))
      }
      throw error
    } finally {
      working.delete(name)
    }
  }
}

type BegunRun = Pick<ReportRun, 'id' | 'since' | 'until' | 'due' | 'begunAt'>

/** Puts the rows of a run into the topic of its report, and keeps the run and the digest of its rows. */
function reportWriter(
  { pipeline, topics, clock, bus, tables, disk, dataFolder }: ReportsContext,
  memory: ReportMemory,
): (report: CheckedReport, run: BegunRun, onRead: (records: number) => void) => Promise<DoneReport> {
  const topicNamed = new Map([...topics.values()].map(({ topic }) => [topic.name, topic]))
  return async (report, run, onRead) => {
    const { since, until, due } = run
    const span = { since, until }
    const rows = openReportRows(report, span, pipeline.timezone, clock)
    const reading = new Map(
      report.reads.map((name) => {
        const open = topicOf(topics, name)
        const checked = readOnce(open.checked, { disk, dataFolder })
        return [name, { ...open, checked, ticks: undefined, space: bus?.space(open.topic.name) }]
      }),
    )
    const question = askedOf(report.query.sql, pipeline, span, reading)
    const asked = { ...question, times: memory.times, lookups: inUseOr(question.lookups, tables), onRead }
    const outcome = await runReport(asked, rows.add)
    await memory.keepTimes((name, partition) => topicNamed.get(name)?.bounds(partition).start ?? 0)
    const key = `${since} ${until}`
    const put = await rows.put(topicOf(topics, report.name).topic, memory.digest(report.name, key))
    // By hand, a report says nothing about the times that it was due.
    const endedAt = clock.now()
    const last = due === undefined ? undefined : { due, endedAt, rows: put.rows }
    const reached = Math.min(outcome.reached, settledAt(report.tables, pipeline, endedAt)) >= until
    const { records, undecodable, failed } = outcome
    const counts = { records, unusable: undecodable + failed, rows: put.rows, appended: put.appended }
    const ended = { ...run, ...counts, endedAt, reached }
    await memory.remember(report.name, due ?? 0, { digests: { [key]: put.digest }, last, run: ended })
    return { ...put, reached }
  }
}

/** Two runs of one report would append between each other's rows; those of different reports need not wait. */
function turnsByName(reports: readonly CheckedReport[]): (report: string) => Turns {
  const all = new Map(reports.map(({ name }) => [name, openTurns()]))
  return (report) => {
    const turns = all.get(report)
    assert(turns !== undefined, `${report} is a report of the pipeline`)
    return turns
  }
}

/** The outcome of a report that was due. After a failure, which `remember` keeps, the rest of the pipeline goes on. */
async function inWords(
  done: Promise<DoneReport>,
  signal: AbortSignal,
  remember: (failure: string) => Promise<void>,
): Promise<string> {
  try {
    const { rows } = await done
    return `${rows} rows`
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error
    // At the next start the report would only fail again.
    await remember(error.message)
    return `it failed, and can be run again by hand: ${describeFailure(error)}`
  }
}

/** Rejects with any error but a Failure. */
async function exceptFailure(work: Promise<void>): Promise<void> {
  await work.catch((failure: unknown) => {
    if (!(failure instanceof Failure)) throw failure
  })
}
