/** Packs a file while it is read, a chunk at a time. */
import { pipeline, Readable } from 'node:stream'
import type { Disk } from '../../base/disk/disk.ts'

export type FileCompression = 'none' | 'gzip' | 'zstd'

export const PACKED_SUFFIX: { readonly [packing in FileCompression]: string } = { none: '', gzip: '.gz', zstd: '.zst' }

const CHUNK_BYTES = 1 << 18

/** The bytes of a local file, packed. Rejects with a Failure of the disk. */
export function packedBytes(disk: Disk, path: string, packing: FileCompression): AsyncIterable<Uint8Array> {
  const bytes = bytesOf(disk, path)
  if (packing === 'none') return bytes
  // Loaded only where something is packed.
  const { createGzip, createZstdCompress } = process.getBuiltinModule('node:zlib')
  const packer = packing === 'gzip' ? createGzip() : createZstdCompress()
  // A stream that is left early or fails takes the other with it; the reader sees the error.
  return pipeline(Readable.from(bytes, { objectMode: false }), packer, () => {})
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
