/** Packs a file while it is read, a chunk at a time. */
import { pipeline, Readable } from 'node:stream'
import type { Disk } from '../../base/disk/disk.ts'

export type FileCompression = 'none' | 'gzip' | 'zstd'

/** What becomes of a file once it is whole. */
export type FilePacking = {
  /** The end of its name, behind that for its content. */
  readonly suffix: string
  /** Its bytes as they are kept, a chunk at a time; absent: as they grew. */
  readonly pack?: (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>
}

const CHUNK_BYTES = 1 << 18

/** Packs whole files by a program of everybody's. */
export function packingBy(compression: FileCompression): FilePacking {
  if (compression === 'none') return { suffix: '' }
  const suffix = compression === 'gzip' ? '.gz' : '.zst'
  return {
    suffix,
    pack(bytes) {
      // Loaded only where something is packed.
      const { createGzip, createZstdCompress } = process.getBuiltinModule('node:zlib')
      const packer = compression === 'gzip' ? createGzip() : createZstdCompress()
      // A stream that is left early or fails takes the other with it; the reader sees the error.
      return pipeline(Readable.from(bytes, { objectMode: false }), packer, () => {})
    },
  }
}

/** The bytes of a local file, packed. Rejects with a Failure of the disk. */
export function packedBytes(disk: Disk, path: string, { pack }: FilePacking): AsyncIterable<Uint8Array> {
  const bytes = bytesOf(disk, path)
  return pack === undefined ? bytes : pack(bytes)
}

/** New memory for each chunk: what was handed over may wait in a socket. */
async function* bytesOf(disk: Disk, path: string): AsyncGenerator<Uint8Array> {
  const file = disk.open(path, 'read')
  try {
    for (let position = 0; ; ) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      const count = file.read(chunk, position)
      if (count > 0) yield chunk.subarray(0, count)
      if (count < chunk.length) return
      position += count
    }
  } finally {
    file.close()
  }
}
