/**
 * Reads on in a packed file: all its members or frames, and those that are appended later. It is unpacked from the last
 * whole member on that was read, after a restart from its beginning.
 */
import { stat } from 'node:fs/promises'
import type { Packing } from '../../bytes/byte-kind.ts'
import type { ReadBuffer } from '../read-buffer.ts'
import type { Generation } from './follow.ts'
import type { FollowedFile } from './followed-file.ts'
import { type PackedOptions, readPacked } from './packed.ts'
import { PrintBuilder } from './print.ts'
import { cutLines, type Reading } from './reading.ts'

/** How much of a packed file its print covers. */
const PRINT_BYTES = 1 << 20

/** Reads what is packed behind the bytes that were read; false where there is nothing more. */
export async function readPackedOn(
  generation: Generation,
  { path: name, whole, id }: FollowedFile,
  packing: Packing,
  reading: Reading,
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
  const filled = new FilledBuffer(generation, reading)
  for await (const piece of from === 0 ? printed(generation, bytes) : bytes) {
    for (let at = 0; at < piece.length && !reading.signal.aborted; ) {
      at += filled.add(piece.subarray(at))
      if (filled.isFull()) await filled.deliver()
    }
    if (reading.signal.aborted) break
  }
  await filled.deliver()
  if (reading.signal.aborted) return true
  const { fault } = generation as Pick<Generation, 'fault'>
  generation.packed = size
  generation.done = fault?.kind !== 'cut'
  // A line that damage has cut is no line.
  if (fault?.kind === 'damaged') {
    await reading.take(generation, cutter.lines(cutter.wholeRest()))
    cutter.rest()
  }
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

/** Gathers unpacked bytes in a buffer of the pool, as each delivery becomes a commit. */
class FilledBuffer {
  readonly #generation: Generation
  readonly #reading: Reading
  #buffer: ReadBuffer | undefined
  /** Bytes in the buffer, and how many of them are those of the half line before. */
  #used = 0
  #kept = 0

  constructor(generation: Generation, reading: Reading) {
    this.#generation = generation
    this.#reading = reading
  }

  /** Adds as many of the bytes as fit, and says how many that are. */
  add(bytes: Uint8Array): number {
    const { cutter } = this.#generation
    if (this.#buffer === undefined) {
      this.#kept = cutter.kept
      this.#used = this.#kept
      this.#buffer = this.#reading.buffers.take(this.#kept + this.#reading.readBytes)
      cutter.begin(this.#buffer.bytes)
    }
    const room = this.#kept + this.#reading.readBytes - this.#used
    const part = bytes.subarray(0, room)
    this.#buffer.bytes.set(part, this.#used)
    this.#used += part.length
    return part.length
  }

  isFull(): boolean {
    return this.#used - this.#kept === this.#reading.readBytes
  }

  /** Delivers the whole lines in the buffer. */
  async deliver(): Promise<void> {
    if (this.#buffer === undefined) return
    const { bytes, lines } = this.#fitting(this.#buffer)
    const { cutter } = this.#generation
    this.#buffer = undefined
    const whole = cutLines(cutter, bytes.subarray(0, this.#used), lines)
    this.#generation.position += this.#used - this.#kept
    await this.#reading.take(this.#generation, whole)
  }

  /** A slow reader would hold a whole buffer for a few lines. */
  #fitting(buffer: ReadBuffer): ReadBuffer {
    if (this.#used > this.#reading.readBytes >> 2) return buffer
    const small = this.#reading.buffers.take(this.#used)
    small.bytes.set(buffer.bytes.subarray(0, this.#used))
    buffer.lines.lease?.release()
    return small
  }
}
