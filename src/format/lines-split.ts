/**
 * Cuts a chunk of bytes into lines. A line ends with LF; what follows the last LF is no line yet, and belongs at the
 * head of the next chunk. The CR of a CRLF is left to the decoders, so that a record stays what was sent.
 */
import type { Records } from '../record/column.ts'
import { LineBuffer } from './line-buffer.ts'

/** So many bytes are looked at in one go: they stay near to the processor. */
const BLOCK_BYTES = 1 << 15
const LEAST_LINES = 1 << 10

let block: LineBuffer | undefined

/** Records to be filled by `splitLines`, again and again: its arrays grow to the most lines that a chunk had. */
export function makeRecords(capacity: number): Records {
  return { bytes: new Uint8Array(0), start: new Int32Array(capacity), end: new Int32Array(capacity), count: 0 }
}

/**
 * Puts the lines of bytes [from, to) into `into`, in place of what it held, and returns where the rest begins: `to`
 * where the last byte is LF. At the end of a file a rest that is not empty is a line of its own: see `addRest`.
 */
export function splitLines(bytes: Uint8Array, from: number, to: number, into: Records): number {
  into.bytes = bytes
  into.count = 0
  block ??= new LineBuffer(BLOCK_BYTES)
  const { bytes: room, lines } = block
  let position = from
  for (let at = from; at < to; at += BLOCK_BYTES) {
    const length = Math.min(to - at, BLOCK_BYTES)
    room.set(bytes.subarray(at, at + length))
    position = block.split(length, at, position)
    const { count } = lines
    while (into.count + count > into.start.length) {
      into.start = grown(into.start)
      into.end = grown(into.end)
    }
    into.start.set(lines.start.subarray(0, count), into.count)
    into.end.set(lines.end.subarray(0, count), into.count)
    into.count += count
  }
  return position
}

/** Adds the last line of a file that does not end with a newline. */
export function addRest(bytes: Uint8Array, from: number, to: number, into: Records): void {
  if (from >= to) return
  if (into.count === into.start.length) {
    into.start = grown(into.start)
    into.end = grown(into.end)
  }
  into.bytes = bytes
  into.start[into.count] = from
  into.end[into.count++] = to
}

function grown(array: Int32Array): Int32Array {
  const wider = new Int32Array(Math.max(LEAST_LINES, array.length * 2))
  wider.set(array)
  return wider
}
