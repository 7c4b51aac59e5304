/** Whether a place on the local disk could be written to, before anything is written. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** File systems that the kernel makes up: /proc and /sys. */
const MADE_UP: readonly number[] = [0x9fa0, 0x62656572]

/** Why a file at this path could not be written, or a folder be made; undefined where nothing speaks against it. */
export function whyNotWritable(path: string, kind: 'file' | 'folder'): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isDirectory() === true && kind === 'file') return `${path} is a folder`
  if (found?.isFile() === true && kind === 'folder') return `${path} is a file, not a folder`
  if (found !== undefined && (kind === 'folder' || !found.isDirectory())) return refusedAt(path)
  let parent = dirname(path)
  while (!existsSync(parent)) parent = dirname(parent)
  if (!statSync(parent).isDirectory()) return `${parent} is a file, not a folder`
  return refusedAt(parent) ?? (MADE_UP.includes(statfsSync(parent).type) ? `${parent} takes no new files` : undefined)
}

function refusedAt(path: string): string | undefined {
  try {
    accessSync(path, constants.W_OK)
    return undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'EROFS' ? `${path} is on a read-only file system` : `this user may not write to ${path}`
  }
}
