/**
 * Unpacks gzip and zstd as they really come: any number of members or frames one behind the other, also appended later;
 * frames to skip; zeros or something else behind the end. Damage is a value: all that is good before it comes first.
 */
import type { Packing } from './byte-kind.ts'
import type { Feed } from './feed.ts'
import { gzipMember } from './gzip.ts'
import { GZIP_MAGIC, isMagicSoFar, isSkippedSoFar, ZSTD_MAGIC } from './magic.ts'
import { type Ending, openEngine, zlib } from './through.ts'
import { zstdFrame } from './zstd.ts'

/** Bytes behind the last member or frame that are searched for another one. */
const LOOK_BYTES = 64 << 10
/** How a member of gzip begins; the third byte says how it is packed, and there is only this way. */
const GZIP_MEMBER = Uint8Array.of(...GZIP_MAGIC, 8)

/** What was not right with packed bytes; `text` is what a person reads, behind the name. */
export type Fault = {
  /** `rest`: what is behind the last member is left out, as gzip does; all else was read. */
  readonly kind: 'cut' | 'damaged' | 'rest'
  readonly text: string
}

/** A fault with the name of the bytes in front. */
export const faultText = (name: string, { text }: Fault): string => `${name} ${text}`

/** The end of a member or frame: in the packed bytes, and in the text. */
export type PartEnd = { readonly packed: number; readonly text: number }

export type Unpacking = {
  /** Unpacked bytes of a piece: what damage can take along of what is good before it. */
  readonly chunkBytes: number
  /** Called once, before the end, where the bytes are not right. */
  fault(fault: Fault): void
  /** Called at the end of each member or frame. */
  part?: ((end: PartEnd) => void) | undefined
  /** Where the feed begins, if that is not the start: behind a member. */
  readonly from?: PartEnd | undefined
}

/** The unpacked bytes of a feed. */
export async function* unpack(
  feed: Feed,
  packing: Packing,
  { chunkBytes, fault, part, from }: Unpacking,
): AsyncGenerator<Uint8Array> {
  const engine = packing === 'zstd' ? openEngine(zlib().createZstdDecompress({ chunkSize: chunkBytes })) : undefined
  let length = from?.text ?? 0
  try {
    for (let isFirst = from === undefined; ; isFirst = false) {
      const ending = isFirst ? await begin(feed, packing) : await follow(feed, packing, from?.packed ?? 0)
      if (ending !== undefined) {
        if (ending !== 'end') fault(ending)
        return
      }
      const text = engine === undefined ? gzipMember(feed, chunkBytes) : zstdFrame(feed, engine)
      let next = await text.next()
      for (; next.done !== true; next = await text.next()) {
        length += next.value.length
        yield next.value
      }
      if (next.value.kind === 'whole') {
        part?.({ packed: (from?.packed ?? 0) + feed.taken, text: length })
        continue
      }
      fault(faultOf(next.value, packing, length))
      return
    }
  } finally {
    engine?.close()
    await feed.close()
  }
}

/** A fault where the bytes do not begin as packed ones do. */
async function begin(feed: Feed, packing: Packing): Promise<Fault | undefined> {
  if (isPartSoFar(await feed.peek(4), packing)) return undefined
  return { kind: 'damaged', text: `does not begin as ${packing} does` }
}

/** Skips zeros behind a member or frame; undefined where another one begins. */
async function follow(feed: Feed, packing: Packing, start: number): Promise<Fault | 'end' | undefined> {
  let head = await feed.peek(4)
  while (head[0] === 0) {
    await feed.skip(1)
    const piece = await feed.next()
    if (piece !== undefined) feed.unread(piece.subarray(leadingZeros(piece)))
    head = await feed.peek(4)
  }
  if (head.length === 0) return 'end'
  if (isPart(head, packing)) return undefined
  if (isPartSoFar(head, packing)) return { kind: 'cut', text: 'ends within the head of a part that was appended' }
  const unit = packing === 'gzip' ? 'member' : 'frame'
  const where = `from byte ${start + feed.taken} on`
  // More text may be packed behind what is none: that is no end with rubbish behind it.
  if (Buffer.from(await feed.peek(LOOK_BYTES)).includes(Buffer.from(packing === 'gzip' ? GZIP_MEMBER : ZSTD_MAGIC))) {
    return { kind: 'damaged', text: `has bytes between two ${unit}s that are not ${packing}; nothing is read ${where}` }
  }
  return {
    kind: 'rest',
    text: `has bytes behind its last ${unit} that are not ${packing}, ${where}: they are left out`,
  }
}

function leadingZeros(piece: Uint8Array): number {
  const first = piece.findIndex((byte) => byte !== 0)
  return first < 0 ? piece.length : first
}

const isPartSoFar = (head: Uint8Array, packing: Packing): boolean =>
  packing === 'gzip' ? isMagicSoFar(head, GZIP_MAGIC) : isMagicSoFar(head, ZSTD_MAGIC) || isSkippedSoFar(head)

const isPart = (head: Uint8Array, packing: Packing): boolean =>
  head.length >= (packing === 'gzip' ? GZIP_MAGIC : ZSTD_MAGIC).length && isPartSoFar(head, packing)

function faultOf(ending: Exclude<Ending, { kind: 'whole' }>, packing: Packing, length: number): Fault {
  const where = `after ${length} bytes of its text`
  const unit = packing === 'gzip' ? 'a member of gzip' : 'a frame of zstd'
  return ending.kind === 'cut'
    ? { kind: 'cut', text: `is cut short: it ends within ${unit}, ${where}` }
    : { kind: 'damaged', text: `is damaged ${where}: ${ending.why}` }
}
