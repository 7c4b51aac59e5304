/** Reads the first bytes of a stream without taking them from it. A stream that begins like a packed file is unpacked. */
import { Readable } from 'node:stream'
import { decompressed, type InputStream, MAGIC_BYTES, magicOf, readFailure } from './read-lines.ts'

/** Reads about `most` bytes, if there are as many, and gives a stream that begins with them. */
export async function openHead(
  { name, bytes }: InputStream,
  most: number,
): Promise<{ bytes: Uint8Array; whole: InputStream }> {
  try {
    const packed = await take(bytes, MAGIC_BYTES)
    const compression = magicOf(packed.bytes)
    const { bytes: head, whole } = await take(decompressed(packed.whole, compression), most)
    return { bytes: head, whole: { name, bytes: whole } }
  } catch (error) {
    throw readFailure(name, error)
  }
}

async function take(stream: Readable, most: number): Promise<{ bytes: Uint8Array; whole: Readable }> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const head: Buffer[] = []
  let length = 0
  let ended = false
  while (length < most && !ended) {
    const next = await chunks.next()
    ended = next.done === true
    if (!ended) head.push(next.value)
    if (!ended) length += next.value.length
  }
  async function* again(): AsyncGenerator<Buffer> {
    try {
      yield* head
      for (let next = ended ? undefined : await chunks.next(); next?.done === false; next = await chunks.next()) {
        yield next.value
      }
    } finally {
      stream.destroy()
    }
  }
  return { bytes: Buffer.concat(head), whole: Readable.from(again(), { objectMode: true }) }
}
