/** The text of bytes as they come from a file, a pipe or the network: unpacked if they are packed, refused if they are not text. */
import { Feed } from './feed.ts'
import { isTooShort, KIND_BYTES, kindOfBytes } from './kind.ts'
import { type ReadAgain, refusal, withinPacked } from './refusal.ts'
import { type Fault, type PartEnd, unpack } from './unpack.ts'

export type TextOptions = {
  /** The name of the bytes in messages. */
  readonly name: string
  /** Takes what was not right with packed bytes, once all that is good before that was given. */
  fault(fault: Fault): void
  /** Unpacked bytes of a piece. The default is what gzip gives out at once. */
  readonly chunkBytes?: number
  readonly again?: ReadAgain | undefined
  /** Called at the end of each member or frame. */
  part?: ((end: PartEnd) => void) | undefined
}

/** As much as `gzip -d` writes at once: damage takes no more of the good text along than there. */
const CHUNK_BYTES = 32 << 10
const LARGE_CHUNK = 256 << 10
const SMALL_CHUNK = 1 << 10

/** The text of the bytes. Throws a Failure `not-text` where they are something else. */
export async function* textOf(
  bytes: AsyncIterable<Uint8Array>,
  { name, fault, chunkBytes = CHUNK_BYTES, again, part }: TextOptions,
): AsyncGenerator<Uint8Array> {
  const outer = new Feed(bytes)
  try {
    const kind = kindOfBytes(await headOf(outer))
    if (kind.kind === 'other') throw refusal(name, kind, again)
    if (kind.kind === 'text') return yield* outer.rest()
    const inner = new Feed(unpack(outer, kind.packing, { chunkBytes, fault, part }))
    const within = kindOfBytes(await headOf(inner))
    if (within.kind !== 'text') throw refusal(name, withinPacked(within, kind.packing), again)
    yield* inner.rest()
  } finally {
    await outer.close()
  }
}

/**
 * The text of bytes that can be read twice: in large pieces, which is faster; where these are damaged, the end is read once more
 * in small ones, so that nothing is lost that is good. `open` gives the bytes from the start.
 */
export async function* textOfAgain(
  open: () => AsyncIterable<Uint8Array>,
  { name, fault, again, part }: TextOptions,
): AsyncGenerator<Uint8Array> {
  const faults: Fault[] = []
  const options = { name, again, part, fault: (one: Fault) => faults.push(one) }
  let given = 0
  for await (const piece of textOf(open(), { ...options, chunkBytes: LARGE_CHUNK })) {
    given += piece.length
    yield piece
  }
  if (faults[0]?.kind === 'damaged') {
    faults.length = 0
    let at = 0
    for await (const piece of textOf(open(), { ...options, chunkBytes: SMALL_CHUNK })) {
      at += piece.length
      if (at > given) yield piece.subarray(Math.max(0, piece.length - (at - given)))
    }
  }
  for (const one of faults) fault(one)
}

/** What is there at once, but enough to know what is packed. */
async function headOf(feed: Feed): Promise<Uint8Array> {
  let head = await feed.peek(1)
  while (isTooShort(head)) {
    const longer = await feed.peek(head.length + 1)
    if (longer.length === head.length) break
    head = longer
  }
  return feed.held(KIND_BYTES)
}
