/** When the first row of a run can be seen: the first byte in a file, however it is called while it is written. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const LOOK_MS = 5

export type Watch = {
  /** Ends the watch; the moment of the first row by `performance.now()`, NaN if none was seen. */
  stop(): Promise<number>
}

/** Looks every 5 ms for a file that is not empty: at this path, or below it. */
export function watchFiles(path: string): Watch {
  const ended = new AbortController()
  const seen = (async () => {
    while (!ended.signal.aborted) {
      if (hasBytes(path)) return performance.now()
      await setTimeout(LOOK_MS)
    }
    return hasBytes(path) ? performance.now() : Number.NaN
  })()
  return {
    stop() {
      ended.abort()
      return seen
    },
  }
}

/** A file may be renamed between two looks at its folder. */
function hasBytes(path: string): boolean {
  try {
    const stat = statSync(path)
    return stat.isDirectory() ? readdirSync(path).some((name) => hasBytes(join(path, name))) : stat.size > 0
  } catch {
    return false
  }
}
