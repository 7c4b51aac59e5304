/**
 * Reads on in a packed file: all its members or frames, and those that are appended later. It is unpacked from the last
 * whole member on that was read, after a restart from its beginning.
 */
import { stat } from 'node:fs/promises'
import type { Packing } from '../../bytes/byte-kind.ts'
import type { Generation } from './follow.ts'
import type { FollowedFile } from './followed-file.ts'
import { type PackedOptions, readPacked } from './packed.ts'
import { PrintBuilder } from './print.ts'
import type { Reading } from './reading.ts'

/** How much of a packed file its print covers. */
const PRINT_BYTES = 1 << 20

/** Reads what is packed behind the bytes that were read; false where there is nothing more. */
export async function readPackedOn(
  generation: Generation,
  { path: name, whole, id }: FollowedFile,
  packing: Packing,
  { signal, take }: Reading,
): Promise<boolean> {
  const { size } = await stat(whole)
  if (generation.packed === size && (generation.done || generation.fault !== undefined)) return false
  const { cutter, part, position: from } = generation
  // Once a program has ended, half a line of a packed file is not at hand any more.
  const isWhole = part !== undefined && part.text <= from
  const options: PackedOptions = {
    fault: (fault) => {
      generation.fault = fault
    },
    part: (end) => {
      generation.part = end
    },
  }
  generation.fault = undefined
  const bytes = readPacked({ path: whole, name, packing, id, from: isWhole ? part : undefined }, from, options)
  for await (const piece of from === 0 ? printed(generation, bytes) : bytes) {
    if (signal.aborted) return true
    generation.position += piece.length
    const lines = cutter.lines(cutter.add(piece))
    if (lines.count > 0) await take(generation, lines)
  }
  if (signal.aborted) return true
  const { fault } = generation as Pick<Generation, 'fault'>
  generation.packed = size
  generation.done = fault?.kind !== 'cut'
  // A line that damage has cut is no line.
  if (fault?.kind === 'damaged') cutter.rest()
  return generation.position > from
}

/** The same bytes. Their print is noted on the way, of the first of them. */
async function* printed(generation: Generation, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const builder = new PrintBuilder()
  for await (const piece of bytes) {
    const { at } = builder.print()
    builder.add(piece.subarray(0, PRINT_BYTES - at))
    if (at < PRINT_BYTES && at + piece.length > (generation.print?.at ?? 0)) generation.print = builder.print()
    yield piece
  }
}
