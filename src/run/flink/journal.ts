/**
 * What is known of the jobs at Flink, in the file `flink.json` of the data folder: an entry is durable before what it speaks of is
 * done, so that a crash at any moment leaves a job that is found again, or one that can be made.
 *
 *   {"jobs": {"methods": {"print": …, "name": "nasa.methods a1b2c3d4", "job": "11f1…", "from": "file:/…/chk-7", "isClean": false, "marks": [[120]]}}}
 */
import type { Disk } from '../../base/disk/disk.ts'
import { entryOf } from '../../base/entry.ts'
import type { Offset } from '../../base/quantity.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import type { QueryPrint } from '../../runner/reset.ts'

/** Offsets of all partitions, by topic. */
export type BeginOffsets = { readonly [topic: string]: readonly Offset[] }

export type JobEntry = {
  /** The query that the job was made of. */
  readonly print: QueryPrint
  /** What Flink calls it; no other job has this name. */
  readonly name: string
  /** Its id; absent: it was about to be submitted. */
  readonly job?: string | undefined
  /** Its savepoint, or the newest checkpoint that was seen, from which another job can go on. */
  readonly from?: string | undefined
  /** The offsets at which it began, by topic, where that was not at the first that are kept; of use while there is no `from`. */
  readonly begin?: BeginOffsets | undefined
  /** Whether it was stopped, and nothing was put out since: the next one goes on exactly there. */
  readonly isClean: boolean
  /** By partition of its topic, the offsets from which on rows may be repeated. */
  readonly marks: readonly (readonly Offset[])[]
}

export type JobJournal = {
  of(query: string): JobEntry | undefined
  /** What the queries were that the jobs were made of. */
  prints(): { readonly [query: string]: QueryPrint }
  /** Resolves once the entry is durable; undefined: there is no job any more. */
  set(query: string, entry: JobEntry | undefined): Promise<void>
}

/** The name of the file in the data folder. */
export const JOBS_FILE = 'flink.json'

/** Throws a Failure ('corrupt') where the file is damaged. */
export function openJournal(disk: Disk, dataFolder: string): JobJournal {
  const path = `${dataFolder}/${JOBS_FILE}`
  let jobs = readJobs(disk, dataFolder)
  let written: Promise<void> = Promise.resolve()
  return {
    of: (query) => entryOf(jobs, query),
    prints: () => Object.fromEntries(Object.entries(jobs).map(([query, { print }]) => [query, print])),
    set(query, entry) {
      const { [query]: _, ...others } = jobs
      jobs = entry === undefined ? others : { ...others, [query]: entry }
      const write = () => writeChecked(disk, path, { jobs })
      written = written.then(write, write)
      return written
    },
  }
}

/** The jobs that a data folder knows. Throws a Failure ('corrupt') where the file is damaged. */
export function readJobs(disk: Disk, dataFolder: string): { readonly [query: string]: JobEntry } {
  const content = readChecked(disk, `${dataFolder}/${JOBS_FILE}`) as
    | { readonly jobs: { readonly [query: string]: JobEntry } }
    | undefined
  return content?.jobs ?? {}
}
