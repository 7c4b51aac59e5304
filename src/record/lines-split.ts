/**
 * Cuts a chunk of bytes into lines. A line ends with LF; what follows the last LF is no line yet, and belongs at the
 * head of the next chunk. The CR of a CRLF is left to the decoders, so that a record stays what was sent.
 */

import { isShared, openShared, takeBesides } from '../kernel/line-memory.ts'
import { LINES_KERNEL } from '../kernel/lines.wasm.ts'
import type { Records } from './column.ts'

/** So many bytes are looked at in one go: they stay near to the processor. */
const BLOCK_BYTES = 1 << 15
const LEAST_LINES = 1 << 10

type Functions = {
  lines(at: number, end: number, shift: number, from: number, starts: number, ends: number): number
}

type Opened = {
  readonly lines: Functions['lines']
  readonly block: Uint8Array
  readonly start: Int32Array
  readonly end: Int32Array
}

let opened: Opened | undefined

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
  opened ??= open()
  const { lines, block, start, end } = opened
  const isThere = isShared(bytes)
  let position = from
  for (let at = from; at < to; at += BLOCK_BYTES) {
    const length = Math.min(to - at, BLOCK_BYTES)
    if (!isThere) block.set(bytes.subarray(at, at + length))
    const address = isThere ? bytes.byteOffset + at : block.byteOffset
    const count = lines(address, address + length, address - at, position, start.byteOffset, end.byteOffset)
    if (count === 0) continue
    position = (end[count - 1] as number) + 1
    while (into.count + count > into.start.length) {
      into.start = grown(into.start)
      into.end = grown(into.end)
    }
    into.start.set(start.subarray(0, count), into.count)
    into.end.set(end.subarray(0, count), into.count)
    into.count += count
  }
  return position
}

function open(): Opened {
  // There can be as many lines as bytes.
  const integers = () => {
    const { buffer, byteOffset } = takeBesides(4 * BLOCK_BYTES)
    return new Int32Array(buffer, byteOffset, BLOCK_BYTES)
  }
  const { lines } = openShared<Functions>(LINES_KERNEL)
  return { lines, block: takeBesides(BLOCK_BYTES), start: integers(), end: integers() }
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
