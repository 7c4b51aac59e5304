/** Finds the files that a path or glob names, and says in words what is wrong where there is none. */
import { access, constants, glob, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Failure } from '../base/failure.ts'

export type FileSet = {
  readonly pattern: string
  /** Whether the pattern may name other files tomorrow. */
  readonly isGlob: boolean
  /** The paths, sorted by name, relative where the pattern is. */
  find(): Promise<readonly string[]>
}

/** A path that is there is taken by its name, even if it looks like a glob. */
export async function openFileSet(pattern: string, folder: string): Promise<FileSet> {
  const isGlob = /[*?[{]/.test(pattern) && (await stat(resolve(folder, pattern)).catch(() => undefined)) === undefined
  if (!isGlob) return { pattern, isGlob, find: async () => [pattern] }
  return {
    pattern,
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

/** Refuses a file that is not there, is a folder or cannot be read. `who` is who asks: "source collector". */
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

/** A file system's error as a Failure that names who met it and the path. */
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

export function relativeHint(path: string, folder: string): string | undefined {
  return path.startsWith('/') ? undefined : `relative paths start from ${folder}`
}
