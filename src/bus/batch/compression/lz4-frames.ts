/**
 * Reads LZ4 frames, one after the other, as every client writes them. The batch has a checksum of its own, so those of
 * the frames are passed over.
 *
 *   magic 04 22 4d 18 (5x 2a 4d 18, length: a frame to skip)
 *   flags  bits 7, 6: version 01; 5: blocks do not depend on those before; 4: each block has a checksum; 3: the size of the
 *          content follows (8 bytes); 2: its checksum is at the end; 0: a dictionary is needed (4 bytes)
 *   size   bits 6 to 4: the most bytes of a block: 4: 64 KiB, 5: 256 KiB, 6: 1 MiB, 7: 4 MiB
 *   checksum of these (1 byte)
 *   blocks: length, little-endian (bit 31: not compressed), bytes, checksum; a length of 0 ends the frame
 */
import { beyondLimit, damageAt, roomFor } from '../../../kernel/decompress-memory.ts'

const CODEC = 'lz4'
const MAGIC = 0x184d2204
const SKIPPED_MAGIC = 0x184d2a50
const PLAIN_BLOCK = 0x80000000
/** The most bytes that LZ4 makes of one. */
const GREATEST_RATIO = 255

type Block = {
  from: number
  to: number
  isPlain: boolean
  /** The most bytes that it has, decompressed. */
  max: number
  /** Whether it is the first of its frame. */
  isFirst: boolean
}

/** The content of all frames: valid until the next call. Throws a Failure: 'corrupt', or 'limit' for more than `limit` bytes. */
export function decompressLz4(bytes: Uint8Array, limit: number): Uint8Array {
  let bound = 0
  eachBlock(bytes, ({ from, to, isPlain, max }) => {
    bound += isPlain ? to - from : Math.min(max, GREATEST_RATIO * (to - from))
  })
  const { functions, memory, input, out, outBytes } = roomFor(bytes, Math.min(bound, limit))
  const outEnd = out + outBytes
  let base = out
  let put = out
  eachBlock(bytes, ({ from, to, isPlain, max, isFirst }) => {
    if (isFirst) base = put
    if (isPlain) {
      if (to - from > outEnd - put) throw beyondLimit(CODEC, limit)
      memory.copyWithin(put, input + from, input + to)
      put += to - from
      return
    }
    const end = functions.lz4(input + from, input + to, base, put, Math.min(outEnd, put + max))
    if (end === 0 && put + max > outEnd) throw beyondLimit(CODEC, limit)
    if (end <= 0) throw damageAt(CODEC, end === 0 ? from : -end - input)
    put = end
  })
  return memory.subarray(out, put)
}

/** Calls `read` for each block of each frame. Throws a Failure ('corrupt') where the frames are damaged. */
function eachBlock(bytes: Uint8Array, read: (block: Block) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const block: Block = { from: 0, to: 0, isPlain: false, max: 0, isFirst: true }
  let at = 0
  const need = (count: number): number => {
    if (count > bytes.length - at) throw damageAt(CODEC, bytes.length)
    at += count
    return at - count
  }
  const word = (): number => view.getUint32(need(4), true)
  do {
    const magic = word()
    if ((magic & ~15) === SKIPPED_MAGIC) {
      need(word())
      continue
    }
    const flags = view.getUint8(need(1))
    const size = (view.getUint8(need(1)) >> 4) & 7
    // A dictionary would have to come from elsewhere; no client of Kafka uses one.
    if (magic !== MAGIC || flags >> 6 !== 1 || (flags & 1) !== 0 || size < 4) throw damageAt(CODEC, at)
    need((flags & 8) === 0 ? 1 : 9)
    block.isFirst = true
    block.max = 1 << (2 * size + 8)
    for (;;) {
      const head = word()
      if (head === 0) break
      block.isPlain = head >= PLAIN_BLOCK
      const length = head % PLAIN_BLOCK
      if (length > block.max) throw damageAt(CODEC, at - 4)
      block.from = need(length)
      block.to = at
      read(block)
      block.isFirst = false
      need((flags & 16) === 0 ? 0 : 4)
    }
    need((flags & 4) === 0 ? 0 : 4)
  } while (at < bytes.length)
}
