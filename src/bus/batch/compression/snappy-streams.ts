/**
 * Reads Snappy, as librdkafka writes it and as Java does.
 *
 *   raw     varint: the length of the content; the stream
 *   Java    magic 82 'SNAPPY' 00, version, least version of a reader (4 bytes each);
 *           then blocks: length (4 bytes, big-endian), raw Snappy. The magic may come again where a block is due.
 */
import { beyondLimit, damageAt, type Room, roomFor } from '../../../kernel/decompress-memory.ts'

const CODEC = 'snappy'
const MAGIC = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0)
const HEAD_BYTES = 16
const LENGTH_BYTES = 4

type Length = { readonly bytes: number; readonly from: number }

/** The content: valid until the next call. Throws a Failure: 'corrupt', or 'limit' for more than `limit` bytes. */
export function decompressSnappy(bytes: Uint8Array, limit: number): Uint8Array {
  let total = 0
  eachStream(bytes, (from, to) => {
    total += lengthAt(bytes, from, to).bytes
    if (total > limit) throw beyondLimit(CODEC, limit)
  })
  const room = roomFor(bytes, total)
  let put = room.out
  eachStream(bytes, (from, to) => {
    put = decompress(room, put, lengthAt(bytes, from, to), to)
  })
  return room.memory.subarray(room.out, put)
}

function decompress({ functions, input }: Room, put: number, { bytes, from }: Length, to: number): number {
  const end = functions.snappy(input + from, input + to, put, put + bytes)
  if (end < 0) throw damageAt(CODEC, -end - input)
  // The stream is as long as it says, neither more nor less.
  if (end !== put + bytes) throw damageAt(CODEC, from)
  return end
}

/** Calls `read` for each raw Snappy stream, [from, to) of the bytes. */
function eachStream(bytes: Uint8Array, read: (from: number, to: number) => void): void {
  if (!hasMagic(bytes, 0)) {
    read(0, bytes.length)
    return
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; ) {
    if (hasMagic(bytes, at)) {
      at += HEAD_BYTES
      continue
    }
    const from = at + LENGTH_BYTES
    if (from > bytes.length) throw damageAt(CODEC, bytes.length)
    const length = view.getUint32(at)
    if (length > bytes.length - from) throw damageAt(CODEC, at)
    at = from + length
    read(from, at)
  }
}

const hasMagic = (bytes: Uint8Array, at: number): boolean => MAGIC.every((byte, i) => bytes[at + i] === byte)

/** The length of the content, and where the stream begins behind it. */
function lengthAt(bytes: Uint8Array, at: number, to: number): Length {
  let length = 0
  for (let i = 0; i < 5; i++) {
    const byte = at + i < to ? (bytes[at + i] as number) : 255
    length += (byte & 127) * 128 ** i
    if (byte < 128) return { bytes: length, from: at + i + 1 }
  }
  throw damageAt(CODEC, at)
}
