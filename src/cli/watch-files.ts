/**
 * Notices changes of files: writes, and replacement by a rename, as editors and configuration tools do it. It looks at
 * them again and again: some file systems have no events, and a look at a few files costs next to nothing.
 */
import { statSync } from 'node:fs'
import { type Clock, slept } from '../base/clock.ts'
import type { Duration } from '../base/quantity.ts'

const LOOK_MS: Duration = 200

export type FileWatch = {
  readonly clock: Clock
  /** The paths to look at, asked for before each look. */
  files(): readonly string[]
  changed(): void
}

/** Calls `changed` after every change, once two looks have found the same: half a file is not reported. */
export async function watchFiles({ clock, files, changed }: FileWatch, closed: AbortSignal): Promise<void> {
  let reported = printOf(files())
  let last = reported
  while (await slept(clock, LOOK_MS, closed)) {
    const now = printOf(files())
    if (now === last && now !== reported) {
      reported = now
      changed()
    }
    last = now
  }
}

/** A text that differs between two versions of the files; a file may be missing for a moment. */
const printOf = (paths: readonly string[]): string =>
  paths
    .map((path) => {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
      return stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeNs}`
    })
    .join('\n')
