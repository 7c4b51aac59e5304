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
import type { Feed } from './feed.ts'
import { isSkippedSoFar } from './magic.ts'
import { type Ending, type Engine, STEP_BYTES } from './through.ts'

const BLOCK_HEAD_BYTES = 3
const CHECKSUM_BYTES = 4

/**
 * The text of one frame, which begins here; none for a frame that is skipped. The engine takes one frame after the other, as
 * no step has bytes of two.
 */
export async function* zstdFrame(feed: Feed, engine: Engine): AsyncGenerator<Uint8Array, Ending> {
  const head = Buffer.from(await feed.peek(8))
  if (isSkippedSoFar(head)) {
    if (head.length < 8) return { kind: 'cut' }
    return (await feed.skip(8 + head.readUInt32LE(4))) ? { kind: 'whole' } : { kind: 'cut' }
  }
  const frame = frameBytes(feed)
  let next = await frame.next()
  for (; next.done !== true; next = await frame.next()) {
    const { made, taken, error } = await engine.step(next.value)
    yield* made
    if (error !== undefined) return { kind: 'damaged', why: error.message }
    if (taken < next.value.length) return { kind: 'damaged', why: 'a frame ends before its blocks do' }
  }
  return { kind: next.value ? 'whole' : 'cut' }
}

/** The bytes of one frame, in steps; false at the end where there are fewer. */
async function* frameBytes(feed: Feed): AsyncGenerator<Uint8Array, boolean> {
  const descriptor = (await feed.peek(5))[4] ?? 0
  const isSingle = (descriptor & 32) !== 0
  const sizeBytes = descriptor >> 6 === 0 ? Number(isSingle) : 1 << (descriptor >> 6)
  let left = 5 + (isSingle ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] as number) + sizeBytes
  for (let isLast = false; ; ) {
    const bytes = await feed.peek(left + (isLast ? 0 : BLOCK_HEAD_BYTES))
    if (isLast) return yield* take(feed, left)
    if (bytes.length < left + BLOCK_HEAD_BYTES) {
      yield* take(feed, bytes.length)
      return false
    }
    const [low, middle, high] = bytes.subarray(left) as unknown as [number, number, number]
    const block = low + (middle << 8) + (high << 16)
    isLast = (block & 1) !== 0
    const checksum = isLast && (descriptor & 4) !== 0 ? CHECKSUM_BYTES : 0
    left += BLOCK_HEAD_BYTES + (((block >> 1) & 3) === 1 ? 1 : block >> 3) + checksum
    if (left < STEP_BYTES && !isLast) continue
    if (!(yield* take(feed, left))) return false
    if (isLast) return true
    left = 0
  }
}

async function* take(feed: Feed, count: number): AsyncGenerator<Uint8Array, boolean> {
  for (let left = count; left > 0; ) {
    const piece = await feed.next(Math.min(left, STEP_BYTES))
    if (piece === undefined) return false
    left -= piece.length
    yield piece
  }
  return true
}
