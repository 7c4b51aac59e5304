/**
 * One file that is followed, whatever it is called by now: an open handle goes on reading it when it is renamed or removed.
 * Its lines are counted from its own start, so where they lie does not depend on what other files are read beside it.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { Records } from '../record/column.ts'
import type { ChunkPool } from './chunk-pool.ts'
import { type FoundFile, isStill } from './file-find.ts'
import { type Packing, packingOfName, readPacked } from './file-packed.ts'
import type { FilePlace } from './file-place.ts'
import { HEAD_BYTES, hasPrint, NO_PRINT, type Print, printOf, printOfPlain, type Text } from './file-print.ts'
import { readStreamLines } from './stream-lines.ts'
import type { LineCutter } from './whole-lines.ts'

export const CHUNK_BYTES: number = 2 << 20
const LEAST_READ = 4096
/** Files kept open; beyond, those that have not grown for longest are closed until they grow. */
const MAX_OPEN = 512

export type Followed = {
  /** Its number in the place, given with its first lines. */
  part: string | undefined
  /** As the pattern gave it, and in full. */
  path: string
  whole: string
  id: string
  packing: Packing | undefined
  handle: FileHandle | undefined
  cutter: LineCutter
  /** How far it was read: to the end of the last line taken, and half a line more. */
  position: number
  line: number
  /** Of the text as far as it was read; undefined until something was. */
  print: Print | undefined
  /** Its size and time of change when it was looked at last. */
  seen: string
  /** Where its text ends for good, because the file was cut there. */
  limit: number
  /** A packed file that was read to its end. */
  done: boolean
  /** Whether it is under no name any more that the source asks for. */
  detached: boolean
  /** Whether the pattern was asked once more before it is given up. */
  searched: boolean
  /** When something of it was read last. */
  grewAt: number
}

/** What reading needs to know of the run. */
export type Reading = { readonly chunks: ChunkPool; readonly signal: AbortSignal; readonly take: Take }

/** Takes lines of a file over, once its place is noted. */
export type Take = (file: Followed, lines: Records) => Promise<void>

export function follow({ path, whole, id }: FoundFile, cutter: LineCutter, now: number): Followed {
  return {
    part: undefined,
    path,
    whole,
    id,
    packing: packingOfName(path),
    handle: undefined,
    cutter,
    position: cutter.offset,
    line: 0,
    print: undefined,
    seen: '',
    limit: Number.POSITIVE_INFINITY,
    done: false,
    detached: false,
    searched: false,
    grewAt: now,
  }
}

/** Opens it where it is not; false where another file is under its name by now. */
export async function openFollowed(file: Followed): Promise<boolean> {
  if (file.handle !== undefined || file.packing !== undefined) return true
  const handle = await open(file.whole).catch((error) => (error.code === 'ENOENT' ? undefined : Promise.reject(error)))
  if (handle === undefined) return false
  const { dev, ino } = await handle.stat({ bigint: true })
  if (`${dev}:${ino}` === file.id) {
    file.handle = handle
    return true
  }
  await handle.close()
  return false
}

export async function closeFollowed(file: Followed): Promise<void> {
  const { handle } = file
  file.handle = undefined
  await handle?.close()
}

/** Closes some where too many are open; what has no name any more must stay open. */
export async function closeQuiet(followed: readonly Followed[]): Promise<void> {
  const open = followed.filter(({ handle, detached }) => handle !== undefined && !detached)
  if (open.length <= MAX_OPEN) return
  open.sort((a, b) => a.grewAt - b.grewAt)
  for (const quiet of open.slice(0, open.length - MAX_OPEN)) await closeFollowed(quiet)
}

/** Whether no name leads to it any more. */
export async function isRemoved({ handle }: Followed): Promise<boolean> {
  return handle === undefined || (await handle.stat()).nlink === 0
}

