/** Unpacks the pages of Parquet files. What is unpacked is as long as the page says, or it is damage. */
import { Failure } from '../../base/failure.ts'
import { beyondLimit, damageAt, roomFor } from '../../kernel/decompress-memory.ts'

/** A longer page is not read: writers make pages of some MiB. */
const MOST_PAGE_BYTES = 1 << 30

/** The content of a page, of `length` bytes, valid until the next call. Throws a Failure: `corrupt`, `limit`, or `not-text` for a codec that is not read. */
export function unpackPage(codec: string, packed: Uint8Array, length: number): Uint8Array {
  if (!(length >= 0 && length <= MOST_PAGE_BYTES)) throw beyondLimit(codec, MOST_PAGE_BYTES)
  const bytes = unpack(codec, packed, length)
  if (bytes.length !== length) throw new Failure('corrupt', `damaged: a page has ${bytes.length} bytes, not ${length}`)
  return bytes
}

function unpack(codec: string | undefined, packed: Uint8Array, length: number): Uint8Array {
  switch (codec) {
    case 'UNCOMPRESSED':
      return packed
    case 'SNAPPY':
      return unpackSnappy(packed, length)
    case 'LZ4_RAW':
      return unpackLz4(packed, length)
    case 'GZIP':
    case 'ZSTD':
    case 'BROTLI':
      return unpackByNode(codec, packed, length)
    default:
      // A number in a damaged footer has no name.
      if (codec === undefined) throw new Failure('corrupt', 'has a damaged footer: it names no codec')
      throw new Failure('not-text', `is packed with ${codec}, which tailrace does not read`, {
        hint: 'Write it anew with snappy, zstd, gzip, brotli or lz4_raw.',
      })
  }
}

function unpackSnappy(packed: Uint8Array, length: number): Uint8Array {
  let at = 0
  while (at < 5 && (packed[at] ?? 0) >= 128) at++
  const { functions, input, memory, out } = roomFor(packed, length)
  const end = functions.snappy(input + at + 1, input + packed.length, out, out + length)
  if (end < 0) throw damageAt('snappy', -end - input)
  return memory.subarray(out, end === 0 ? out : end)
}

function unpackLz4(packed: Uint8Array, length: number): Uint8Array {
  const { functions, input, memory, out } = roomFor(packed, length)
  const end = functions.lz4(input, input + packed.length, out, out, out + length)
  if (end < 0) throw damageAt('lz4', -end - input)
  return memory.subarray(out, end === 0 ? out : end)
}

function unpackByNode(codec: 'GZIP' | 'ZSTD' | 'BROTLI', packed: Uint8Array, length: number): Uint8Array {
  // Loaded only where something is packed so.
  const { brotliDecompressSync, gunzipSync, zstdDecompressSync } = process.getBuiltinModule('node:zlib')
  const unpacker = { GZIP: gunzipSync, ZSTD: zstdDecompressSync, BROTLI: brotliDecompressSync }[codec]
  try {
    return unpacker(packed, { maxOutputLength: Math.max(1, length) })
  } catch (error) {
    throw new Failure('corrupt', `damaged: the ${codec.toLowerCase()} data of a page cannot be unpacked`, {
      cause: error,
    })
  }
}
