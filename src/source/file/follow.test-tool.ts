/** Follows files, one look after the other, while the test changes them. */
import { runSource, type SourceRun } from '../../../test/contract/source.ts'
import { type Step, steppingClock } from '../../base/stepping-clock.test-tool.ts'
import { file } from './file.ts'

/** Steps that change nothing. */
export const idle = (looks: number): Step[] => Array.from({ length: looks }, () => async () => {})

/** Follows files with a clock that takes the next step at each sleep; after the last step the source is stopped. */
export function follow(
  folder: string,
  options: unknown,
  steps: readonly Step[],
  run: SourceRun = {},
): ReturnType<typeof runSource> {
  const stop = new AbortController()
  const clock = steppingClock(steps, stop)
  return runSource(file, options, { folder, clock, untilEnd: false, signal: stop.signal, ...run })
}
