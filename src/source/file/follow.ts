/**
 * One file that is followed, whatever it is called by now: an open handle goes on reading it when it is renamed or removed.
 * Its lines are counted from its own start, so where they lie does not depend on what other files are read beside it.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { Records } from '../../record/column.ts'
import type { LineCutter } from '../../record/line-cutter.ts'
import type { ChunkPool } from '../chunk-pool.ts'
import { readStreamLines } from '../stream-lines.ts'
import { type FoundFile, isStill } from './find.ts'
import { type Packing, packingOfName, readPacked } from './packed.ts'
import type { FilePlace } from './place.ts'
import { HEAD_BYTES, hasPrint, hasTail, type Print, PrintBuilder, printOf, printOfMore, type Text } from './print.ts'

/** Each chunk is one commit: a few syncs of the device, which cost as much as some thousand lines do. */
export const CHUNK_BYTES: number = 2 << 20
const LEAST_READ = 4096
/** So much of a packed file is read to know it again. */
const PACKED_PRINT_BYTES = 1 << 20
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
  /** When something of it was read last, or its text was lost. */
  grewAt: number
  /** Where its text is not there any more, nor a copy that was found yet: what is said when it is given up. */
  lost: { readonly warning: string | undefined; searches: number } | undefined
}

/** What reading needs to know of the run. */
export type Reading = { readonly chunks: ChunkPool; readonly signal: AbortSignal; readonly take: Take }

/** A file that has the text of another; `print` where it has less of it than was read: that of all it has. */
export type Copy = { readonly here: FoundFile; readonly print?: Print | undefined }

export type CutterAt = (path: string, offset: number) => LineCutter

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
    lost: undefined,
  }
}

/** Whether anything was read of it, so that it is known what it is. */
export const isRead = ({ position, part }: Followed): boolean => position > 0 || part !== undefined

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

/** Goes on in another file that has the same text: a copy, perhaps packed. `print` is of all that it has, if that is less. */
export async function moveTo(file: Followed, { here, print: shorter }: Copy, cutter: CutterAt): Promise<void> {
  await closeFollowed(file)
  const { path, whole, id } = here
  const { offset } = file.cutter
  const at = cutter(path, Math.min(offset, shorter?.at ?? offset))
  const print = shorter ?? file.print
  const packing = packingOfName(path)
  Object.assign(file, { path, whole, id, print, packing, cutter: at, position: at.offset, seen: '', lost: undefined })
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

export const textOf = ({ packing, whole, handle }: Followed): Text =>
  packing === undefined ? { fd: handle?.fd ?? -1 } : { path: whole, packing }

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
    const read = chunk.bytes.subarray(0, kept + bytesRead)
    const at = file.position + bytesRead
    // Asked after the read: it may have been cut and filled anew beyond here since it was looked at.
    const isSameText = file.print === undefined || hasTail(handle.fd, file.print)
    const print = bytesRead > 0 && isSameText ? printOfMore(handle.fd, at, file.print, read) : undefined
    // Without a print a copy would not be known as one. The file was cut since: the next look searches for the rest.
    if (print === undefined) {
      chunk.lines.lease?.release()
      break
    }
    file.position = at
    file.print = print
    await reading.take(file, cutter.lines(cutter.cut(read), chunk.lines))
  }
  return file.position > began
}

async function readPackedOn(file: Followed, packing: Packing, { signal, take }: Reading): Promise<boolean> {
  const { offset } = file.cutter
  const text = readPacked(file.whole, packing, offset, file.id)
  file.done = await readStreamLines(offset === 0 ? printed(file, text) : text, file.cutter, signal, (lines) => {
    return take(file, lines)
  })
  file.position = file.cutter.offset
  return true
}

/** The same text, whose print is noted as it is read: of its start only, as packed files do not grow. */
async function* printed(file: Followed, text: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const builder = new PrintBuilder()
  for await (const chunk of text) {
    const { at } = builder.print()
    builder.add(chunk.subarray(0, PACKED_PRINT_BYTES - at))
    if (at < PACKED_PRINT_BYTES && at + chunk.length > (file.print?.at ?? 0)) file.print = builder.print()
    yield chunk
  }
}

/** What the place keeps of it; undefined until it has a number. */
export function placeOf({ part, print, line, path, id, cutter, done }: Followed): [string, FilePlace] | undefined {
  if (part === undefined || print === undefined) return undefined
  return [part, { line, path, id, offset: cutter.offset, print, ...(done ? { done } : {}) }]
}
