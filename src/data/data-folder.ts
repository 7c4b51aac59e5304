/**
 * The folder in which a pipeline keeps its state, whatever its bus: the checkpoint, the reports that have run and, where the
 * bus is embedded, the topics themselves.
 *
 *   DATA/format.json    {"product":"tailrace","version":2,"id":"mhk3…","crc32c":"0123abcd"}: a later tailrace reads it before it touches the rest;
 *                       the id tells the folder from others: `identity.ts`
 *        lock           locked as long as a process owns the folder; empty
 *        owner.json     the process that owns it, for the message to another one
 *        sinks/NAME/    files of sink NAME that are not yet in its store
 *        tables/NAME/   the versions of lookup table NAME: `table-contents.ts`
 *        before.json    what the files of sinks had before the first run: `before.ts`
 *        fresh.json     only while `run --fresh` removes all of this: `fresh.ts`
 *
 * One process owns the folder. The lock is the operating system's and ends with the process, however that ends, so no stale
 * lock is ever left.
 *
 * Version 1 is that of tailrace 0.1.0. A folder of version 1 is read as it is, and gets version 2 when a process owns it:
 * an older tailrace would misread the marks that are written from then on (`positions.ts`).
 */
import { dirname } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { type Disk, type DiskLock, readWhole, replaceFile } from '../base/disk/disk.ts'
import { Failure } from '../base/failure.ts'
import type { Random } from '../base/random.ts'
import { parseObject } from './checked-json.ts'
import { isHalfFresh, makeFresh, refuseHalfFresh } from './fresh.ts'
import { FORMAT, type FolderIdentity, formatText, identityOf, isFormatWhole, newId, OWNER } from './identity.ts'

const FORMAT_VERSION = 2
/** The oldest version that is read. */
const OLDEST_VERSION = 1

const LOCK = 'lock'
/** Files that a crash during the set-up may leave without `format.json`. */
const SET_UP_FILES: readonly string[] = [LOCK, `${LOCK}-journal`, OWNER, `${FORMAT}.new`]

/** The files by which a process owns a folder: they stay as long as it does. */
export const OWN_FILES: readonly string[] = [FORMAT, ...SET_UP_FILES]

/** The folder in a data folder that belongs to a sink alone. */
export const scratchOf = (folder: string, sink: string): string => `${folder}/sinks/${sink}`

/** A folder that this process owns until it is disposed of. */
export type DataFolder = {
  readonly path: string
  readonly disk: Disk
  readonly identity: FolderIdentity
  /** Throws a Failure ('in-use') where the lock was removed: another process may own the folder, too. */
  checkOwned?(): void
  /** Whether a `run --fresh` had been interrupted, and was finished now. */
  readonly hasFinishedFresh: boolean
  [Symbol.dispose](): void
}

/**
 * Locks a folder and sets it up if it is new. Where a `run --fresh` was interrupted, finishes it first. Rejects with a Failure
 * if the folder is in use, foreign, damaged or of another version.
 */
export async function ownDataFolder(disk: Disk, folder: string, clock: Clock, random: Random): Promise<DataFolder> {
  await disk.mkdir(folder)
  refuseForeign(disk, folder)
  if (!disk.list(folder).includes(FORMAT)) await syncParents(disk, folder)
  const lock = disk.lock(`${folder}/${LOCK}`)
  if (lock === undefined) throw inUse(disk, folder)
  let hasFinishedFresh = false
  try {
    writeOwner(disk, folder, clock)
    hasFinishedFresh = isHalfFresh(disk, folder)
    if (hasFinishedFresh) await makeFresh(disk, folder, OWN_FILES)
    const isCurrent = disk.list(folder).includes(FORMAT) && checkFormatFile(disk, folder) === FORMAT_VERSION
    const { id } = identityOf(disk, folder)
    if (!isCurrent || id === undefined) {
      const content = formatText('tailrace', FORMAT_VERSION, id ?? newId(clock, random))
      await replaceFile(disk, `${folder}/${FORMAT}`, Buffer.from(content))
    }
    await disk.syncFolder(folder)
  } catch (error) {
    lock.release()
    throw error
  }
  const checkOwned = () => {
    if (lock.isHeld?.() !== false) return
    throw new Failure('in-use', `${folder}/${LOCK} was removed or replaced while this process owned the folder`, {
      hint: 'Another process may write to it, too. Stop all that do, look at it with tailrace fsck, and start again. Leave the file alone.',
    })
  }
  const identity = identityOf(disk, folder)
  return { path: folder, disk, identity, hasFinishedFresh, checkOwned, [Symbol.dispose]: () => lock.release() }
}

/**
 * Makes the names of the folder and its parents durable: a process that was killed while it made them may not have. A
 * parent that this process may not read is passed over: no folder can have been made in it.
 */
