/**
 * Makes a data folder as new, and gives the files of sinks back what they had before: what `run --fresh` does.
 *
 * `DATA/fresh.json` is durable before anything is removed and goes last. While it is there, whatever is left is half of
 * something: the next process that owns the folder finishes the work, and others do not read it. Every step can be repeated.
 */
import { unreachable } from '../base/assert.ts'
import { type Disk, isThere, replaceFile, sizeOf } from '../base/disk.ts'
import { Failure } from '../base/failure.ts'
import { BEFORE, type KeptBefore, readBefore } from './before.ts'

/** The file that says that a data folder is being made new. */
export const FRESH = 'fresh.json'

/** What `--fresh` does to one place of a sink. */
export type Restored =
  | { readonly kind: 'removed'; readonly path: string }
  | { readonly kind: 'kept'; readonly path: string; readonly why: string }
  /** Files with the same `life` in their names, in folders that fit `path`. */
  | { readonly kind: 'all removed'; readonly path: string; readonly life: string; readonly files: readonly string[] }
  | { readonly kind: 'cut'; readonly path: string; readonly from: number; readonly to: number }

/** What would happen to the places of sinks. Throws a Failure where that is not known. */
export function planFresh(disk: Disk, folder: string): readonly Restored[] {
  return readBefore(disk, folder).flatMap((before) => plan(disk, before))
}

/** Whether `--fresh` has begun and has not ended. */
export const isHalfFresh = (disk: Disk, folder: string): boolean => disk.list(folder).includes(FRESH)

/**
 * Gives back what the plan says and removes all of a data folder except `kept`, the files by which a process owns it.
 * Rejects with a Failure of the disk; the next start goes on from there.
 */
export async function makeFresh(disk: Disk, folder: string, kept: readonly string[]): Promise<void> {
  if (!isHalfFresh(disk, folder)) await replaceFile(disk, `${folder}/${FRESH}`, Buffer.from('{}\n'))
  // First the files: what says how long they were goes afterwards.
  for (const before of readBefore(disk, folder)) {
    for (const restored of plan(disk, before)) await restore(disk, restored)
  }
  const names = disk.list(folder).filter((name) => !kept.includes(name) && name !== BEFORE && name !== FRESH)
  for (const name of names) disk.removeAll(`${folder}/${name}`)
  await disk.syncFolder(folder)
  for (const name of [BEFORE, FRESH]) {
    disk.removeAll(`${folder}/${name}`)
    await disk.syncFolder(folder)
  }
}

/** Throws a Failure where a data folder is half removed. */
export function refuseHalfFresh(disk: Disk, folder: string): void {
  if (!isHalfFresh(disk, folder)) return
  throw new Failure('usage', `${folder} is half removed: a run with --fresh was interrupted`, {
    hint: 'Start the pipeline with `tailrace run`: it finishes that first.',
  })
}

function plan(disk: Disk, before: KeptBefore): readonly Restored[] {
  switch (before.kind) {
    case 'file':
      return planFile(disk, before.path, before.length)
    case 'rolled': {
      const files = rolledFiles(disk, before)
      return files.length === 0 ? [] : [{ kind: 'all removed', path: before.path, life: before.life, files }]
    }
    case 'elsewhere':
      return [
        { kind: 'kept', path: before.path, why: `files with ${before.life} in their names stay; remove them there` },
      ]
  }
}

function planFile(disk: Disk, path: string, length: number | null): readonly Restored[] {
  const size = isThere(disk, path) ? sizeOf(disk, path) : undefined
  if (size === undefined) return []
  if (length === null) return [{ kind: 'removed', path }]
  if (size > length) return [{ kind: 'cut', path, from: size, to: length }]
  return size === length
    ? []
    : [{ kind: 'kept', path, why: `it is shorter than before the first run: ${length} bytes` }]
}

async function restore(disk: Disk, restored: Restored): Promise<void> {
  switch (restored.kind) {
    case 'removed':
      return remove(disk, [restored.path])
    case 'all removed':
      return remove(disk, restored.files)
    case 'cut':
      return cut(disk, restored.path, restored.to)
    case 'kept':
      return
    default:
      return unreachable(restored)
  }
}

async function remove(disk: Disk, paths: readonly string[]): Promise<void> {
  for (const path of paths) disk.unlink(path)
  for (const folder of new Set(paths.map(folderOf))) await disk.syncFolder(folder)
}

async function cut(disk: Disk, path: string, length: number): Promise<void> {
  const file = disk.open(path, 'write')
  try {
    file.truncate(length)
    await file.sync()
  } finally {
    file.close()
  }
}

const folderOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

/** The files of one life of an archive, whole or not. */
function rolledFiles(disk: Disk, { path, life }: { readonly path: string; readonly life: string }): readonly string[] {
  const names = path.split('/').slice(1)
  const firstDated = names.findIndex((name) => isDated(name))
  const undated = firstDated < 0 ? [] : [`/${[...names.slice(0, firstDated), 'undated'].join('/')}`]
  const folders = [
    ...names.reduce((found, name) => found.flatMap((folder) => inside(disk, folder, name)), ['']),
    ...undated,
  ]
  return folders.flatMap((folder) =>
    namesIn(disk, folder === '' ? '/' : folder)
      .filter((name) => isOfLife(name, life))
      .map((name) => `${folder}/${name}`),
  )
}

const isDated = (name: string): boolean => /%[^%]/.test(name.replaceAll('%%', ''))

function isOfLife(name: string, life: string): boolean {
  const at = name.lastIndexOf(`-${life}-p`)
  return at >= 0 && /^\d+-\d{20}/.test(name.slice(at + life.length + 3))
}

/** The folders in a folder with names that fit one part of a path. */
function inside(disk: Disk, folder: string, part: string): readonly string[] {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pattern = part.replace(/[^%]+|%(.)/g, (text, letter?: string) =>
    letter === undefined ? literal(text) : letter === '%' ? '%' : '-?\\d+',
  )
  const fits = new RegExp(`^${pattern}$`)
  if (!isDated(part)) return [`${folder}/${part.replaceAll('%%', '%')}`]
  return namesIn(disk, folder === '' ? '/' : folder)
    .filter((name) => fits.test(name))
    .map((name) => `${folder}/${name}`)
}

/** The names in a folder; none where there is no folder. */
function namesIn(disk: Disk, folder: string): readonly string[] {
  try {
    return disk.list(folder)
  } catch (error) {
    if (error instanceof Failure && (error.code === 'not-found' || error.code === 'io')) return []
    throw error
  }
}

/** Whether a data folder has anything that `--fresh` would remove, beside `kept`. */
export const hasState = (disk: Disk, folder: string, kept: readonly string[]): boolean =>
  disk.list(folder).some((name) => !kept.includes(name))
