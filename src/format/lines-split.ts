/**
 * Cuts a chunk of bytes into lines. A line ends with LF; what follows the last LF is no line yet, and belongs at the
 * head of the next chunk. The CR of a CRLF is left to the decoders, so that a record stays what was sent.
 */
import { Buffer } from 'node:buffer'
import type { Records } from '../record/column.ts'

const LF = 10
const BLOCK = 256

/** Records to be filled by `splitLines`, again and again: its arrays grow to the most lines that a chunk had. */
export function makeRecords(capacity: number): Records {
  return { bytes: new Uint8Array(0), start: new Int32Array(capacity), end: new Int32Array(capacity), count: 0 }
}

/**
 * Puts the lines of bytes [from, to) into `into`, in place of what it held, and returns where the rest begins: `to`
 * where the last byte is LF. At the end of a file a rest that is not empty is a line of its own: see `addRest`.
 */
export function splitLines(bytes: Uint8Array, from: number, to: number, into: Records): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, to)
  into.bytes = bytes
  into.count = 0
  let position = from
  for (let expected = BLOCK; ; expected += BLOCK) {
    if (expected > into.start.length) {
      into.start = grown(into.start)
      into.end = grown(into.end)
    }
    position = splitBlock(buffer, position, into)
    if (into.count < expected) return position
  }
}

/**
 * Adds BLOCK lines, or as many as there are. A function that is called often is optimised as a whole; a long loop would
 * be optimised in its midst, and again at every call.
 */
function splitBlock(buffer: Buffer, from: number, into: Records): number {
  const { start, end, count } = into
  let position = from
  let line = count
  for (; line < count + BLOCK; line++) {
    // Buffer's indexOf is memchr: three times faster than any loop here, for lines of 90 bytes and more.
    const newline = buffer.indexOf(LF, position)
    if (newline < 0) break
    start[line] = position
    end[line] = newline
    position = newline + 1
  }
  into.count = line
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
  const wider = new Int32Array(Math.max(4 * BLOCK, array.length * 2))
  wider.set(array)
  return wider
}
