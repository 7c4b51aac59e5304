/** Steps of one of Node's decompressors, so that all that it makes of packed bytes before damage is given. */
import type { InflateRaw, ZstdDecompress } from 'node:zlib'

/** Node's decompressors, loaded only when something is packed: otherwise every start of the program would pay for them. */
export const zlib = (): typeof import('node:zlib') => process.getBuiltinModule('node:zlib')

/** How packed bytes ended. */
export type Ending =
  | { readonly kind: 'whole' }
  /** They stop within a member or frame. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'damaged'; readonly why: string }

/** Packed bytes of one step: they become 16 MiB at most, which are held at once. */
export const STEP_BYTES: number = 16 << 10

export type EngineStep = {
  readonly made: readonly Uint8Array[]
  /** How many of the packed bytes were used: not all where what they unpack to has ended. */
  readonly taken: number
  readonly error: Error | undefined
}

export type Engine = {
  step(packed: Uint8Array): Promise<EngineStep>
  close(): void
}

/** Drives a decompressor. */
export function openEngine(stream: InflateRaw | ZstdDecompress): Engine {
  let made: Uint8Array[] = []
  const failed = Promise.withResolvers<Error>()
  stream.on('data', (piece: Uint8Array) => made.push(piece))
  stream.on('error', failed.resolve)
  return {
    async step(packed) {
      const before = stream.bytesWritten
      const written = new Promise<undefined>((resolve) => stream.write(packed, () => resolve(undefined)))
      const error = (await Promise.race([failed.promise, written])) ?? stream.errored ?? undefined
      const step = { made, taken: stream.bytesWritten - before, error }
      made = []
      return step
    },
    close: () => stream.destroy(),
  }
}
