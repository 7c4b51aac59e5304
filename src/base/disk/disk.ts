/**
 * The disk as an argument, so that a test can decide what it keeps, what it tears and when it is full.
 *
 * Calls that the page cache answers are synchronous; calls that wait for the device return a promise. (Measured on one
 * core: a write through Node's thread pool costs five times the write itself.) Nothing is durable before `sync` of the
 * file has resolved and, for a new, renamed or removed name, `syncFolder` of its folder. Every call throws or rejects
 * with a Failure that names the path: 'not-found', 'denied', 'full' (retryable) or 'io'.
 */

import { Failure } from '../failure.ts'

/** How much of a large file that was replaced is freed at a time. */
const FREED_BYTES = 4 << 20

export type DiskFile = {
  readonly path: string
  size(): number
  /** Whether the path still leads to this file; 'no file' for a terminal, a pipe or a path such as `/dev/stdout`: they have no place of their own. */
  whereabouts(): 'there' | 'gone' | 'replaced' | 'no file'
  /** Fills `into` from `position` on; returns the number of bytes read, smaller only at the end of the file. */
  read(into: Uint8Array, position: number): number
  /** Writes the buffers, one after the other, from `position` on. After a Failure some of the bytes may be in the file. */
  write(buffers: readonly Uint8Array[], position: number): void
  truncate(size: number): void
  /** Makes the content and the size durable (fdatasync). */
  sync(): Promise<void>
  close(): void
}

export type DiskLock = {
  release(): void
  /** Whether the lock still keeps others out: not where its file was removed or replaced. Not given: it always does. */
  isHeld?(): boolean
}

/** The users that may read what is made, besides root. */
export type Readers = 'user' | 'group'

export type Disk = {
  /** Opens a file to read, or to read and write; 'write' creates a missing file, for the user alone unless `readers` says more. */
  open(path: string, access: 'read' | 'write', readers?: Readers): DiskFile
  /** Names in a folder, sorted. */
  list(folder: string): readonly string[]
  /** Makes a folder and its missing parents, durably. */
  mkdir(folder: string, readers?: Readers): Promise<void>
  rename(from: string, to: string): void
  unlink(path: string): void
  /** Removes a file, or a folder with all that is in it; nothing happens where there is neither. */
  removeAll(path: string): void
  /** Makes the names in a folder durable. */
  syncFolder(folder: string): Promise<void>
  /** Takes a lock that ends with this process, however it ends; undefined if another process holds it. */
  lock(path: string): DiskLock | undefined
}

/** The same disk; what is made on it may be read by the group, except in a folder that is the user's alone. */
export function groupReadable(disk: Disk, except?: string): Disk {
  const readersOf = (path: string) => (except !== undefined && `${path}/`.startsWith(`${except}/`) ? 'user' : 'group')
  return {
    ...disk,
    open: (path, access) => disk.open(path, access, readersOf(path)),
    mkdir: (folder) => disk.mkdir(folder, readersOf(folder)),
  }
}

/** The content of a small file; undefined if there is none. */
export function readWhole(disk: Disk, path: string): Uint8Array | undefined {
  if (!disk.list(folderOf(path)).includes(nameOf(path))) return undefined
  return whileOpen(disk, path, (file) => {
    const bytes = new Uint8Array(file.size())
    return bytes.subarray(0, file.read(bytes, 0))
  })
}

/** The length of a file in bytes; undefined if there is none, or not even its folder. */
export function sizeOf(disk: Disk, path: string): number | undefined {
  return isThere(disk, path) ? whileOpen(disk, path, (file) => file.size()) : undefined
}

function whileOpen<Result>(disk: Disk, path: string, use: (file: DiskFile) => Result): Result {
  const file = disk.open(path, 'read')
  try {
    return use(file)
  } finally {
    file.close()
  }
}

/** Whether a file or folder exists; false also if its parent folder does not. */
export function isThere(disk: Disk, path: string): boolean {
  try {
    return disk.list(folderOf(path)).includes(nameOf(path))
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return false
    throw error
  }
}

/** Changes a file in place, durably; makes one that does not exist, of which the name may not be durable yet. */
export async function changeFile(disk: Disk, path: string, change: (file: DiskFile) => void): Promise<void> {
  const file = disk.open(path, 'write')
  try {
    change(file)
    await file.sync()
  } finally {
    file.close()
  }
}

/** Replaces a file in one step: after a crash it has the old or the new content, never a mixture. */
export function replaceFile(disk: Disk, path: string, content: Uint8Array): Promise<void> {
  return replaceFileSlowly(disk, path, [content], async () => {})
}

/** Replaces a file in one step, and calls `giveWay` between two slices so that other work gets its turn. */
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

/** Frees a file in steps: in one step it would take as long as copying it. The removal of its name must be durable. */
async function freeSlowly(file: DiskFile, giveWay: () => Promise<unknown>): Promise<void> {
  for (let size = file.size() - FREED_BYTES; size > 0; size -= FREED_BYTES) {
    file.truncate(size)
    await giveWay()
  }
}

/** The folder that a path is in. */
export const folderOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
