/**
 * Compresses the records of a batch, and decompresses what any client of Kafka has written. What another program wrote may
 * be damaged, or grow a thousandfold: each is a Failure, and the next batch is read as if nothing had been.
 *
 * `@platformatic/wasm-utils` compresses LZ4 and Snappy, but a kernel of our own decompresses them: the library reads only the
 * first of several frames, knows no limit, and loses memory with each damaged batch; after some thousand of them it reads
 * no batch at all.
 */
import { assert } from '../../../base/assert.ts'
import { Failure } from '../../../base/failure.ts'
import type { Codec } from './codec.ts'
import { decompressLz4 } from './lz4-frames.ts'
import { decompressSnappy } from './snappy-streams.ts'

/** The most bytes that a batch has once it is decompressed: four times the longest record. */
export const MAX_DECOMPRESSED_BYTES: number = 64 << 20

export type Compressor = {
  /** The bytes, at least one, as one frame or stream, in memory of its own; with codec `none` the bytes themselves. */
  compress(codec: Codec, bytes: Uint8Array): Uint8Array
  /**
   * The content: valid until the next call. Throws a Failure: 'corrupt' for damage, 'limit' for more than `limit` bytes
   * (`MAX_DECOMPRESSED_BYTES`).
   */
  decompress(codec: Codec, bytes: Uint8Array, limit?: number): Uint8Array
}

/** Loads what the codecs need: the embedded log needs none of it. */
export async function openCompressor(): Promise<Compressor> {
  const { lz4Compress, snappyCompress } = await import('@platformatic/wasm-utils/bundled')
  const { compressGzip, compressZstd, decompressGzip, decompressZstd } = await import('./zlib.ts')
  return {
    compress(codec, bytes) {
      // At times the library fails with none.
      assert(bytes.length > 0, 'there is something to compress')
      switch (codec) {
        case 'none':
          return bytes
        case 'gzip':
          return compressGzip(bytes)
        case 'snappy':
          // Raw, as librdkafka writes it: every client reads that, Java's included.
          return snappyCompress(asBuffer(bytes))
        case 'lz4':
          return lz4Compress(asBuffer(bytes))
        case 'zstd':
          return compressZstd(bytes)
      }
    },
    decompress(codec, bytes, limit = MAX_DECOMPRESSED_BYTES) {
      switch (codec) {
        case 'none':
          if (bytes.length > limit) throw new Failure('limit', `the data has more than ${limit} bytes`)
          return bytes
        case 'gzip':
          return decompressGzip(bytes, limit)
        case 'snappy':
          return decompressSnappy(bytes, limit)
        case 'lz4':
          return decompressLz4(bytes, limit)
        case 'zstd':
          return decompressZstd(bytes, limit)
      }
    },
  }
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)
