/** Runs the source of finished files, one look after the other, while the test changes the folder. */
import { readdir } from 'node:fs/promises'
import { runSource, type SourceRun } from '../../../test/contract/source.ts'
import { type Step, steppingClock } from '../../base/stepping-clock.test-tool.ts'
import { hastyDisk } from '../../data/data-folder.test-tool.ts'
import type { SourceJournal } from '../source.ts'
import { spool } from './spool.ts'

/** Names in a folder, sorted. */
export const namesIn = async (folder: string): Promise<string[]> => (await readdir(folder)).sort()

/** A journal in a file, which is durable as soon as it is written. */
export const journalAt = (path: string): SourceJournal => ({
  disk: hastyDisk,
  path,
  fullDisk: { whenRoom: async (work) => work() },
})

/** Takes what is there, as a run to the end of the input does. */
export const takeAll = (folder: string, options: object = {}, run: SourceRun = {}): ReturnType<typeof runSource> =>
  runSource(spool, { folder: '.', settle: '0s', ...options }, { folder, disk: hastyDisk, ...run })

/**
 * Takes files with a clock that takes the next step at each sleep; after the last step the source is stopped. The clock begins
 * long before any file was written.
 */
export function watch(
  folder: string,
  options: object,
  steps: readonly Step[],
  run: SourceRun = {},
): ReturnType<typeof runSource> {
  const stop = new AbortController()
  const clock = steppingClock(steps, stop, 100_000)
  return takeAll(folder, options, { clock, untilEnd: false, signal: stop.signal, ...run })
}
