/** Where paths lead when the links on their way are followed. */
import { readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

const HANDLE = /^\/proc\/|^\/dev\/(fd\/|stdin$|stdout$|stderr$)/
/** As many links as Linux follows. */
const MAX_LINKS = 40

/**
 * Whether the path leads to what a process has open, as `/dev/stdout` and `/dev/fd/3` do: where output goes to a file, they look
 * like a file of that path, but are whatever the shell has opened this time.
 */
export function leadsToHandle(path: string): boolean {
  let at = path
  for (let links = 0; links < MAX_LINKS; links++) {
    if (HANDLE.test(at)) return true
    const folder = whole(dirname(at))
    const real = join(folder, basename(at))
    if (HANDLE.test(real)) return true
    const target = targetOf(real)
    if (target === undefined) return false
    at = resolve(folder, target)
  }
  return false
}

/** The path without links, also of a file that does not exist yet; the path itself where that cannot be found out. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return join(whole(dirname(path)), basename(path))
  }
}

function whole(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}

/** Where a link leads; undefined for anything else. */
function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
