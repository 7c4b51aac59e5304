/** Runs packed bytes through one of Node's decompressors, so that all that it makes of them before damage is given. */
import type { InflateRaw, ZstdDecompress } from 'node:zlib'
import type { Feed } from './feed.ts'

/** How packed bytes ended. */
export type Ending =
  | { readonly kind: 'whole' }
  /** They stop within a member or frame. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'damaged'; readonly why: string }

/** Packed bytes of one step: they become 16 MiB at most, which are held at once. */
const STEP_BYTES = 16 << 10

/** The unpacked bytes. What the decompressor does not take any more is given back to the feed. */
export async function* through(engine: InflateRaw | ZstdDecompress, feed: Feed): AsyncGenerator<Uint8Array, Ending> {
  let made: Uint8Array[] = []
  const failed = Promise.withResolvers<Error>()
  engine.on('data', (piece: Uint8Array) => made.push(piece))
  engine.on('error', failed.resolve)
  try {
    for (;;) {
      const piece = await feed.next(STEP_BYTES)
      if (piece === undefined) return { kind: 'cut' }
      const before = engine.bytesWritten
      const written = new Promise<undefined>((resolve) => engine.write(piece, () => resolve(undefined)))
      const error = await Promise.race([failed.promise, written])
      yield* made
      made = []
      if (error !== undefined || engine.errored !== null) {
        return { kind: 'damaged', why: (error ?? engine.errored)?.message ?? '' }
      }
      const taken = engine.bytesWritten - before
      if (taken === piece.length) continue
      feed.unread(piece.subarray(taken))
      return { kind: 'whole' }
    }
  } finally {
    engine.destroy()
  }
}
