/**
 * Cuts a chunk of bytes into lines. A line ends with LF; what follows the last LF is no line yet, and belongs at the
 * head of the next chunk. The CR of a CRLF is left to the decoders, so that a record stays what was sent.
 */
import type { Records } from '../record/column.ts'
import { StopScanner } from './stop-scan.ts'

const LF = 10
/** So many bytes stay near to the processor while they are read twice. */
const BLOCK_BYTES = 1 << 15
const LEAST_LINES = 1 << 10

const lineEnds = new StopScanner([LF])

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
  let position = from
  for (let at = from; at < to; at += BLOCK_BYTES) {
    const count = lineEnds.scan(bytes, at, Math.min(to, at + BLOCK_BYTES))
    while (into.count + count > into.start.length) {
      into.start = grown(into.start)
      into.end = grown(into.end)
    }
    position = addLines(lineEnds.positions, count, position, into)
  }
  return position
}

/** Adds the lines that end at the positions; returns where the last ends. */
function addLines(ends: Int32Array, count: number, from: number, into: Records): number {
  const { start, end } = into
  let position = from
  let line = into.count
  for (let i = 0; i < count; i++, line++) {
    const newline = ends[i] as number
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
  const wider = new Int32Array(Math.max(LEAST_LINES, array.length * 2))
  wider.set(array)
  return wider
}
