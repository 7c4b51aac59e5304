/**
 * The place from which files are read when what they have already is not wanted, or only the newest part of it: as if an
 * earlier run had read everything before. So a rotation that comes right after the start loses nothing.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { EventTime } from '../../base/quantity.ts'
import type { Records } from '../../record/column.ts'
import { makeRecords } from '../../record/lines-split.ts'
import { linesWithin } from '../../record/lines-within.ts'
import { findAll } from '../../source/file/find.ts'
import { kindOfFile } from '../../source/file/packed.ts'
import type { FilesPlace } from '../../source/file/place.ts'
import { NO_PRINT, printOfPlain } from '../../source/file/print.ts'
import type { LineForm } from '../../source/source.ts'

/** Bytes of a look into a file: some lines, whatever their length usually is. */
const LOOK_BYTES = 64 << 10
const NEWLINE = 10

/** Where the lines begin that are wanted: those to come, or those of a time and later ones. */
export type WantedLines = { readonly kind: 'to come' } | { readonly kind: 'since'; readonly time: EventTime }

type Form = Pick<LineForm, 'firstTime' | 'timeAt'>

/**
 * The place in these files before the lines that are wanted. Lines are found by halving, as those of a log come in order of
 * time. A packed file that was last written to before the time is taken as read; another is read whole.
 */
export async function filesPlaceBefore(
  paths: readonly string[],
  folder: string,
  wanted: WantedLines,
  form: Form | undefined,
): Promise<FilesPlace> {
  const parts: Record<string, FilesPlace['parts'][string]> = {}
  let next = 0
  for (const { path, whole, id, size, changed } of (await findAll(paths, folder)).values()) {
    await using handle = await open(whole)
    const kind = await kindOfFile(handle)
    const isOver = wanted.kind === 'to come' || changed < wanted.time
    const known = { line: 0, path, id, changed: Math.floor(changed) }
    if (kind?.kind === 'packed') {
      if (isOver) parts[next++] = { ...known, offset: 0, print: NO_PRINT, done: true, packed: size }
      continue
    }
    const offset = isOver
      ? await endOfLines(handle, size)
      : await offsetSince(handle, size, timeTest(wanted.time, form))
    const print = printOfPlain(handle.fd, offset)
    if (print !== undefined && offset > 0) parts[next++] = { ...known, offset, print }
  }
  return { line: 0, next, parts }
}

/** The position behind the last line that has ended. */
async function endOfLines(handle: FileHandle, size: number): Promise<number> {
  for (let to = size; to > 0; to -= LOOK_BYTES) {
    const from = Math.max(0, to - LOOK_BYTES)
    const at = (await bytesAt(handle, from, to)).lastIndexOf(NEWLINE)
    if (at >= 0) return from + at + 1
  }
  return 0
}

/** Whether the first of these lines that has a time is before the time that is wanted; undefined where none has one. */
type IsBefore = (lines: Records) => boolean | undefined

const timeTest =
  (time: EventTime, form: Form | undefined): IsBefore =>
  (lines) => {
    const found = form?.firstTime(lines)
    return found === undefined ? undefined : found < (form?.timeAt(time) ?? time)
  }

/** The position of the first line of the time, or behind all lines where they are before it. */
async function offsetSince(handle: FileHandle, size: number, isBefore: IsBefore): Promise<number> {
  let low = 0
  let high = size
  while (high - low > LOOK_BYTES) {
    const middle = low + Math.floor((high - low) / 2)
    const bytes = await bytesAt(handle, middle, Math.min(size, middle + LOOK_BYTES))
    const first = bytes.indexOf(NEWLINE) + 1
    // Where no line says when it was, the earlier half is looked at: rather some lines too many.
    if (first > 0 && middle + first < high && isBefore(linesOf(bytes.subarray(first))) === true) low = middle + first
    else high = middle
  }
  const bytes = await bytesAt(handle, low, Math.min(size, low + 2 * LOOK_BYTES))
  const lines = linesOf(bytes)
  let hasEarlier = false
  for (let line = 0; line < lines.count; line++) {
    const [start, end] = [lines.start[line] as number, lines.end[line] as number]
    const isEarlier = isBefore(linesOf(bytes.subarray(start, end + 1)))
    if (isEarlier === false) return low + start
    hasEarlier ||= isEarlier === true
  }
  // Where no line says when it was, all of them are wanted.
  return hasEarlier ? low + bytes.lastIndexOf(NEWLINE) + 1 : low
}

async function bytesAt(handle: FileHandle, from: number, to: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(new Uint8Array(to - from), 0, to - from, from)
  return buffer.subarray(0, bytesRead)
}

/** The lines that have ended. */
function linesOf(bytes: Uint8Array): Records {
  const ended = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1)
  const within = { limit: Number.POSITIVE_INFINITY, tooLong: () => undefined, position: 0, isStart: false }
  return linesWithin(ended, within, makeRecords(16))
}
