/** Reads on in the file of a generation: whole lines, as far as the bytes before them are still those that were read. */
import type { Records } from '../../record/column.ts'
import type { ReadBufferPool } from '../read-buffer.ts'
import { readStreamLines } from '../stream-lines.ts'
import type { Generation } from './follow.ts'
import { type FollowedFile, openFile } from './followed-file.ts'
import { type Packing, readPacked } from './packed.ts'
import { hasTail, PrintBuilder, printOfMore } from './print.ts'

/** Bytes of one read, unless the topic takes less at once. Each becomes one commit: a few syncs of the device, which cost as much as some thousand lines do. */
export const READ_BYTES: number = 2 << 20
const LEAST_READ = 4096
/** How much of a packed file its print covers. */
const PACKED_PRINT_BYTES = 1 << 20

/** What reading needs to know of the run. `take` delivers lines of a generation; its place is noted by then. */
export type Reading = {
  /** Bytes of one read. */
  readonly readBytes: number
  readonly buffers: ReadBufferPool
  readonly signal: AbortSignal
  readonly take: (generation: Generation, lines: Records) => Promise<void>
}

/** Reads the bytes behind those that were read; false where there are none. */
export async function readOn(generation: Generation, file: FollowedFile, reading: Reading): Promise<boolean> {
  if (file.packing !== undefined) return generation.done ? false : readPackedOn(generation, file, file.packing, reading)
  if (!(await openFile(file)) || file.handle === undefined) return false
  const { handle } = file
  const { cutter, state, position: began } = generation
  const limit = state.kind === 'cut' ? state.limit : Number.POSITIVE_INFINITY
  const end = Math.min((await handle.stat()).size, limit)
  while (generation.position < end && !reading.signal.aborted) {
    const { position, print: before } = generation
    const kept = cutter.kept
    const free = Math.min(reading.readBytes, Math.max(LEAST_READ, end - position), limit - position)
    const buffer = reading.buffers.take(kept + free)
    cutter.begin(buffer.bytes)
    const { bytesRead } = await handle.read(buffer.bytes, kept, free, position)
    const read = buffer.bytes.subarray(0, kept + bytesRead)
    const at = position + bytesRead
    // Asked after the read: since it was looked at, the file may have been cut and filled anew beyond this position.
    const isSame = before === undefined || hasTail(handle.fd, before)
    const print = bytesRead > 0 && isSame ? printOfMore(handle.fd, at, before, read) : undefined
    // The file was cut meanwhile: the next look searches for the rest. Without a print no copy of it could be known.
    if (print === undefined) {
      buffer.lines.lease?.release()
      break
    }
    generation.position = at
    generation.print = print
    await reading.take(generation, cutter.lines(cutter.cut(read), buffer.lines))
  }
  return generation.position > began
}

async function readPackedOn(
  generation: Generation,
  { whole, id }: FollowedFile,
  packing: Packing,
  { signal, take }: Reading,
): Promise<boolean> {
  const { cutter } = generation
  const from = cutter.position
  const bytes = readPacked(whole, packing, from, id)
  const noted = from === 0 ? printed(generation, bytes) : bytes
  generation.done = await readStreamLines(noted, cutter, signal, (lines) => take(generation, lines))
  generation.position = cutter.position
  return true
}

/** The same bytes. Their print is noted on the way: of the first of them only, as packed files do not grow. */
async function* printed(generation: Generation, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const builder = new PrintBuilder()
  for await (const piece of bytes) {
    const { at } = builder.print()
    builder.add(piece.subarray(0, PACKED_PRINT_BYTES - at))
    if (at < PACKED_PRINT_BYTES && at + piece.length > (generation.print?.at ?? 0)) generation.print = builder.print()
    yield piece
  }
}
