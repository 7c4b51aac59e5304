/** Files that are packed: `.gz` and `.zst`. They are unpacked as they are read, a chunk at a time. */
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Failure } from '../base/failure.ts'

const CHUNK_BYTES = 256 * 1024

/** How bytes of a file of this name are unpacked; undefined: they are as they are. */
export function unpackerFor(name: string): NodeJS.ReadWriteStream | undefined {
  if (name.endsWith('.gz')) return createGunzip({ chunkSize: CHUNK_BYTES })
  if (name.endsWith('.zst')) return createZstdDecompress({ chunkSize: CHUNK_BYTES })
  return undefined
}

export const isPacked = (name: string): boolean => /\.(gz|zst)$/.test(name)

/** The text of a packed file from byte `offset` of the text on. */
export async function* readPacked(path: string, offset: number): AsyncGenerator<Uint8Array> {
  yield* unpack(createReadStream(path, { highWaterMark: CHUNK_BYTES }), path, offset)
}

/** The text of packed bytes, by the name's ending; bytes of other names pass as they are. */
export async function* unpack(packed: AsyncIterable<Uint8Array>, name: string, offset = 0): AsyncGenerator<Uint8Array> {
  const unpacker = unpackerFor(name)
  if (unpacker === undefined) {
    yield* packed
    return
  }
  const input = packed instanceof Readable ? packed : Readable.from(packed)
  input.on('error', (error) => (unpacker as unknown as Readable).destroy(error))
  let position = 0
  try {
    for await (const chunk of input.pipe(unpacker) as unknown as AsyncIterable<Uint8Array>) {
      position += chunk.length
      if (position > offset) yield chunk.subarray(Math.max(0, chunk.length - (position - offset)))
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
