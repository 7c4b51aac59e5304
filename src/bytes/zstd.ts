/**
 * Reads zstd frame by frame (RFC 8878), as Node reads only the first frame of several. The length of a frame follows from its
 * blocks, so its end is known before anything is unpacked.
 *
 *   frame  28 b5 2f fd (5x 2a 4d 18, length: a frame to skip)
 *          descriptor  bits 7, 6: size of the content's size; 5: one segment; 2: a checksum ends the frame; 1, 0: size of the
 *                      dictionary's id
 *          window (1 byte; not with one segment), dictionary's id, size of the content
 *          blocks: 3 bytes, little-endian: bit 0: the last one; 1, 2: its kind (1: one byte, repeated); the rest: its size
 */
import { createZstdDecompress } from 'node:zlib'
import { Feed } from './feed.ts'
import { type Ending, through } from './through.ts'

const BLOCK_HEAD_BYTES = 3
const CHECKSUM_BYTES = 4

/** The text of one frame, which begins here; none for a frame that is skipped. */
export async function* zstdFrame(feed: Feed, chunkBytes: number): AsyncGenerator<Uint8Array, Ending> {
  const head = Buffer.from(await feed.peek(8))
  if (((head[0] as number) & 0xf0) === 0x50) {
    if (head.length < 8) return { kind: 'cut' }
    return (await feed.skip(8 + head.readUInt32LE(4))) ? { kind: 'whole' } : { kind: 'cut' }
  }
  let isWhole = false
  const frame = new Feed(
    frameBytes(feed, () => {
      isWhole = true
    }),
  )
  const ending = yield* through(createZstdDecompress({ chunkSize: chunkBytes }), frame)
  if (ending.kind === 'damaged') return ending
  if (ending.kind === 'whole') return { kind: 'damaged', why: 'a frame ends before its blocks do' }
  return { kind: isWhole ? 'whole' : 'cut' }
}

/** The bytes of one frame. `whole` is called once all were given. */
async function* frameBytes(feed: Feed, whole: () => void): AsyncGenerator<Uint8Array> {
  const descriptor = (await feed.peek(5))[4] ?? 0
  const isSingle = (descriptor & 32) !== 0
  const sizeBytes = descriptor >> 6 === 0 ? Number(isSingle) : 1 << (descriptor >> 6)
  yield* take(feed, 5 + (isSingle ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] as number) + sizeBytes)
  for (let isLast = false; !isLast; ) {
    const [low, middle, high] = await feed.peek(BLOCK_HEAD_BYTES)
    if (high === undefined) {
      yield* take(feed, BLOCK_HEAD_BYTES)
      return
    }
    const block = (low as number) + ((middle as number) << 8) + (high << 16)
    isLast = (block & 1) !== 0
    const length = ((block >> 1) & 3) === 1 ? 1 : block >> 3
    const checksum = isLast && (descriptor & 4) !== 0 ? CHECKSUM_BYTES : 0
    if (!(yield* take(feed, BLOCK_HEAD_BYTES + length + checksum))) return
  }
  whole()
}

async function* take(feed: Feed, count: number): AsyncGenerator<Uint8Array, boolean> {
  for (let left = count; left > 0; ) {
    const piece = await feed.next(left)
    if (piece === undefined) return false
    left -= piece.length
    yield piece
  }
  return true
}