async function syncParents(disk: Disk, folder: string): Promise<void> {
  for (let child = folder, parent = dirname(child); parent !== child; child = parent, parent = dirname(child)) {
    await disk.syncFolder(parent).catch((error) => {
      if (!(error instanceof Failure && error.code === 'denied')) throw error
    })
  }
}

/** Refuses a folder that has files of another kind. */
function refuseForeign(disk: Disk, folder: string): void {
  const names = disk.list(folder)
  if (names.includes(FORMAT)) return
  const foreign = names.find((name) => !SET_UP_FILES.includes(name))
  if (foreign === undefined) return
  throw new Failure('usage', `${folder} is not a data folder of tailrace: it has ${foreign}, but no ${FORMAT}`, {
    hint: 'Name an empty folder, or one that does not exist.',
  })
}

/** The version of a data folder. Throws a Failure if it is none, or has a version that is not read. */
export function checkFormatFile(disk: Disk, folder: string): number {
  const path = `${folder}/${FORMAT}`
  const bytes = readWhole(disk, path)
  if (bytes === undefined) {
    throw new Failure('usage', `${folder} is not a data folder of tailrace: it has no ${FORMAT}`, {
      hint: 'Has the pipeline run? Else name the folder that has topics and groups in it, or the pipeline file.',
    })
  }
  refuseHalfFresh(disk, folder)
  const found = parseObject(bytes) ?? {}
  const { product, version } = found
  const isKnown = typeof version === 'number' && version >= OLDEST_VERSION && version <= FORMAT_VERSION
  if (product === 'tailrace' && isKnown && Number.isSafeInteger(version)) {
    if (isFormatWhole(found)) return version
    throw new Failure('corrupt', `${path} is damaged: its checksum does not match`, {
      hint: `Put back a copy, or write {"product":"tailrace","version":${version}} into it: the folder gets a new id then.`,
    })
  }
  if (product !== 'tailrace' || !Number.isSafeInteger(version)) {
    throw new Failure('corrupt', `${path} does not say what version the data folder has`, {
      hint: `It should be {"product":"tailrace","version":N}, with ${FORMAT_VERSION} for this tailrace.`,
    })
  }
  throw new Failure(
    'usage',
    `${folder} has version ${version} of the data folder; this tailrace reads ${FORMAT_VERSION}`,
    {
      hint: 'Use the tailrace that wrote it, or name another folder.',
    },
  )
}

/** The process that owns the folder, in words; undefined if there is none. */
export function ownerOf(disk: Disk, folder: string): string | undefined {
  if (!disk.list(folder).includes(LOCK)) return undefined
  const lock = disk.lock(`${folder}/${LOCK}`)
  lock?.release()
  return lock === undefined ? whoOwns(disk, folder) : undefined
}

/**
 * The same, for a command that looks again and again: as long as the process that owned the folder last is gone, the lock is
 * left alone, so that no process which starts meanwhile finds it taken.
 */
export function livingOwner(disk: Disk, folder: string): string | undefined {
  const { pid } = parseObject(readWhole(disk, `${folder}/${OWNER}`) ?? new Uint8Array(0)) ?? {}
  if (typeof pid !== 'number' || !isAlive(pid)) return undefined
  try {
    return ownerOf(disk, folder)
  } catch (error) {
    // Another user may not lock the folder.
    if (error instanceof Failure && error.code === 'denied') return whoOwns(disk, folder)
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Locks a folder that is set up, for a repair. Throws a Failure if it is in use. */
export function lockDataFolder(disk: Disk, folder: string, clock: Clock): DiskLock {
  const lock = disk.lock(`${folder}/${LOCK}`)
  if (lock === undefined) throw inUse(disk, folder)
  writeOwner(disk, folder, clock)
  return lock
}

function writeOwner(disk: Disk, folder: string, clock: Clock): void {
  const file = disk.open(`${folder}/${OWNER}`, 'write')
  try {
    file.truncate(0)
    const owner = JSON.stringify({ pid: process.pid, since: new Date(clock.now()).toISOString() })
    file.write([Buffer.from(`${owner}\n`)], 0)
  } finally {
    file.close()
  }
}

function inUse(disk: Disk, folder: string): Failure {
  return new Failure('in-use', `the data folder ${folder} is in use by ${whoOwns(disk, folder)}`, {
    hint: 'Stop that process, or name another folder.',
  })
}

function whoOwns(disk: Disk, folder: string): string {
  const { pid, since } = parseObject(readWhole(disk, `${folder}/${OWNER}`) ?? new Uint8Array(0)) ?? {}
  return typeof pid === 'number' ? `process ${pid}, since ${String(since)}` : 'another process'
}
