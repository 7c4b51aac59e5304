/** Reads the first bytes of a stream without taking them from it. */
import { Feed } from '../bytes/feed.ts'
import { type InputStream, readFailure } from './read-lines.ts'
import { isSample, SAMPLE_BYTES, SAMPLE_LIMIT, sampleText } from './sample.ts'

/** Reads enough bytes for a sample, if there are as many, and gives a stream that begins with them. `mayBeDocument`: see `sampleText`. */
export async function openHead(
  { name, bytes, faults }: InputStream,
  mayBeDocument: boolean,
): Promise<{ readonly bytes: Uint8Array; readonly whole: InputStream }> {
  const feed = new Feed(bytes)
  try {
    let head = await feed.peek(SAMPLE_BYTES)
    for (
      let most = SAMPLE_BYTES;
      head.length === most && !isSample(sampleText(head, mayBeDocument)) && most < SAMPLE_LIMIT;
    ) {
      most *= 2
      head = await feed.peek(most)
    }
    return { bytes: head.slice(), whole: { name, bytes: feed.rest(), faults, close: () => feed.close() } }
  } catch (error) {
    throw readFailure(name, error)
  }
}
