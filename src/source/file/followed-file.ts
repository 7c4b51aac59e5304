/** The file that a generation is read from. A plain file is kept open, so it is read on when it is renamed or removed. */
import { type FileHandle, open, stat } from 'node:fs/promises'
import { assert } from '../../base/assert.ts'
import type { Failure } from '../../base/failure.ts'
import { byteText } from '../../base/units.ts'
import type { Packing } from '../../bytes/byte-kind.ts'
import { refusal } from '../../bytes/refusal.ts'
import { type FoundFile, fileId, isStill } from './find.ts'
import { kindOfFile, toFile } from './packed.ts'
import { type FileBytes, type FilePrint, HEAD_BYTES, hasPrint, printOf } from './print.ts'

export type FollowedFile = {
  /** As the pattern gave it, and in full. */
  readonly path: string
  readonly whole: string
  /** Device and inode. */
  readonly id: string
  /** Its size and time of change when it was read last. */
  seen: string
  /** Whether its first bytes were enough to tell what it is. */
  isKnown: boolean
  /** How it is packed. */
  packing: Packing | undefined
  /** Why it is not read. */
  refused: Failure | undefined
  /** Open, if it is a plain file. */
  handle: FileHandle | undefined
}

/** A file that was found, not opened yet. */
export function followedFile({ path, whole, id }: FoundFile): FollowedFile {
  return {
    path,
    whole,
    id,
    seen: '',
    isKnown: false,
    packing: undefined,
    refused: undefined,
    handle: undefined,
  }
}

/** Opens a file that is not open, and finds out what it is; false where another file has its name by now. */
export async function openFile(file: FollowedFile): Promise<boolean> {
  if (file.packing !== undefined) return true
  if (file.handle === undefined && !(await openHandle(file))) return false
  if (!file.isKnown && file.handle !== undefined) await look(file, file.handle)
  return true
}

async function openHandle(file: FollowedFile): Promise<boolean> {
  const handle = await open(file.whole).catch((error) => (error.code === 'ENOENT' ? undefined : Promise.reject(error)))
  if (handle === undefined) return false
  if (fileId(await handle.stat({ bigint: true })) === file.id) {
    file.handle = handle
    return true
  }
  await handle.close()
  return false
}

/** Tells by its first bytes what a file is. */
async function look(file: FollowedFile, handle: FileHandle): Promise<void> {
  const kind = await kindOfFile(handle)
  file.refused = kind?.kind === 'other' ? refusal(file.path, kind, toFile) : undefined
  // One that is not read may yet be cut and written anew.
  file.isKnown = kind !== undefined && kind.kind !== 'other'
  if (kind?.kind !== 'packed') return
  file.packing = kind.packing
  file.handle = undefined
  await handle.close()
}

/** Whether the file is kept open; packed files never are. */
export const isOpen = (file: FollowedFile): boolean => file.handle !== undefined

/** When the file was written to last, ms since 1970; 0 where it is gone. */
export async function changedAt(file: FollowedFile): Promise<number> {
  const handle = file.packing === undefined ? file.handle : undefined
  const found = await (handle === undefined ? stat(file.whole) : handle.stat()).catch(() => undefined)
  return Math.floor(found?.mtimeMs ?? 0)
}

/** Whether no name leads to the file any more. */
export async function isRemoved(file: FollowedFile): Promise<boolean> {
  return file.packing !== undefined || file.handle === undefined || (await file.handle.stat()).nlink === 0
}

/** What was read of a file: how many bytes, and their print. */
type ReadBytes = { readonly print: FilePrint | undefined; readonly position: number }

/** Whether the file, as it is found now, still begins with the bytes that were read. */
export async function isUnchanged(
  file: FollowedFile,
  { print, position }: ReadBytes,
  now: FoundFile,
): Promise<boolean> {
  if (now.seen === file.seen) return true
  if (print === undefined) return now.size >= position
  if (!(await openFile(file))) return true
  return (await hasPrint(bytesIn(file), print)) || !(await isStill(now))
}

/** Whether the file was cut to `size` bytes: its beginning is as it was read, and long enough to be sure of it. */
export async function isCutTo(size: number, file: FollowedFile, { print }: ReadBytes): Promise<boolean> {
  if (print === undefined || size >= print.at || size < HEAD_BYTES || file.packing !== undefined) return false
  return (await printOf(bytesIn(file), HEAD_BYTES))?.head === print.head
}

/** What is said of a file that was cut, as far as can be told: a new text may begin with the first KiB of the old one. */
export const shortenedText = ({ path, size }: Pick<FoundFile, 'path' | 'size'>): string =>
  `${path} was cut to ${byteText(size)}, or written anew with the same beginning; only what comes behind is read`

/** Where the bytes of a file are read, unpacked. A plain file must be open. */
export function bytesIn(file: FollowedFile): FileBytes {
  if (file.packing !== undefined) return { path: file.whole, packing: file.packing }
  assert(file.handle !== undefined, 'a plain file is open when its bytes are compared')
  return { fd: file.handle.fd }
}
