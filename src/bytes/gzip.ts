/**
 * Reads gzip member by member (RFC 1952). Node's own reader drops what it has of a member that is damaged, and takes
 * anything behind the last member for damage; here all that is good before it counts.
 *
 *   member  1f 8b 08, flags (1 byte), time (4), 2 bytes; by flags: extra (bit 2; 2 bytes of length), name (3), comment (4),
 *           checksum (1; 2 bytes); deflated bytes; their CRC-32 (4) and length (4)
 */
import type { Feed } from './feed.ts'
import { type Ending, openEngine, STEP_BYTES, zlib } from './through.ts'

const [CHECKSUM, EXTRA, NAME, COMMENT] = [2, 4, 8, 16]
const HEAD_BYTES = 10
const TRAILER_BYTES = 8
/** A member of fewer packed bytes is unpacked at once. Programs append such members, and bgzip writes no others. */
const SMALL_BYTES = 64 << 10
/** The most that it may become. */
const SMALL_LIMIT = 4 << 20
/** Of one member's head. */
const LONGEST_HEAD = 1 << 20

/** The text of one member, which begins here. */
export async function* gzipMember(feed: Feed, chunkBytes: number): AsyncGenerator<Uint8Array, Ending> {
  const head = await headLength(feed)
  if (typeof head !== 'number') return head
  await feed.skip(head)
  const { crc32 } = zlib()
  let checksum = 0
  let length = 0
  const text = inflated(feed, chunkBytes)
  let next = await text.next()
  for (; next.done !== true; next = await text.next()) {
    checksum = crc32(next.value, checksum)
    length += next.value.length
    yield next.value
  }
  if (next.value.kind !== 'whole') return next.value
  const trailer = Buffer.from(await feed.peek(TRAILER_BYTES))
  if (!(await feed.skip(TRAILER_BYTES))) return { kind: 'cut' }
  if (trailer.readUInt32LE(0) !== checksum) return { kind: 'damaged', why: 'its checksum does not fit' }
  if (trailer.readUInt32LE(4) !== length % 2 ** 32) return { kind: 'damaged', why: 'its length does not fit' }
  return { kind: 'whole' }
}

async function* inflated(feed: Feed, chunkBytes: number): AsyncGenerator<Uint8Array, Ending> {
  const small = smallMember(feed.held(SMALL_BYTES))
  if (small !== undefined) {
    await feed.skip(small.taken)
    if (small.made.length > 0) yield small.made
    return { kind: 'whole' }
  }
  const engine = openEngine(zlib().createInflateRaw({ chunkSize: chunkBytes }))
  try {
    for (;;) {
      const piece = await feed.next(STEP_BYTES)
      if (piece === undefined) return { kind: 'cut' }
      const { made, taken, error } = await engine.step(piece)
      yield* made
      if (error !== undefined) return { kind: 'damaged', why: error.message }
      if (taken === piece.length) continue
      feed.unread(piece.subarray(taken))
      return { kind: 'whole' }
    }
  } finally {
    engine.close()
  }
}

/** What deflated bytes become that end within these; undefined where they do not. An engine of its own takes ten times as long. */
function smallMember(packed: Uint8Array): { readonly made: Uint8Array; readonly taken: number } | undefined {
  try {
    const options = { info: true, chunkSize: SMALL_BYTES >> 2, maxOutputLength: SMALL_LIMIT }
    const { buffer, engine } = zlib().inflateRawSync(packed, options) as unknown as Inflated
    return { made: buffer, taken: engine.bytesWritten }
  } catch {
    return undefined
  }
}

/** What `inflateRawSync` gives with `info`. */
type Inflated = { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } }

/** How many bytes are before the deflated ones, or why that cannot be told. */
async function headLength(feed: Feed): Promise<number | Ending> {
  const [, , method, flags = 0] = await feed.peek(4)
  if (method !== undefined && method !== 8) return { kind: 'damaged', why: 'unknown compression method' }
  let length = HEAD_BYTES
  for (const part of [EXTRA, NAME, COMMENT, CHECKSUM]) {
    if ((flags & part) === 0) continue
    if (part === EXTRA) {
      const [low = 0, high = 0] = (await feed.peek(length + 2)).subarray(length)
      length += 2 + low + high * 256
    } else if (part === CHECKSUM) length += 2
    else {
      const end = await endOfText(feed, length)
      if (end === undefined) return { kind: 'cut' }
      length = end
    }
    if (length > LONGEST_HEAD) return { kind: 'damaged', why: 'the head of a member is too long' }
  }
  return (await feed.peek(length)).length < length ? { kind: 'cut' } : length
}

async function endOfText(feed: Feed, from: number): Promise<number | undefined> {
  for (let most = from + 256; most <= 2 * LONGEST_HEAD; most *= 2) {
    const bytes = await feed.peek(most)
    const end = bytes.indexOf(0, from)
    if (end >= 0) return end + 1
    if (bytes.length < most) return undefined
  }
  return LONGEST_HEAD + 1
}
