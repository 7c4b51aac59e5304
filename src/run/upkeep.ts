/** Runs retention, and reports when they are due, beside the way of the data. Each pipeline starts them anew. */

import type { EventTime, Offset } from '../base/quantity.ts'
import {
  type AskedRun,
  type DoneReport,
  openReports,
  type ReportStanding,
  type Reports,
} from '../history/open-reports.ts'
import type { CheckedPipeline, CheckedReport } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import type { KnownTables } from '../runner/lookup-tables.ts'
import type { OpenTopic } from '../runner/open-topics.ts'
import type { Checkpointer } from './checkpoint-file.ts'
import { openRetention, type Retention } from './retention.ts'
import type { RunContext } from './run-options.ts'

export type Upkeep = {
  start(pipeline: CheckedPipeline): void
  /** Stops retention and reports; resolves when both have stopped. Sources stop waiting for room on the disk. */
  end(): Promise<void>
  /** After the end: deletes what is due by the last checkpoint, so that runs which are short give space back, too. */
  tidyUp(): Promise<void>
  /** Resolves when the topic has room for more lines of its sources. */
  room(topic: string): Promise<void>
  /** Resolves after the last report. */
  reportsEnded(): Promise<void>
  /** Records deleted before every query and sink had read them. */
  dropped(): number
  /** How a report stands; undefined before the start. */
  report(name: string): ReportStanding | undefined
  /** Runs a report by hand; undefined before the start. Rejects with the Failure of the report or the bus. */
  runReport(report: CheckedReport, span: Span, asked?: AskedRun): Promise<DoneReport> | undefined
  /** See `Reports.whenWhole`. Undefined before the start. */
  whenWhole(report: CheckedReport, until: EventTime): Promise<boolean | undefined> | undefined
}

type UpkeepContext = RunContext & {
  readonly topics: ReadonlyMap<string, OpenTopic>
  readonly checkpoints: Checkpointer
  readonly tables: KnownTables
  /** Whether the sources of a topic have nothing to read and nothing is on its way into it. */
  atRest(topic: string): boolean
  /** By partition, the offset before which a sink has delivered everything; undefined where there is no such sink. */
  delivered(sink: string): readonly Offset[] | undefined
}

type Working = {
  readonly retention: Retention
  readonly retained: Promise<void>
  readonly reports: Reports
  readonly reported: Promise<void>
  /** Aborted at the end. */
  readonly until: AbortSignal
  /** The waits of reports that are asked for. */
  readonly waits: Set<Promise<boolean | undefined>>
}

/** Upkeep that has not started yet. */
export function openUpkeep(context: UpkeepContext): Upkeep {
  const { stop, untilEnd, schedules, fail } = context
  let ending = new AbortController()
  let working: Working | undefined
  let ended: Retention | undefined
  let dropped = 0
  return {
    start(pipeline) {
      ending = new AbortController()
      const until = AbortSignal.any([stop, ending.signal])
      const declared = [...pipeline.topics, ...pipeline.reports].map(({ name }) => name)
      const topics = new Map([...context.topics].filter(([name]) => declared.includes(name)))
      const retention = openRetention({ ...context, pipeline, topics, stop: until })
      const reports = openReports({ ...context, pipeline })
      const follow = (signals: readonly AbortSignal[]) =>
        reports.follow(AbortSignal.any([until, ...signals])).catch(fail)
      working = {
        retention,
        retained: retention.run(ending.signal).catch(fail),
        reports,
        // A schedule follows the clock on the wall, which says nothing about an input that ends.
        reported: untilEnd && schedules === undefined ? Promise.resolve() : follow(schedules ? [schedules] : []),
        until,
        waits: new Set(),
      }
    },
    async end() {
      ending.abort()
      await Promise.all([working?.retained, working?.reported, ...(working?.waits ?? [])])
      dropped += working?.retention.dropped() ?? 0
      ended = working?.retention ?? ended
      working = undefined
    },
    tidyUp: async () => ended?.tidyUp(),
    room: async (topic) => working?.retention.room(topic),
    reportsEnded: async () => working?.reported,
    dropped: () => dropped + (working?.retention.dropped() ?? 0),
    report: (name) => working?.reports.status(name),
    runReport: (report, span, asked) => working?.reports.run(report, span, asked),
    whenWhole(report, until) {
      if (working === undefined) return undefined
      const { reports, waits, until: signal } = working
      const wait = reports.whenWhole(report, until, signal).finally(() => waits.delete(wait))
      waits.add(wait)
      return wait
    },
  }
}
