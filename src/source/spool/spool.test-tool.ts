/** Runs the source of finished files, one look after the other, while the test changes the folder. */
import { readdir } from 'node:fs/promises'
import { runSource, type SourceRun } from '../../../test/contract/source.ts'
import type { Clock } from '../../base/clock.ts'
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
  steps: readonly (() => Promise<unknown>)[],
  run: SourceRun = {},
): ReturnType<typeof runSource> {
  const stop = new AbortController()
  const left = [...steps]
  let elapsed = 0
  const clock: Clock = {
    now: () => 100_000 + elapsed,
    elapsed: () => elapsed,
    async sleep(milliseconds) {
      elapsed += milliseconds
      const step = left.shift()
      if (step === undefined) stop.abort()
      else await step()
    },
  }
  return takeAll(folder, options, { clock, untilEnd: false, signal: stop.signal, ...run })
}