/** Goes on in another file that has the same text: a copy, perhaps packed. */
export async function moveTo(file: Followed, copy: FoundFile, cutter: LineCutter): Promise<void> {
  await closeFollowed(file)
  const { path, whole, id } = copy
  Object.assign(file, { path, whole, id, cutter, packing: packingOfName(path), position: cutter.offset, seen: '' })
}

/** Whether the file still begins with the text that was read of it. */
export async function isUnchanged(file: Followed, found: FoundFile): Promise<boolean> {
  if (found.seen === file.seen) return true
  if (file.print === undefined) return found.size >= file.position
  if (!(await openFollowed(file))) return true
  return (await hasPrint(textOf(file), file.print)) || !(await isStill(found))
}

/** Whether the file begins with the text that was read of it, but was cut: `size` bytes are left, enough to be sure. */
export async function isCut(file: Followed, size: number): Promise<boolean> {
  const { print } = file
  if (print === undefined || size >= print.at || size < HEAD_BYTES || file.packing !== undefined) return false
  return (await printOf(textOf(file), HEAD_BYTES))?.head === print.head
}

const textOf = ({ packing, whole, handle }: Followed): Text =>
  packing === undefined ? { fd: handle?.fd ?? -1 } : { path: whole, packing }

/** Whether a file that is not followed has the text that was read of this one. */
export async function isCopy(found: FoundFile, print: Print): Promise<boolean> {
  if (print.at === 0) return false
  const copy = await printOfFound(found, print.at)
  return copy?.head === print.head && copy.tail === print.tail
}

export async function printOfFound({ path, whole, size }: FoundFile, at: number): Promise<Print | undefined> {
  const packing = packingOfName(path)
  if (packing !== undefined) return printOf({ path: whole, packing }, at)
  const handle = size < at ? undefined : await open(whole).catch(() => undefined)
  try {
    return handle === undefined ? undefined : await printOf({ fd: handle.fd }, at)
  } finally {
    await handle?.close()
  }
}

/** Reads what the file has beyond what was read of it; false where that is nothing. */
export async function readOn(file: Followed, reading: Reading): Promise<boolean> {
  const began = file.position
  if (file.packing !== undefined) return file.done ? false : readPackedOn(file, file.packing, reading)
  if (!(await openFollowed(file)) || file.handle === undefined) return false
  const { handle, cutter } = file
  const end = Math.min((await handle.stat()).size, file.limit)
  while (file.position < end && !reading.signal.aborted) {
    const kept = cutter.kept
    const free = Math.min(CHUNK_BYTES, Math.max(LEAST_READ, end - file.position), file.limit - file.position)
    const chunk = reading.chunks.take(kept + free)
    cutter.begin(chunk.bytes)
    const { bytesRead } = await handle.read(chunk.bytes, kept, free, file.position)
    if (bytesRead === 0) {
      chunk.lines.lease?.release()
      break
    }
    file.position += bytesRead
    file.print = printOfPlain(handle.fd, file.position) ?? file.print
    await reading.take(file, cutter.lines(cutter.cut(chunk.bytes.subarray(0, kept + bytesRead)), chunk.lines))
  }
  return file.position > began
}

async function readPackedOn(file: Followed, packing: Packing, { signal, take }: Reading): Promise<boolean> {
  const text = readPacked(file.whole, packing, file.cutter.offset, file.id)
  file.done = await readStreamLines(text, file.cutter, signal, (lines) => take(file, lines))
  file.position = file.cutter.offset
  return true
}

/** Packed files do not grow, so their start is enough to know them again. */
export async function notePrint(file: Followed): Promise<void> {
  const { packing, cutter, whole } = file
  if (packing !== undefined) file.print ??= await printOf({ path: whole, packing }, Math.min(HEAD_BYTES, cutter.offset))
  file.print ??= NO_PRINT
}

/** What the place keeps of it; undefined until it has a number. */
export function placeOf({ part, print, line, path, id, cutter, done }: Followed): [string, FilePlace] | undefined {
  if (part === undefined || print === undefined) return undefined
  return [part, { line, path, id, offset: cutter.offset, print, done }]
}
