/** Where a path leads when all links on its way are followed. */
import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** The path without links, also of a file that does not exist yet; the path itself where that cannot be found out. */
export function realPathOf(path: string): string {
  return real(path) ?? join(real(dirname(path)) ?? dirname(path), basename(path))
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
