/**
 * The memory of reports, in `DATA/reports.json`: which have run and how their last runs ended, and the digests of their rows. And the event times of the
 * records that they have read, see `event-times.ts`.
 */
import { join } from 'node:path'
import type { Disk } from '../base/disk/disk.ts'
import type { FullDisk } from '../base/disk/full-disk.ts'
import { entryOf } from '../base/entry.ts'
import { Failure } from '../base/failure.ts'
import type { Offset } from '../base/quantity.ts'
import { WITHOUT_REPORTS } from '../bus/embedded/fsck/finding.ts'
import { readChecked, writeChecked } from '../data/checked-json.ts'
import { type EventTimes, openEventTimes } from './event-times.ts'

const KEPT_DIGESTS = 100
/** Runs of each report that are kept. */
const KEPT_RUNS = 100

/** How a report that was due has ended; times in ms since 1970. */
export type ReportOutcome = {
  readonly due: number
  readonly endedAt: number
  /** How many rows it has; or why it failed, in words. */
  readonly rows?: number
  readonly failure?: string
}

/** A run that has put its rows into the topic of its report, or failed; times in ms since 1970. */
export type ReportRun = {
  readonly id: string
  readonly since: number
  readonly until: number
  /** When it was due; not given where it was asked for by hand. */
  readonly due?: number | undefined
  readonly begunAt: number
  readonly endedAt: number
  /** Its rows, and how many of them were not in the topic yet; or why it failed, in words. */
  readonly rows?: number
  readonly appended?: number
  /** Records that it has read, and those of them that could not be used: undecodable, or an expression failed. */
  readonly records?: number
  readonly unusable?: number
  readonly failure?: string
  /** Whether the log had come to the end of the span, so that the rows stay as they are. */
  readonly reached?: boolean
}

/**
 * By report: when it was last due and run, or first seen, 0 where it has only run by hand; the digests of its rows, by span;
 * how the last time that it was due has ended; its last runs, the oldest first.
 */
type History = {
  readonly [report: string]: {
    readonly done: number
    readonly digests: { readonly [span: string]: string }
    readonly last?: ReportOutcome | undefined
    readonly runs?: readonly ReportRun[] | undefined
  }
}

type Remembered = Partial<Pick<History[string], 'digests' | 'last'>> & { readonly run?: ReportRun | undefined }

export type ReportMemory = {
  /** When the report was last due and run, or first seen, ms since 1970; undefined where it has only run by hand, or never. */
  done(report: string): number | undefined
  /** The digest of its rows of a span, when they were last put out. */
  digest(report: string, span: string): string | undefined
  /** How the last time that it was due has ended. */
  last(report: string): ReportOutcome | undefined
  /** Its last runs, the oldest first. */
  runs(report: string): readonly ReportRun[]
  /** Keeps that the report was done, which never goes back, digests by span, how it has ended, and the run. */
  remember(report: string, done: number, kept?: Remembered): Promise<void>
  readonly times: EventTimes
  /** Writes the event times: see `EventTimes.save`. */
  keepTimes(starts: (topic: string, partition: number) => Offset): Promise<void>
}

/** The memory in a data folder. Throws a Failure ('corrupt') where the file of it is damaged. */
export function openReportMemory({
  disk,
  dataFolder,
  fullDisk,
}: {
  readonly disk: Disk
  readonly dataFolder: string
  readonly fullDisk?: Pick<FullDisk, 'whenRoom'>
}): ReportMemory {
  const file = join(dataFolder, 'reports.json')
  let history = readHistory(disk, file)
  const times = openEventTimes(disk, dataFolder)
  // One write after the other: each replaces a whole file.
  let written: Promise<void> = Promise.resolve()
  const write = (work: () => Promise<void>): Promise<void> => {
    written = written.catch(() => {}).then(() => (fullDisk === undefined ? work() : fullDisk.whenRoom(work)))
    return written
  }
  return {
    done: (report) => entryOf(history, report)?.done || undefined,
    digest: (report, span) => entryOf(history, report)?.digests[span],
    last: (report) => entryOf(history, report)?.last,
    runs: (report) => entryOf(history, report)?.runs ?? [],
    remember(report, done, { digests = {}, last, run } = {}) {
      const before = entryOf(history, report)
      const kept = Object.entries({ ...before?.digests, ...digests }).slice(-KEPT_DIGESTS)
      const now = {
        done: Math.max(done, before?.done ?? 0),
        digests: Object.fromEntries(kept),
        last: last ?? before?.last,
        runs: [...(before?.runs ?? []), ...(run === undefined ? [] : [run])].slice(-KEPT_RUNS),
      }
      history = { ...history, [report]: now }
      return write(() => writeChecked(disk, file, history))
    },
    times,
    keepTimes: (starts) => write(() => times.save(starts)),
  }
}

function readHistory(disk: Disk, file: string): History {
  try {
    return (readChecked(disk, file) ?? {}) as History
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'corrupt')) throw error
    const message = `${file}, which says which reports have run, is damaged: its checksum does not match`
    throw new Failure('corrupt', message, {
      hint: `Put back a copy, or move it away: ${WITHOUT_REPORTS}`,
      cause: error,
    })
  }
}
