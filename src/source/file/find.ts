/** Finds the files that a path or glob names, and explains in words why one cannot be read. */
import { type BigIntStats, constants, promises } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { Failure } from '../../base/failure.ts'

export type FileSet = {
  /** Whether the pattern may name other files tomorrow. */
  readonly isGlob: boolean
  /** The paths, sorted; relative where the pattern is relative. */
  find(leftOut?: LeaveOut): Promise<readonly string[]>
}

/** Called for a name that is passed over, with the reason: "may not be read by this user". */
export type LeaveOut = (path: string, reason: string) => void

/** A file as its name leads to it. */
export type FoundFile = {
  /** As the pattern gave it, and in full. */
  readonly path: string
  readonly whole: string
  /** Device and inode. */
  readonly id: string
  readonly size: number
  /** When it was written to last, ms since 1970. */
  readonly changed: number
  /** Its size and time of change: while these stay, it was not written to. */
  readonly seen: string
}

/** Device and inode of a file: what tells it from others under any name. */
export const fileId = ({ dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>): string => `${dev}:${ino}`

/** Size and time of change of a file, in ns since 1970: while both stay as they are, so do its bytes, as far as anybody can see. */
export const seenOf = ({ size, mtimeNs }: Pick<BigIntStats, 'size' | 'mtimeNs'>): string => `${size} ${mtimeNs}`

/** The file that a name leads to; undefined where there is none. Throws the file system's error otherwise. */
export async function findFile(path: string, folder: string): Promise<FoundFile | undefined> {
  return foundFile(path, folder, await lookUp(resolve(folder, path)))
}

/** What a name leads to; undefined where that is nothing. */
const lookUp = (whole: string): Promise<BigIntStats | undefined> =>
  promises.stat(whole, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })

function foundFile(path: string, folder: string, found: BigIntStats | undefined): FoundFile | undefined {
  if (found === undefined || !found.isFile()) return undefined
  const [size, changed] = [Number(found.size), Number(found.mtimeMs)]
  return { path, whole: resolve(folder, path), id: fileId(found), size, changed, seen: seenOf(found) }
}

/** Whether the name still leads to that file: while logs are rotated, names move from one file to the next. */
export async function isStill({ whole, id }: Pick<FoundFile, 'whole' | 'id'>): Promise<boolean> {
  return (await findFile(whole, '/'))?.id === id
}

/** How many names are looked up at a time: one after the other would cost ten times as much. */
const LOOKED_UP = 64

/**
 * The files that these names lead to, by device and inode: a file with several names is found once. A name that leads to no
 * file that can be read is left out.
 */
export async function findAll(
  paths: readonly string[],
  folder: string,
  leftOut: LeaveOut = () => {},
): Promise<Map<string, FoundFile>> {
  const found = new Map<string, FoundFile>()
  for (let at = 0; at < paths.length; at += LOOKED_UP) {
    const some = paths.slice(at, at + LOOKED_UP)
    const looked = await Promise.all(some.map((path) => lookUp(resolve(folder, path)).catch((error) => error as Error)))
    for (const [i, path] of some.entries()) {
      const one = looked[i]
      if (one instanceof Error) leftOut(path, whyUnreadable(one))
      else if (one === undefined) await tellMissing(path, folder, leftOut)
      else if (!one.isFile()) leftOut(path, `is ${natureOf(one)}, not a file`)
      else {
        const here = foundFile(path, folder, one)
        if (here !== undefined && !found.has(here.id)) found.set(here.id, here)
      }
    }
  }
  return found
}

/** A name that leads to nothing may be gone, which is no news; a link stays there, and its file may be expected. */
async function tellMissing(path: string, folder: string, leftOut: LeaveOut): Promise<void> {
  const isLink = await promises.lstat(resolve(folder, path)).then(
    (found) => found.isSymbolicLink(),
    () => false,
  )
  if (isLink || path.includes('\ufffd')) leftOut(path, whyNothing(path))
}

/** Why a name that was listed leads to nothing. */
const whyNothing = (path: string): string =>
  path.includes('\ufffd') ? 'has a name that is not UTF-8' : 'is a link to a file that does not exist'

/** Why a name that was listed leads to no file, in words that follow it. */
export function whyMissing(path: string, error: unknown): string {
  const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
  return isGone ? whyNothing(path) : whyUnreadable(error)
}

type KindOfFile = Pick<BigIntStats, 'isDirectory' | 'isFIFO' | 'isSocket'>

/** What is no file, in words. */
export const natureOf = (found: KindOfFile): string =>
  found.isDirectory() ? 'a folder' : found.isFIFO() ? 'a pipe' : found.isSocket() ? 'a socket' : 'a device'

/** Why a file cannot be read, in words that follow its name. */
export function whyUnreadable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user'
    case 'ELOOP':
      return 'is a link that leads back to itself'
    default:
      return `cannot be read: ${message}`
  }
}

