/** Reads the lines of files, plain or compressed, and of standard input. */
import { closeSync, createReadStream, openSync, type ReadStream, readSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { Failure } from '../base/failure.ts'
import type { LineReader, LineTaker } from './line-reader.ts'

export type Compression = 'gzip' | 'zstd' | undefined

/** Bytes from which `magicOf` knows a packed file. */
export const MAGIC_BYTES = 4
const DECOMPRESSED_CHUNK = 1 << 20

export type LineRange = { readonly from: number; readonly to: number }

/** Where reading begins: the byte before a range tells whether a line begins at its start. */
export const startOf = ({ from }: Pick<LineRange, 'from'>): number => Math.max(0, from - 1)

/**
 * Reads the lines of a plain file whose first byte is in [from, to), in this thread: the page cache answers at once. Throws as
 * `readFailure`.
 */
export function readByteRange(path: string, range: LineRange, reader: LineReader, taker: LineTaker): void {
  const { from, to } = range
  const file = openFile(path)
  try {
    const start = startOf(range)
    reader.begin(taker, start, to, from === 0)
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

/** Bytes that can be read only once, with a name for messages. */
export type InputStream = { readonly name: string; readonly bytes: Readable }

/** All lines of a file. */
const WHOLE: LineRange = { from: 0, to: Number.POSITIVE_INFINITY }

/**
 * Reads the lines of a stream whose first byte is in a range, and then destroys it. The stream begins where `startOf` of the
 * range says. Throws as `readFailure`.
 */
export async function readStream(
  { name, bytes }: InputStream,
  reader: LineReader,
  taker: LineTaker,
  { from, to }: LineRange = WHOLE,
): Promise<void> {
  reader.begin(taker, startOf({ from }), to, from === 0)
  try {
    for await (const chunk of bytes) {
      for (let from = 0; from < chunk.length; ) {
        const space = reader.space()
        const count = chunk.copy(space, 0, from)
        from += count
        if (!reader.advance(count)) return
      }
    }
    reader.end()
  } catch (error) {
    throw readFailure(name, error)
  } finally {
    bytes.destroy()
  }
}

/** The bytes of a compressed file, still packed. */
export const packedFile = (path: string): ReadStream => createReadStream(path, { highWaterMark: 1 << 18 })

/** The bytes of a compressed file, unpacked. */
export const unpackedFile = (path: string, compression: Compression): Readable =>
  decompressed(packedFile(path), compression)

/** The unpacked bytes of a stream. Destroying the result destroys the stream. */
export function decompressed(input: Readable, compression: Compression): Readable {
  if (compression === undefined) return input
  // Loaded only when something is packed: otherwise every start of the program would pay for it.
  const { createGunzip, createZstdDecompress } = process.getBuiltinModule('node:zlib')
  const options = { chunkSize: DECOMPRESSED_CHUNK }
  const unpack = compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options)
  input.on('error', (error) => unpack.destroy(error))
  unpack.on('close', () => input.destroy())
  return input.pipe(unpack)
}

/** The compression that the name of a file says. */
export const packingOf = (path: string): Compression =>
  path.endsWith('.gz') ? 'gzip' : path.endsWith('.zst') ? 'zstd' : undefined

/** The compression of a file, by its name or its first bytes, with which no log begins. Throws as `readFailure`. */
export function compressionOf(path: string): Compression {
  const named = packingOf(path)
  if (named !== undefined) return named
  const bytes = firstBytes(path, MAGIC_BYTES)
  return bytes.length === MAGIC_BYTES ? magicOf(bytes) : undefined
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

/** The compression whose files begin with these bytes; undefined if there is none. */
export function magicOf(bytes: Uint8Array): Compression {
  const begins = (...magic: number[]) => magic.every((byte, index) => bytes[index] === byte)
  if (begins(0x1f, 0x8b, 8)) return 'gzip'
  return begins(0x28, 0xb5, 0x2f, 0xfd) ? 'zstd' : undefined
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw readFailure(path, error)
  }
}

/**
 * The Failure for an error of reading a file or stream: `not-found`, `denied`, `usage` (a folder), `corrupt` (cannot be
 * decompressed) or `io`. Other errors are returned as they are.
 */
export function readFailure(path: string, error: unknown): Failure {
  if (error instanceof Failure) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new Failure('not-found', `${path} is not there`, { cause: error })
  if (code === 'EACCES' || code === 'EPERM') {
    return new Failure('denied', `${path} may not be read by this user`, { cause: error })
  }
  if (code === 'EISDIR') {
    return new Failure('usage', `${path} is a folder`, { hint: `Name its files: '${path}/*'.`, cause: error })
  }
  if (code?.startsWith('Z_') || code?.startsWith('ZSTD_') || code === 'ERR_ZLIB_ZSTD') {
    return new Failure('corrupt', `${path} cannot be decompressed: ${message}`, { cause: error })
  }
  return error instanceof Error && code !== undefined
    ? new Failure('io', `${path} cannot be read: ${message}`, { cause: error })
    : (error as Failure)
}
