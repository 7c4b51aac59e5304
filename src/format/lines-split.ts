/**
 * Cuts a chunk of bytes into lines. A line ends with LF; what follows the last LF is no line yet, and belongs at the
 * head of the next chunk. The CR of a CRLF is left to the decoders, so that a record stays what was sent.
 */
import { LINES_KERNEL } from '../kernel/lines.wasm.ts'
import { type Kernel, openKernel } from '../kernel/open.ts'
import type { Records } from '../record/column.ts'

/** So many bytes are looked at in one go: they stay near to the processor. */
const BLOCK_BYTES = 1 << 15
const PADDING = 64
const LEAST_LINES = 1 << 10
/** Where starts and ends are put in the kernel's memory: there can be as many as bytes. */
const STARTS = BLOCK_BYTES + PADDING
const ENDS = STARTS + 4 * BLOCK_BYTES

type Functions = {
  lines(at: number, end: number, shift: number, from: number, starts: number, ends: number): number
}
type LineEnds = Kernel<Functions> & {
  readonly bytes: Uint8Array
  readonly starts: Int32Array
  readonly ends: Int32Array
}

let opened: LineEnds | undefined

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
  opened ??= openLineEnds()
  let position = from
  for (let at = from; at < to; at += BLOCK_BYTES) {
    const length = Math.min(to - at, BLOCK_BYTES)
    opened.bytes.set(bytes.subarray(at, at + length))
    const count = opened.functions.lines(0, length, -at, position, STARTS, ENDS)
    while (into.count + count > into.start.length) {
      into.start = grown(into.start)
      into.end = grown(into.end)
    }
    into.start.set(opened.starts.subarray(0, count), into.count)
    into.end.set(opened.ends.subarray(0, count), into.count)
    into.count += count
    if (count > 0) position = (opened.ends[count - 1] as number) + 1
  }
  return position
}

function openLineEnds(): LineEnds {
  const kernel = openKernel<Functions>(LINES_KERNEL, ENDS + 4 * BLOCK_BYTES)
  const { memory } = kernel
  return {
    ...kernel,
    bytes: new Uint8Array(memory),
    starts: new Int32Array(memory, STARTS, BLOCK_BYTES),
    ends: new Int32Array(memory, ENDS, BLOCK_BYTES),
  }
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
