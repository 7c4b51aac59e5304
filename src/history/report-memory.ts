/**
 * What reports remember, in `DATA/reports.json`: which have run, and what their rows came to. And the event times of what they
 * have read, see `event-times.ts`.
 */
import { join } from 'node:path'
import type { Disk } from '../base/disk.ts'
import { Failure } from '../base/failure.ts'
import type { FullDisk } from '../base/full-disk.ts'
import { WITHOUT_REPORTS } from '../bus/embedded/fsck/finding.ts'
import { readChecked, writeChecked } from '../data/checked-json.ts'
import { type EventTimes, openEventTimes } from './event-times.ts'

const KEPT_DIGESTS = 100

/** By report: when it was last due and run, or first seen, 0 where it has only run by hand; the digests of its rows, by span. */
type History = {
  readonly [report: string]: { readonly done: number; readonly digests: { readonly [span: string]: string } }
}

export type ReportMemory = {
  /** When the report was last due and run, or first seen, ms since 1970; undefined where it has only run by hand, or never. */
  done(report: string): number | undefined
  /** What its rows of a span came to. */
  digest(report: string, span: string): string | undefined
  remember(report: string, done: number, digests?: { readonly [span: string]: string }): Promise<void>
  readonly times: EventTimes
  keepTimes(starts: (topic: string, partition: number) => number): Promise<void>
}

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
    written = written.then(() => (fullDisk === undefined ? work() : fullDisk.whenRoom(work)))
    return written
  }
  return {
    done: (report) => history[report]?.done || undefined,
    digest: (report, span) => history[report]?.digests[span],
    remember(report, done, digests = {}) {
      const before = history[report]
      const kept = Object.entries({ ...before?.digests, ...digests }).slice(-KEPT_DIGESTS)
      history = { ...history, [report]: { done: Math.max(done, before?.done ?? 0), digests: Object.fromEntries(kept) } }
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
    throw new Failure(
      'corrupt',
      `${file}, which says which reports have run, is damaged: its checksum does not match`,
      {
        hint: `Put back a copy, or move it away: ${WITHOUT_REPORTS}`,
        cause: error,
      },
    )
  }
}
