/** Bytes that are packed, by gzip or zstd: unpacked as they are read, piece by piece. */
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Failure } from '../../base/failure.ts'

const PIECE_BYTES = 256 * 1024

export type Packing = 'gzip' | 'zstd'

/** How a file of this name is packed; undefined where it is not. */
export function packingOfName(name: string): Packing | undefined {
  return name.endsWith('.gz') ? 'gzip' : name.endsWith('.zst') ? 'zstd' : undefined
}

/** How bytes that start like this are packed, by the magic numbers of RFC 1952 and RFC 8878. */
export function packingOfBytes(head: Uint8Array): Packing | undefined {
  const magic = Buffer.from(head.subarray(0, 4)).toString('hex')
  return magic.startsWith('1f8b') ? 'gzip' : magic === '28b52ffd' ? 'zstd' : undefined
}

/**
 * The unpacked bytes of a file from `position` on. Throws a Failure: `corrupt` where they cannot be unpacked, `not-found`
 * where its device and inode are not `id`.
 */
export async function* readPacked(
  path: string,
  packing: Packing,
  position: number,
  id?: string,
): AsyncGenerator<Uint8Array> {
  const handle = await open(path)
  try {
    const { dev, ino } = await handle.stat({ bigint: true })
    if (id !== undefined && id !== `${dev}:${ino}`) throw new Failure('not-found', `${path} is another file by now`)
    const packed = handle.createReadStream({ highWaterMark: PIECE_BYTES, autoClose: false })
    yield* unpack(packed, packing, path, position)
  } finally {
    await handle.close()
  }
}

/** Unpacked bytes from position `from` on. Throws a Failure `corrupt`; `name` is how it calls the bytes. */
export async function* unpack(
  packed: AsyncIterable<Uint8Array>,
  packing: Packing,
  name: string,
  from = 0,
): AsyncGenerator<Uint8Array> {
  const options = { chunkSize: PIECE_BYTES }
  const unpacker = packing === 'gzip' ? createGunzip(options) : createZstdDecompress(options)
  const input = packed instanceof Readable ? packed : Readable.from(packed)
  input.on('error', (error) => unpacker.destroy(error))
  let position = 0
  try {
    for await (const piece of input.pipe(unpacker) as AsyncIterable<Uint8Array>) {
      position += piece.length
      if (position > from) yield piece.subarray(Math.max(0, piece.length - (position - from)))
    }
  } catch (error) {
    throw isDamage(error)
      ? new Failure('corrupt', `${name} cannot be unpacked after ${position} bytes of its text: ${error.message}`, {
          cause: error,
          hint: 'it is damaged, cut short, or not what its name says',
        })
      : error
  } finally {
    input.destroy()
  }
}

const isDamage = (error: unknown): error is Error =>
  /^(Z_|ZSTD_|ERR_ZSTD)/.test((error as { code?: string }).code ?? '')
