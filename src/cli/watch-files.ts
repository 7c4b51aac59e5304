/**
 * Tells when files have changed: written to, or replaced by a rename, as editors and configuration tools do. The system's
 * notices of a folder make it quick; a look now and then makes it certain, as there are none on some file systems. What is
 * told comes once the files have been the same for a moment, so that half a file is not read.
 */
import { type FSWatcher, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../base/clock.ts'

const LOOK_MS = 1000
const CALM_MS = 100

export type FileWatch = {
  /** From now on these are watched. */
  files(paths: readonly string[]): void
  close(): void
}

export function watchFiles(paths: readonly string[], clock: Clock, changed: () => void): FileWatch {
  const closed = new AbortController()
  const watchers = new Map<string, FSWatcher>()
  let watched = paths
  let wake = () => {}
  const watchFolders = () => {
    const folders = new Set(watched.map((path) => dirname(path)))
    for (const [folder, watcher] of watchers) if (!folders.has(folder)) watcher.close()
    for (const folder of folders) {
      if (watchers.has(folder)) continue
      try {
        // What cannot be watched is looked at.
        watchers.set(
          folder,
          watch(folder, { persistent: false }, () => wake()).on('error', () => {}),
        )
      } catch {}
    }
  }
  const look = async () => {
    let before = printOf(watched)
    while (!closed.signal.aborted) {
      const pause = new AbortController()
      wake = () => pause.abort()
      await clock.sleep(LOOK_MS, AbortSignal.any([pause.signal, closed.signal])).catch(() => undefined)
      let now = printOf(watched)
      if (now === before || closed.signal.aborted) continue
      for (let last = ''; last !== now; now = printOf(watched)) {
        last = now
        await clock.sleep(CALM_MS, closed.signal).catch(() => undefined)
      }
      before = now
      changed()
    }
  }
  watchFolders()
  void look()
  return {
    files(paths) {
      watched = paths
      watchFolders()
    },
    close() {
      closed.abort()
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}

/** What tells one version of the files from another; of a file that is away for a moment, that it is. */
const printOf = (paths: readonly string[]): string =>
  paths
    .map((path) => {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
      return stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeNs}`
    })
    .join('\n')
