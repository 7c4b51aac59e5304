/** Reads the lines of files, plain or compressed, and of standard input. */
import { closeSync, createReadStream, openSync, type ReadStream, readSync } from 'node:fs'
import { Failure } from '../base/failure.ts'
import type { Packing } from '../bytes/byte-kind.ts'
import { kindOfBytes } from '../bytes/kind.ts'
import { HOLE_BYTES } from '../bytes/nuls.ts'
import { type ReadAgain, refusal } from '../bytes/refusal.ts'
import { textOf, textOfAgain } from '../bytes/text.ts'
import type { Fault } from '../bytes/unpack.ts'
import { whyUnreadable } from '../source/file/find.ts'
import type { LineReader, LineTaker } from './line-reader.ts'

export type Compression = Packing | undefined

export type LineRange = { readonly from: number; readonly to: number }

/** Where reading begins: the bytes before a range, a line end or a hole, tell whether a line begins at its start. */
export const startOf = ({ from }: Pick<LineRange, 'from'>): number => Math.max(0, from - HOLE_BYTES - 1)

/**
 * Reads the lines of a plain file whose first byte is in [from, to), in this thread: the page cache answers at once. Throws as
 * `readFailure`.
 */
export function readByteRange(path: string, range: LineRange, reader: LineReader, taker: LineTaker): void {
  const file = openFile(path)
  try {
    const start = startOf(range)
    reader.begin(taker, start, range)
    for (let position = start; ; ) {
      const space = reader.space()
      const count = readSync(file, space, 0, space.length, position)
      if (count === 0) {
        reader.end()
        return
      }
      position += count
      if (!reader.advance(count)) return
    }
  } catch (error) {
    throw readFailure(path, error)
  } finally {
    closeSync(file)
  }
}

/** Text that is read as it comes, with a name for messages. Once it has ended, `faults` has what was not right. */
export type InputStream = {
  readonly name: string
  readonly bytes: AsyncIterable<Uint8Array>
  readonly faults: Fault[]
  /** Closes a stream of which only the head was read. */
  readonly close?: () => Promise<void>
}

/** All lines of a file. */
const WHOLE: LineRange = { from: 0, to: Number.POSITIVE_INFINITY }

/**
 * Reads the lines of a stream whose first byte is in a range, and then closes it. The stream begins where `startOf` of the
 * range says. Half a line before damage is left out. Throws as `readFailure`.
 */
export async function readStream(
  { name, bytes, faults }: InputStream,
  reader: LineReader,
  taker: LineTaker,
  range: LineRange = WHOLE,
): Promise<void> {
  reader.begin(taker, startOf(range), range)
  try {
    for await (const chunk of bytes) {
      for (let from = 0; from < chunk.length; ) {
        const space = reader.space()
        const count = Math.min(space.length, chunk.length - from)
        space.set(chunk.subarray(from, from + count))
        from += count
        if (!reader.advance(count)) return
      }
    }
    if (faults.every(({ kind }) => kind === 'rest')) reader.end()
  } catch (error) {
    throw readFailure(name, error)
  }
}

/** The text of bytes that come once. */
export function textStream(name: string, bytes: AsyncIterable<Uint8Array>): InputStream {
  const faults: Fault[] = []
  return { name, faults, bytes: textOf(bytes, { name, fault: (fault) => faults.push(fault), again: pipedAgain }) }
}

const pipedAgain: ReadAgain = (_, filter) => filter && `… | ${filter} | tailrace query … -`

/** The text of bytes that `open` gives again from their start, unpacked. */
export function unpackedStream(name: string, open: () => AsyncIterable<Uint8Array>): InputStream {
  const faults: Fault[] = []
  return { name, faults, bytes: textOfAgain(open, { name, fault: (fault) => faults.push(fault) }) }
}

/** The bytes of a packed file, as it has them on disk. */
export const packedFile = (path: string): ReadStream => createReadStream(path, { highWaterMark: 1 << 18 })

/** How a file with this head is packed. Throws a Failure `not-text` for one that is not read. */
export function compressionBy(path: string, head: Uint8Array): Compression {
  const kind = kindOfBytes(head)
  if (kind.kind === 'other') throw refusal(path, kind)
  return kind.kind === 'packed' ? kind.packing : undefined
}

/** Up to `most` bytes from the start of a file. Throws as `readFailure`. */
export function firstBytes(path: string, most: number): Uint8Array {
  const bytes = new Uint8Array(most)
  const file = openFile(path)
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, most, 0))
  } catch (error) {
    throw readFailure(path, error)
  } finally {
    closeSync(file)
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw readFailure(path, error)
  }
}

/**
 * The Failure for an error of reading a file or stream: `not-found`, `denied`, `usage` (a folder) or `io`. Other errors are returned as they are.
 */
export function readFailure(path: string, error: unknown): Failure {
  if (error instanceof Failure) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new Failure('not-found', `no such file: ${path}`, { cause: error })
  if (code === 'EACCES' || code === 'EPERM') {
    return new Failure('denied', `${path} ${whyUnreadable(error)}`, { cause: error })
  }
  if (code === 'EISDIR') {
    return new Failure('usage', `${path} is a folder`, { hint: `Name its files: '${path}/*'.`, cause: error })
  }
  return error instanceof Error && code !== undefined
    ? new Failure('io', `${path} ${whyUnreadable(error)}`, { cause: error })
    : (error as Failure)
}
