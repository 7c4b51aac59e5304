/**
 * The disk as an argument, so that a test can own it: what it keeps, what it tears, when it is full.
 *
 * What the page cache answers is a plain call; what waits for the device is a promise. (Measured on one core: a write
 * through Node's thread pool costs five times what the write itself costs.) Nothing is durable before `sync` of the
 * file and, for a new, renamed or removed name, `syncFolder` of its folder have resolved. Trouble is a Failure that
 * names the path: 'not-found', 'denied', 'full' (retryable) or 'io'.
 */

import { Failure } from './failure.ts'

/** Given back at a time of a large file that is replaced. */
const FREED_BYTES = 4 << 20

export type DiskFile = {
  readonly path: string
  size(): number
  /** Whether its path still leads to it; a terminal or a pipe is none that could be moved away. */
  whereabouts(): 'there' | 'gone' | 'replaced' | 'no file'
  /** Fills `into` from `position` on; returns how many bytes there were, fewer only at the end of the file. */
  read(into: Uint8Array, position: number): number
  /** Writes all parts, one after the other, from `position` on. After a Failure any part of them may be there. */
  write(parts: readonly Uint8Array[], position: number): void
  truncate(size: number): void
  /** Makes the content and the size durable (fdatasync). */
  sync(): Promise<void>
  close(): void
}

export type DiskLock = { release(): void }

export type Disk = {
  /** Opens a file to read, or to read and write; the latter makes it where it is not there. */
  open(path: string, access: 'read' | 'write'): DiskFile
  /** Names in a folder, sorted. */
  list(folder: string): readonly string[]
  /** Makes a folder and its parents where they are not there, durably. */
  mkdir(folder: string): Promise<void>
  rename(from: string, to: string): void
  unlink(path: string): void
  /** Makes the names in a folder durable. */
  syncFolder(folder: string): Promise<void>
  /** Takes a lock that ends with this process, however it ends; undefined where another one holds it. */
  lock(path: string): DiskLock | undefined
}

/** The content of a file; undefined where it is not there. For small files. */
export function readWhole(disk: Disk, path: string): Uint8Array | undefined {
  if (!disk.list(folderOf(path)).includes(nameOf(path))) return undefined
  const file = disk.open(path, 'read')
  try {
    const bytes = new Uint8Array(file.size())
    return bytes.subarray(0, file.read(bytes, 0))
  } finally {
    file.close()
  }
}

/** Whether a file or folder is there; nothing is where the folder that it would lie in is not. */
export function isThere(disk: Disk, path: string): boolean {
  try {
    return disk.list(folderOf(path)).includes(nameOf(path))
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return false
    throw error
  }
}

/** Bytes of a file; undefined where it is not there. */
export function sizeOf(disk: Disk, path: string): number | undefined {
  if (!disk.list(folderOf(path)).includes(nameOf(path))) return undefined
  const file = disk.open(path, 'read')
  try {
    return file.size()
  } finally {
    file.close()
  }
}

/** Replaces a file's content in one step: after a crash it is the old or the new one, never a part. */
export function replaceFile(disk: Disk, path: string, content: Uint8Array): Promise<void> {
  return replaceFileSlowly(disk, path, [content], async () => {})
}

/** The same with content in slices, between which others get their turn. */
export async function replaceFileSlowly(
  disk: Disk,
  path: string,
  slices: Iterable<Uint8Array>,
  giveWay: () => Promise<unknown>,
): Promise<void> {
  const beside = `${path}.new`
  const file = disk.open(beside, 'write')
  try {
    file.truncate(0)
    let position = 0
    for (const slice of slices) {
      file.write([slice], position)
      position += slice.length
      await giveWay()
    }
    await file.sync()
  } finally {
    file.close()
  }
  const names = disk.list(folderOf(path))
  const old = names.includes(nameOf(path)) ? disk.open(path, 'write') : undefined
  try {
    disk.rename(beside, path)
    await disk.syncFolder(folderOf(path))
    if (old !== undefined) await freeSlowly(old, giveWay)
  } finally {
    old?.close()
  }
}

/** To give a large file's memory and blocks back at once takes as long as to copy it. Its name must be durably gone. */
async function freeSlowly(file: DiskFile, giveWay: () => Promise<unknown>): Promise<void> {
  for (let size = file.size() - FREED_BYTES; size > 0; size -= FREED_BYTES) {
    file.truncate(size)
    await giveWay()
  }
}

const folderOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
