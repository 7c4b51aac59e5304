/**
 * Notices changes of files: writes, and replacement by a rename, as editors and configuration tools do it. The system's
 * events of a folder make it quick; polling makes it certain, as some file systems have no events. A change is reported
 * once the files have stayed the same for a moment, so that half a file is not read.
 */
import { type FSWatcher, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { type Clock, slept } from '../base/clock.ts'

const POLL_MS = 1000
const CALM_MS = 100

export type FileWatch = {
  /** Watches these files instead. */
  files(paths: readonly string[]): void
  close(): void
}

/** Calls `changed` after every change, until it is closed. */
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
        // A folder that cannot be watched is only polled.
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
      await slept(clock, POLL_MS, AbortSignal.any([pause.signal, closed.signal]))
      let now = printOf(watched)
      if (now === before || closed.signal.aborted) continue
      for (let last = ''; last !== now; now = printOf(watched)) {
        last = now
        await slept(clock, CALM_MS, closed.signal)
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

/** A text that differs between two versions of the files; a file may be missing for a moment. */
const printOf = (paths: readonly string[]): string =>
  paths
    .map((path) => {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
      return stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeNs}`
    })
    .join('\n')
