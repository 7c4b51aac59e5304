/**
 * gzip and zstd, by the libraries in Node. Both formats may be concatenated; Node reads all members of gzip, but only the
 * first frame of zstd, so the frames are told apart here.
 *
 *   zstd frame  magic 28 b5 2f fd (5x 2a 4d 18, length: a frame to skip)
 *               descriptor  bits 7, 6: size of the content's size; 5: one segment; 2: a checksum ends the frame; 1, 0: size of
 *                           the dictionary's id
 *               window (1 byte; not with one segment), dictionary's id, size of the content
 *               blocks: 3 bytes, little-endian: bit 0: the last one; 1, 2: its kind (1: one byte, repeated); the rest: its size
 */
import * as zlib from 'node:zlib'
import type { Failure } from '../../../base/failure.ts'
import { beyondLimit, damageAt } from '../../../kernel/decompress-memory.ts'

/** Level 6 makes NASA's lines an eighth smaller, and takes nearly four times as long. */
const GZIP_LEVEL = 1
/** Level 3 takes a third longer, and makes lines no smaller. */
const ZSTD_LEVEL = 1
/** The largest window, as a power of two, for which memory is reserved. */
const ZSTD_WINDOW = 26
const ZSTD_MAGIC = 0xfd2fb528
const SKIPPED_MAGIC = 0x184d2a50
const BLOCK_HEAD_BYTES = 3
/** By this, most lines become smaller. */
const USUAL_RATIO = 6

/** Node joins its output from pieces of this size. */
const chunkFor = (bytes: number): { chunkSize: number } => ({ chunkSize: Math.max(1024, Math.min(bytes, 1 << 20)) })

/** The bytes as one member of gzip. */
export const compressGzip = (bytes: Uint8Array): Uint8Array =>
  zlib.gzipSync(bytes, { level: GZIP_LEVEL, ...chunkFor(bytes.length) })

/** The bytes as one frame of zstd. */
export const compressZstd = (bytes: Uint8Array): Uint8Array =>
  zlib.zstdCompressSync(bytes, {
    params: { [zlib.constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL },
    ...chunkFor(bytes.length),
  })

/** The content of all members. Throws a Failure: 'corrupt', or 'limit' for more than `limit` bytes. */
export function decompressGzip(bytes: Uint8Array, limit: number): Uint8Array {
  try {
    return zlib.gunzipSync(bytes, { maxOutputLength: limit, ...chunkFor(USUAL_RATIO * bytes.length) })
  } catch (error) {
    throw asFailure('gzip', 0, limit, error)
  }
}

/** The content of all frames. Throws a Failure: 'corrupt', or 'limit' for more than `limit` bytes. */
export function decompressZstd(bytes: Uint8Array, limit: number): Uint8Array {
  const parts: Uint8Array[] = []
  let length = 0
  for (let at = 0; at < bytes.length || parts.length === 0; ) {
    const end = zstdFrameEnd(bytes, at)
    const part = decompressFrame(bytes.subarray(at, end), at, limit, limit - length)
    length += part.length
    if (length > limit) throw beyondLimit('zstd', limit)
    parts.push(part)
    at = end
  }
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
}

function decompressFrame(frame: Uint8Array, at: number, limit: number, left: number): Uint8Array {
  try {
    return zlib.zstdDecompressSync(frame, {
      maxOutputLength: left + 1, // Node takes no 0.
      params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW },
      ...chunkFor(USUAL_RATIO * frame.length),
    })
  } catch (error) {
    throw asFailure('zstd', at, limit, error)
  }
}

function asFailure(codec: string, at: number, limit: number, error: unknown): Failure {
  const isTooLarge = error instanceof RangeError && (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
  return isTooLarge ? beyondLimit(codec, limit) : damageAt(codec, at)
}

/** Where the frame at `at` ends. Throws a Failure ('corrupt') where it cannot be told. */
function zstdFrameEnd(bytes: Uint8Array, from: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = from
  const need = (count: number): number => {
    if (count > bytes.length - at) throw damageAt('zstd', bytes.length)
    at += count
    return at - count
  }
  const magic = view.getUint32(need(4), true)
  if ((magic & ~15) === SKIPPED_MAGIC) {
    need(view.getUint32(need(4), true))
    return at
  }
  if (magic !== ZSTD_MAGIC) throw damageAt('zstd', from)
  const descriptor = view.getUint8(need(1))
  const isSingle = (descriptor & 32) !== 0
  const sizeBytes = descriptor >> 6 === 0 ? Number(isSingle) : 1 << (descriptor >> 6)
  need((isSingle ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] as number) + sizeBytes)
  for (let isLast = false; !isLast; ) {
    const head = need(BLOCK_HEAD_BYTES)
    const block = view.getUint16(head, true) + (view.getUint8(head + 2) << 16)
    isLast = (block & 1) !== 0
    need(((block >> 1) & 3) === 1 ? 1 : block >> 3)
  }
  need((descriptor & 4) === 0 ? 0 : 4)
  return at
}
