/** Reads on in the file of a generation: whole lines, as far as the bytes before them are still those that were read. */
import type { Generation } from './follow.ts'
import { type FollowedFile, openFile } from './followed-file.ts'
import { hasTail, printOfMore } from './print.ts'
import { readPackedOn } from './read-packed.ts'
import { cutLines, type Reading } from './reading.ts'
import { Filling } from './unfilled.ts'

/** Bytes of one read, unless the topic takes less at once. Each becomes one commit: a few syncs of the device, which cost as much as some thousand lines do. */
export const READ_BYTES: number = 2 << 20
const LEAST_READ = 4096

/** Reads the bytes behind those that were read; false where there are none. */
export async function readOn(generation: Generation, file: FollowedFile, reading: Reading): Promise<boolean> {
  if (!(await openFile(file))) return false
  const { packing, handle } = file
  if (packing !== undefined) return readPackedOn(generation, file, packing, reading)
  if (handle === undefined || !file.isKnown) return false
  const { cutter, state, position: began } = generation
  const limit = state.kind === 'cut' ? state.limit : Number.POSITIVE_INFINITY
  const { size, mtimeMs } = await handle.stat()
  const end = Math.min(size, limit)
  const filling = new Filling(handle, { end, changed: mtimeMs }, generation.unfilled)
  const isFilled = await filling.isFilled(generation.position)
  generation.unfilled = filling.unfilled
  while (isFilled && generation.position < end && !reading.signal.aborted) {
    const { position, print: before } = generation
    const kept = cutter.kept
    const free = Math.min(reading.readBytes, Math.max(LEAST_READ, end - position), limit - position)
    const buffer = reading.buffers.take(kept + free)
    cutter.begin(buffer.bytes)
    const { bytesRead } = await handle.read(buffer.bytes, kept, free, position)
    const read = await filling.part(buffer.bytes.subarray(0, kept + bytesRead), position + bytesRead, kept)
    generation.unfilled = filling.unfilled
    const at = position + read.length - kept
    // Asked after the read: since it was looked at, the file may have been cut and filled anew beyond this position.
    const isSame = before === undefined || hasTail(handle.fd, before)
    const print = at > position && isSame ? printOfMore(handle.fd, at, before, read) : undefined
    // The file was cut meanwhile: the next look searches for the rest. Without a print no copy of it could be known.
    if (print === undefined) {
      buffer.lines.lease?.release()
      break
    }
    // Before the position: a file that is refused was not read.
    const lines = cutLines(cutter, read, buffer.lines)
    generation.position = at
    generation.print = print
    await reading.take(generation, lines)
  }
  return generation.position > began
}