/** The files in the folder of `path`. Those with names that start like its own come first, as `access.log.1` does. */
export async function filesBeside(path: string, folder: string): Promise<readonly FoundFile[]> {
  const names = await promises.readdir(dirname(resolve(folder, path))).catch(() => [])
  const stem = basename(path).split('.')[0] ?? ''
  const order = (name: string) => (name.startsWith(stem) ? 0 : 1)
  const found: FoundFile[] = []
  for (const name of names.sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1))) {
    const file = await findFile(join(dirname(path), name), folder).catch(() => undefined)
    if (file !== undefined) found.push(file)
  }
  return found
}

/** Whether a path has characters of a glob. A file may have them in its name, too. */
export const mayBeGlob = (path: string): boolean => /[*?[{]/.test(path)

/** The files of a pattern. A path that exists is taken literally, even if it looks like a glob. */
export async function openFileSet(pattern: string, folder: string): Promise<FileSet> {
  const isGlob =
    mayBeGlob(pattern) && (await promises.stat(resolve(folder, pattern)).catch(() => undefined)) === undefined
  if (!isGlob) return { isGlob, find: async () => [pattern] }
  return {
    isGlob,
    async find(leftOut = () => undefined) {
      const found: string[] = []
      for await (const entry of promises.glob(pattern, { cwd: folder, withFileTypes: true })) {
        if (entry.isDirectory()) continue
        const path = resolve(entry.parentPath, entry.name)
        found.push(pattern.startsWith('/') ? path : relative(resolve(folder), path))
      }
      await tellClosedFolders(pattern, folder, leftOut)
      return found.sort()
    },
  }
}

/** Expanding a glob passes over folders that cannot be listed without a word. */
export async function tellClosedFolders(pattern: string, folder: string, leftOut: LeaveOut): Promise<void> {
  const parts = pattern.split('/').slice(0, -1)
  const first = parts.findIndex(mayBeGlob)
  const plain = parts.slice(0, first < 0 ? parts.length : first).join('/')
  const from = pattern.startsWith('/') ? plain || '/' : plain || '.'
  if (!(await tellClosed(from, folder, leftOut)) || first < 0) return
  for (let depth = first + 1; depth <= parts.length; depth++) {
    const prefix = parts.slice(0, depth).join('/')
    for await (const entry of promises.glob(prefix, { cwd: folder, withFileTypes: true })) {
      if (entry.isDirectory()) await tellClosed(resolve(entry.parentPath, entry.name), folder, leftOut)
    }
  }
}

/** Whether a folder can be listed, or is missing; otherwise says so. */
async function tellClosed(path: string, folder: string, leftOut: LeaveOut): Promise<boolean> {
  try {
    await promises.access(resolve(folder, path), constants.R_OK | constants.X_OK)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return false
    leftOut(path, code === 'EACCES' ? 'is a folder that this user may not list' : whyUnreadable(error))
    return false
  }
}

/**
 * Throws a Failure where a file does not exist, is a folder or cannot be read. `who` names the part that wants to read it:
 * "source collector".
 */
export async function checkReadable(path: string, folder: string, who: string): Promise<void> {
  const whole = resolve(folder, path)
  try {
    const found = await promises.stat(whole)
    if (found.isDirectory()) {
      throw new Failure('not-found', `${who}: ${whole} is a folder, not a file`, {
        hint: `to read the files in it, write ${path.replace(/\/$/, '')}/*.log`,
      })
    }
    if (!found.isFile()) {
      throw new Failure('usage', `${who}: ${whole} is ${natureOf(found)}, not a file`, {
        hint: 'to read what comes through it, use the source stdin: tailrace run PIPELINE < it',
      })
    }
    await promises.access(whole, constants.R_OK)
  } catch (error) {
    throw fileFailure(error, whole, who, relativeHint(path, folder))
  }
}

/** Rejects with the file system's error where a file cannot be opened to be read. */
export async function checkOpens(whole: string): Promise<void> {
  await (await promises.open(whole)).close()
}

/** A file system's error as a Failure that names the path and the part that met it. */
export function fileFailure(error: unknown, path: string, who: string, hint?: string): Failure {
  if (error instanceof Failure) return error
  const { code } = error as NodeJS.ErrnoException
  const details = hint === undefined ? { cause: error } : { cause: error, hint }
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      if (path.includes('\ufffd')) return new Failure('not-found', `${who}: ${path} ${whyNothing(path)}`, details)
      return new Failure('not-found', `${who}: no such file: ${path}`, details)
    case 'EACCES':
    case 'EPERM':
      return new Failure('denied', `${who}: ${path} ${whyUnreadable(error)}`, { cause: error })
    default:
      return new Failure('io', `${who}: ${path} ${whyUnreadable(error)}`, { cause: error })
  }
}

/** Whether an error is one of the file system. */
export const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error

/** What the work gives. Rejects with a Failure where the file system refuses something: of `path`, for `who`. */
export async function onFiles<Outcome>(work: Promise<Outcome>, path: string, who: string): Promise<Outcome> {
  try {
    return await work
  } catch (error) {
    throw isFileError(error) ? fileFailure(error, path, who) : error
  }
}

/** A hint where relative paths start from; undefined for an absolute path. */
export function relativeHint(path: string, folder: string): string | undefined {
  return path.startsWith('/') ? undefined : `relative paths start from ${folder}`
}
