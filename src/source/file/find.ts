/** Finds the files that a path or glob names, and explains in words why one cannot be read. */
import { access, constants, glob, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Failure } from '../../base/failure.ts'

export type FileSet = {
  /** Whether the pattern may name other files tomorrow. */
  readonly isGlob: boolean
  /** The paths, sorted; relative where the pattern is relative. */
  find(): Promise<readonly string[]>
}

/** A file as its name leads to it. */
export type FoundFile = {
  /** As the pattern gave it, and in full. */
  readonly path: string
  readonly whole: string
  /** Device and inode. */
  readonly id: string
  readonly size: number
  /** Its size and time of change: while these stay, it was not written to. */
  readonly seen: string
}

/** The file that a name leads to; undefined where there is none. Throws the file system's error otherwise. */
export async function findFile(path: string, folder: string): Promise<FoundFile | undefined> {
  const whole = resolve(folder, path)
  const found = await stat(whole, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (found === undefined || found.isDirectory()) return undefined
  const { dev, ino, size, mtimeNs } = found
  return { path, whole, id: `${dev}:${ino}`, size: Number(size), seen: `${size} ${mtimeNs}` }
}

/** Whether the name still leads to that file: while logs are rotated, names move from one file to the next. */
export async function isStill({ whole, id }: Pick<FoundFile, 'whole' | 'id'>): Promise<boolean> {
  return (await findFile(whole, '/'))?.id === id
}

/** The files that these names lead to, by device and inode: a file with several names is found once. */
export async function findAll(paths: readonly string[], folder: string): Promise<Map<string, FoundFile>> {
  const found = new Map<string, FoundFile>()
  for (const path of paths) {
    const here = await findFile(path, folder)
    if (here !== undefined && !found.has(here.id)) found.set(here.id, here)
  }
  return found
}

/** The files in the folder of `path`. Those with names that start like its own come first, as `access.log.1` does. */
export async function filesBeside(path: string, folder: string): Promise<readonly FoundFile[]> {
  const names = await readdir(dirname(resolve(folder, path))).catch(() => [])
  const stem = basename(path).split('.')[0] ?? ''
  const order = (name: string) => (name.startsWith(stem) ? 0 : 1)
  const found: FoundFile[] = []
  for (const name of names.sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1))) {
    const file = await findFile(join(dirname(path), name), folder).catch(() => undefined)
    if (file !== undefined) found.push(file)
  }
  return found
}

/** The files of a pattern. A path that exists is taken literally, even if it looks like a glob. */
export async function openFileSet(pattern: string, folder: string): Promise<FileSet> {
  const isGlob = /[*?[{]/.test(pattern) && (await stat(resolve(folder, pattern)).catch(() => undefined)) === undefined
  if (!isGlob) return { isGlob, find: async () => [pattern] }
  return {
    isGlob,
    async find() {
      const found: string[] = []
      for await (const entry of glob(pattern, { cwd: folder, withFileTypes: true })) {
        if (entry.isDirectory()) continue
        const path = resolve(entry.parentPath, entry.name)
        found.push(pattern.startsWith('/') ? path : path.slice(resolve(folder).length + 1))
      }
      return found.sort()
    },
  }
}

/**
 * Throws a Failure where a file does not exist, is a folder or cannot be read. `who` names the part that wants to read it:
 * "source collector".
 */
export async function checkReadable(path: string, folder: string, who: string): Promise<void> {
  const whole = resolve(folder, path)
  try {
    if ((await stat(whole)).isDirectory()) {
      throw new Failure('not-found', `${who}: ${whole} is a folder, not a file`, {
        hint: `to read the files in it, write ${path.replace(/\/$/, '')}/*.log`,
      })
    }
    await access(whole, constants.R_OK)
  } catch (error) {
    throw fileFailure(error, whole, who, relativeHint(path, folder))
  }
}

/** A file system's error as a Failure that names the path and the part that met it. */
export function fileFailure(error: unknown, path: string, who: string, hint?: string): Failure {
  if (error instanceof Failure) return error
  const { code, message } = error as NodeJS.ErrnoException
  const details = hint === undefined ? { cause: error } : { cause: error, hint }
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new Failure('not-found', `${who}: there is no file ${path}`, details)
    case 'EACCES':
    case 'EPERM':
      return new Failure('denied', `${who}: ${path} may not be read by this user`, { cause: error })
    default:
      return new Failure('io', `${who}: ${path} cannot be read: ${message}`, { cause: error })
  }
}

/** A hint where relative paths start from; undefined for an absolute path. */
export function relativeHint(path: string, folder: string): string | undefined {
  return path.startsWith('/') ? undefined : `relative paths start from ${folder}`
}
