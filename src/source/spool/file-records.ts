/** Opens a file of a spool folder and gives its records, as the options of the source say. */
import { type FileHandle, open } from 'node:fs/promises'
import { refusal } from '../../bytes/refusal.ts'
import type { Fault } from '../../bytes/unpack.ts'
import { cutterAt } from '../file/cutter-at.ts'
import { type FoundFile, fileId, seenOf } from '../file/find.ts'
import type { LeftOutFiles } from '../file/left-out.ts'
import { kindOfFile, toFile } from '../file/packed.ts'
import { printOfPlain } from '../file/print.ts'
import { READ_BYTES } from '../file/read.ts'
import { fitting, longestLine, type SourceContext } from '../source.ts'
import { type FilePiece, linesOfFile, wholeOf } from './contents.ts'
import type { TakenFile } from './place.ts'

/** What becomes a record: each line, or each file. */
export type RecordOptions = {
  readonly record: 'line' | 'file'
  readonly max_line: number
  readonly max_record: number
}

export type OpenFound = { readonly found: FoundFile; readonly handle: FileHandle }

type Reading = {
  readonly options: RecordOptions
  readonly context: SourceContext
  readonly leftOut: LeftOutFiles
  /** Takes what is wrong with a packed file, before its last piece. */
  fault(fault: Fault): void
}

/** The records of a file from a position of its text on. Throws a Failure for what is no record, or refused. */
export async function* recordsOfFile(
  { found, handle }: OpenFound,
  position: number,
  { options, context, leftOut, fault }: Reading,
): AsyncGenerator<FilePiece> {
  const { record, max_line, max_record } = options
  const kind = await kindOfFile(handle)
  if (kind?.kind === 'other' && record === 'line') throw refusal(found.path, kind, toFile)
  const file = { ...found, handle, packing: kind?.kind === 'packed' ? kind.packing : undefined, fault }
  if (record === 'file') {
    yield* wholeOf(file, longestLine(max_record, context, 'max_record'))
    return
  }
  const cutter = cutterAt(longestLine(max_line, context), leftOut, context)(found.path, position)
  yield* linesOfFile(file, { cutter, readBytes: fitting(READ_BYTES, context) })
}

/** What an open file is known by; undefined where it is not as it was found, so that the next look judges it. */
export async function printOfFound({
  found: { id, seen, size },
  handle,
}: OpenFound): Promise<Pick<TakenFile, 'id' | 'seen' | 'print'> | undefined> {
  const now = await handle.stat({ bigint: true })
  const print = printOfPlain(handle.fd, size)
  if (print === undefined || fileId(now) !== id || seenOf(now) !== seen) return undefined
  return { id, seen, print: print.head + print.tail }
}

/** Whether a file begins with all that it had when it was taken, as far as its print tells. */
export async function hasGrown({ whole }: FoundFile, { seen, print }: TakenFile): Promise<boolean> {
  await using handle = await open(whole)
  const found = printOfPlain(handle.fd, Number.parseInt(seen, 10))
  return found !== undefined && found.head + found.tail === print
}
