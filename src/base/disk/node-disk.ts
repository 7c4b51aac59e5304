/**
 * The real disk, over node:fs. What it makes is for this user alone: a log may hold anything, and its copy must not be easier
 * to read than the log. Files of sinks may be read by the group too, unless the umask says otherwise.
 */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writevSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure, type FailureCode } from '../failure.ts'
import type { Disk, DiskFile, DiskLock } from './disk.ts'
import { leadsToHandle } from './links.ts'

/** The most buffers that Linux takes in one call (IOV_MAX). */
const MAX_BUFFERS = 1024
/** SQLite's answer if another connection holds the lock. */
const SQLITE_BUSY = 5

/** Modes of files and folders that are made, less the umask. */
const MODES = { user: { file: 0o600, folder: 0o700 }, group: { file: 0o640, folder: 0o750 } } as const
const OTHERS = 0o077

export const nodeDisk: Disk = {
  open(path, access, readers = 'user') {
    const flags = access === 'read' ? constants.O_RDONLY : constants.O_RDWR | constants.O_CREAT
    return openFile(
      path,
      attempt('open', path, () => openSync(path, flags, MODES[readers].file)),
    )
  },
  list: (folder) => attempt('list', folder, () => readdirSync(folder).sort()),
  async mkdir(folder, readers = 'user') {
    for (const made of attempt('make folder', folder, () => makeFolders(resolve(folder), MODES[readers].folder))) {
      await nodeDisk.syncFolder(dirname(made))
    }
  },
  rename: (from, to) => attempt('rename', from, () => renameSync(from, to)),
  unlink: (path) => attempt('remove', path, () => unlinkSync(path)),
  removeAll: (path) => attempt('remove', path, () => rmSync(path, { recursive: true, force: true })),
  async syncFolder(folder) {
    const handle = attempt('open', folder, () => openSync(folder, constants.O_RDONLY))
    try {
      await flush(fsync, handle, folder)
    } finally {
      closeSync(handle)
    }
  },
  lock: lockFile,
}

/** Makes a folder and its parents; returns the new ones. (Node's recursive mkdir never returns below /proc.) */
function makeFolders(folder: string, mode: number): readonly string[] {
  try {
    mkdirSync(folder, { mode })
    return [folder]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return []
    const parent = dirname(folder)
    // As in /proc: the operating system says that the new folder does not exist.
    if (code === 'ENOENT' && existsSync(parent)) {
      throw new Failure('denied', `cannot make folder ${folder}: ${parent} takes no new folders`, { cause: error })
    }
    if (code !== 'ENOENT') throw error
    return [...makeFolders(parent, mode), ...makeFolders(folder, mode)]
  }
}

function openFile(path: string, handle: number): DiskFile {
  let isHandle: boolean | undefined
  // A pipe or a terminal has no positions, and what was written is gone at once.
  const isStream = !fstatSync(handle).isFile()
  return {
    path,
    size: () => attempt('read', path, () => fstatSync(handle).size),
    whereabouts() {
      isHandle ??= leadsToHandle(path)
      return isHandle ? 'no file' : attempt('read', path, () => whereabouts(handle, path))
    },
    read(into, position) {
      return attempt('read', path, () => {
        let filled = 0
        while (filled < into.length) {
          const count = readSync(handle, into, filled, into.length - filled, position + filled)
          if (count === 0) break
          filled += count
        }
        return filled
      })
    },
    write: (buffers, position) => attempt('write', path, () => writeAll(handle, buffers, isStream ? null : position)),
    truncate: (size) => attempt('cut', path, () => ftruncateSync(handle, size)),
    sync: () => (isStream ? Promise.resolve() : flush(fdatasync, handle, path)),
    close: () => attempt('close', path, () => closeSync(handle)),
  }
}

function whereabouts(handle: number, path: string): ReturnType<DiskFile['whereabouts']> {
  const opened = fstatSync(handle)
  if (!opened.isFile()) return 'no file'
  const now = statSync(path, { throwIfNoEntry: false })
  if (now === undefined) return 'gone'
  return opened.ino === now.ino && opened.dev === now.dev ? 'there' : 'replaced'
}

/** Without a position, where the handle is. */
function writeAll(handle: number, buffers: readonly Uint8Array[], position: number | null): void {
  let left = buffers.filter((buffer) => buffer.length > 0)
  let at = position
  while (left.length > 0) {
    let written = writevSync(handle, left.slice(0, MAX_BUFFERS), at ?? undefined)
    if (at !== null) at += written
    let whole = 0
    while (whole < left.length && written >= (left[whole] as Uint8Array).length) {
      written -= (left[whole] as Uint8Array).length
      whole++
    }
    left = left.slice(whole)
    if (written > 0) left[0] = (left[0] as Uint8Array).subarray(written)
  }
}

function flush(how: typeof fsync, handle: number, path: string): Promise<void> {
  return new Promise((done, fail) =>
    // Never retryable, not even on a full disk: the operating system may have dropped the pages that it could not write.
    how(handle, (error) => {
      if (error === null) done()
      else fail(new Failure('io', refused('sync', path, error).message, { cause: error }))
    }),
  )
}

/**
 * Node has no call for a file lock, but its SQLite takes a real one (fcntl) on the database file, here an empty one. The
 * operating system drops the lock when the process ends or closes any handle of the file, so nothing else may open it.
 * See docs/decisions/009-data-folder-lock.md.
 */
function lockFile(path: string): DiskLock | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    database.exec('BEGIN EXCLUSIVE')
    const locked = database
    // Anybody that can open the file can keep the lock. Without a handle, as closing one would drop the lock.
    if ((statSync(path).mode & OTHERS) !== 0) chmodSync(path, MODES.user.file)
    const { ino, dev } = statSync(path)
    const isHeld = () => {
      const now = statSync(path, { throwIfNoEntry: false })
      return now?.ino === ino && now.dev === dev
    }
    return { release: () => locked.close(), isHeld }
  } catch (error) {
    database?.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    attempt('lock', path, () => accessSync(dirname(path), constants.W_OK))
    throw new Failure('io', `cannot lock ${path}: ${(error as Error).message}`, { cause: error })
  }
}

function attempt<Result>(doing: string, path: string, action: () => Result): Result {
  try {
    return action()
  } catch (error) {
    if (error instanceof Failure) throw error
    throw refused(doing, path, error as NodeJS.ErrnoException)
  }
}

function refused(doing: string, path: string, error: NodeJS.ErrnoException): Failure {
  const [why = error.message, code = 'io'] = ERRORS[error.code ?? ''] ?? []
  return new Failure(code, `cannot ${doing} ${path}: ${why}`, { retryable: code === 'full', cause: error })
}

const ERRORS: { readonly [errno: string]: readonly [why: string, code?: FailureCode] } = {
  ENOENT: ['it does not exist', 'not-found'],
  EACCES: ['permission denied', 'denied'],
  EPERM: ['permission denied', 'denied'],
  EROFS: ['the file system is read-only', 'denied'],
  ENOSPC: ['no space is left on the device', 'full'],
  EDQUOT: ['the quota is used up', 'full'],
  ENOTDIR: ['a part of the path is a file, not a folder'],
  EISDIR: ['it is a folder'],
  EEXIST: ['a file of that name is there'],
  EFBIG: ['it would be larger than this process may write (ulimit -f)'],
  EMFILE: ['too many files are open (ulimit -n, or LimitNOFILE= of a service)'],
}
