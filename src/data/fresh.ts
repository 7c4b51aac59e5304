/**
 * Makes a data folder as new, and gives the files of sinks back what they had before: what `run --fresh` does.
 *
 * `DATA/fresh.json` is durable before anything is removed and goes last. While it is there, whatever is left is half of
 * something: the next process that owns the folder finishes the work, and others do not read it. Every step can be repeated.
 */
import { unreachable } from '../base/assert.ts'
import { changeFile, type Disk, folderOf, replaceFile, sizeOf } from '../base/disk/disk.ts'
import { leadsToHandle } from '../base/disk/links.ts'
import { Failure, recovered } from '../base/failure.ts'
import { BEFORE, type KeptBefore, readBefore } from './before.ts'
import { markOf, ownerOfFile, removeMark, sinkText } from './file-owner.ts'
import { isOwnName } from './folder-names.ts'
import { type FolderIdentity, identityOf } from './identity.ts'
import { dropTable, forgetPositions, planTable, type RestoredTable } from './table-positions.ts'

/** The file that says that a data folder is being made new. */
export const FRESH = 'fresh.json'

/** What `--fresh` does to one place of a sink. */
export type Restored =
  | { readonly kind: 'removed'; readonly path: string }
  | { readonly kind: 'kept'; readonly path: string; readonly why: string }
  /** Files with the same `life` in their names, in folders that fit `path`. */
  | { readonly kind: 'all removed'; readonly path: string; readonly life: string; readonly files: readonly string[] }
  | { readonly kind: 'cut'; readonly path: string; readonly from: number; readonly to: number }
  | RestoredTable

/**
 * What would happen to the places of sinks, and which files in the folder would stay because somebody else put them there.
 * Throws a Failure where that is not known. This process owns the folder.
 */
export function planFresh(disk: Disk, folder: string): readonly Restored[] {
  const data = identityOf(disk, folder)
  const foreign = disk.list(folder).filter((name) => !isOwnName(name))
  return [
    ...readBefore(disk, folder).flatMap((before) => plan(disk, before, data)),
    ...foreign.map((name) => ({ kind: 'kept', path: `${folder}/${name}`, why: 'tailrace did not make it' }) as const),
  ]
}

/** Whether `--fresh` has begun and has not ended. */
export const isHalfFresh = (disk: Disk, folder: string): boolean => disk.list(folder).includes(FRESH)

/**
 * Gives back what the plan says and removes what tailrace has made in a data folder except `kept`, the files by which a
 * process owns it.
 * Rejects with a Failure of the disk; the next start goes on from there.
 */
export async function makeFresh(disk: Disk, folder: string, kept: readonly string[]): Promise<void> {
  if (!isHalfFresh(disk, folder)) await replaceFile(disk, `${folder}/${FRESH}`, Buffer.from('{}\n'))
  // First the files: what says how long they were goes afterwards.
  const data = identityOf(disk, folder)
  for (const before of readBefore(disk, folder)) {
    const planned = plan(disk, before, data)
    for (const restored of planned) await restore(disk, restored, data)
    if (before.kind === 'table') forgetPositions(before.path, data)
    if (before.kind === 'file' && planned.every(({ kind }) => kind !== 'kept'))
      await giveUpFile(disk, before.path, data)
  }
  const names = stateIn(disk, folder, kept).filter((name) => name !== BEFORE && name !== FRESH)
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

function plan(disk: Disk, before: KeptBefore, data: FolderIdentity): readonly Restored[] {
  switch (before.kind) {
    case 'file':
      return planFile(disk, before, data)
    case 'rolled': {
      const files = rolledFiles(disk, before)
      return files.length === 0 ? [] : [{ kind: 'all removed', path: before.path, life: before.life, files }]
    }
    case 'table': {
      const planned = planTable(before, data)
      return planned === undefined ? [] : [planned]
    }
    case 'elsewhere':
      return [{ kind: 'kept', path: before.path, why: whatStays(before) }]
  }
}

const whatStays = ({ life }: Extract<KeptBefore, { kind: 'elsewhere' }>): string =>
  life === undefined ? 'its rows stay; remove them there' : `files with ${life} in their names stay; remove them there`

function planFile(
  disk: Disk,
  { path, length }: Extract<KeptBefore, { kind: 'file' }>,
  data: FolderIdentity,
): readonly Restored[] {
  // Older tailraces kept an entry for what the shell had opened; today that may be any file.
  if (leadsToHandle(path)) return []
  const size = sizeOf(disk, path)
  if (size === undefined || size === length) return []
  const owner = ownerOfFile(disk, path, data)
  const kept = (why: string): readonly Restored[] => [{ kind: 'kept', path, why }]
  switch (owner.kind) {
    case 'ours':
      if (length === null) return [{ kind: 'removed', path }]
      if (size > length) return [{ kind: 'cut', path, from: size, to: length }]
      return kept(`it is shorter than before the first run: ${length} bytes`)
    case 'other':
    case 'gone':
      return kept(`it is now written by ${sinkText(owner, data)}`)
    case 'nobody':
      return kept(`${markOf(path)} does not exist, so another pipeline may have taken the file over`)
    default:
      return unreachable(owner)
  }
}

/** Removes the mark of a file, if it is ours. What the file had before must be durable. */
async function giveUpFile(disk: Disk, path: string, data: FolderIdentity): Promise<void> {
  if (ownerOfFile(disk, path, data).kind !== 'ours') return
  removeMark(disk, path)
  await disk.syncFolder(folderOf(path))
}

async function restore(disk: Disk, restored: Restored, data: FolderIdentity): Promise<void> {
  switch (restored.kind) {
    case 'removed':
      return remove(disk, [restored.path])
    case 'all removed':
      return remove(disk, restored.files)
    case 'cut':
      return changeFile(disk, restored.path, (file) => file.truncate(restored.to))
    case 'dropped':
      dropTable(restored, data)
      return disk.syncFolder(folderOf(restored.path))
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
const namesIn = (disk: Disk, folder: string): readonly string[] =>
  recovered(
    ['not-found', 'io'],
    () => disk.list(folder),
    () => [],
  )

/** Whether a data folder has anything that `--fresh` would remove, beside `kept`. */
export const hasState = (disk: Disk, folder: string, kept: readonly string[]): boolean =>
  stateIn(disk, folder, kept).length > 0

const stateIn = (disk: Disk, folder: string, kept: readonly string[]): readonly string[] =>
  disk.list(folder).filter((name) => isOwnName(name) && !kept.includes(name))
