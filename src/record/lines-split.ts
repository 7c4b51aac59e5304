/**
 * Cuts a chunk of bytes into lines. A line ends with LF; what follows the last LF is no line yet, and belongs at the
 * head of the next chunk. The CR of a CRLF is left to the decoders, so that a record stays what was sent.
 *
 * The kernel works in the memory of `kernel/line-memory.ts`. A chunk that was read into it is cut in place; bytes from
 * elsewhere are copied to a block there first.
 */
import { isShared, openShared, takeBesides } from '../kernel/line-memory.ts'
import { LINES_KERNEL } from '../kernel/lines.wasm.ts'
import type { Records } from './column.ts'

/** The kernel looks at this many bytes in one go: they and the ranges of their lines stay in the processor's cache. */
const BLOCK_BYTES = 1 << 16
const LEAST_LINES = 1 << 10

type Functions = {
  lines(at: number, end: number, shift: number, from: number, starts: number, ends: number): number
}

/** One for each thread, opened at first use: nothing is kept in it from one call of `splitLines` to the next. */
let opened: ReturnType<typeof open> | undefined

/** Records for `splitLines` to fill, again and again: their arrays grow to the most lines that a chunk had. */
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
  const inPlace = isShared(bytes)
  let position = from
  for (let at = from; at < to; at += BLOCK_BYTES) {
    const length = Math.min(to - at, BLOCK_BYTES)
    if (!inPlace) block.set(bytes.subarray(at, at + length))
    const address = inPlace ? bytes.byteOffset + at : block.byteOffset
    const count = lines(address, address + length, address - at, position, start.byteOffset, end.byteOffset)
    if (count === 0) continue
    position = (end[count - 1] as number) + 1
    while (into.count + count > into.start.length) growRecords(into)
    into.start.set(start.subarray(0, count), into.count)
    into.end.set(end.subarray(0, count), into.count)
    into.count += count
  }
  return position
}

function open() {
  // There can be as many lines as bytes.
  const integers = () => {
    const { buffer, byteOffset } = takeBesides(4 * BLOCK_BYTES)
    return new Int32Array(buffer, byteOffset, BLOCK_BYTES)
  }
  const { lines } = openShared<Functions>(LINES_KERNEL)
  return { lines, block: takeBesides(BLOCK_BYTES), start: integers(), end: integers() }
}

/** Adds bytes [from, to), where there are any, as a line: the last of a file that does not end with LF. */
export function addRest(bytes: Uint8Array, from: number, to: number, into: Records): void {
  if (from >= to) return
  if (into.count === into.start.length) growRecords(into)
  into.bytes = bytes
  into.start[into.count] = from
  into.end[into.count++] = to
}

/** Makes room for more records than fit into the arrays. */
export function growRecords(records: Records): void {
  records.start = doubled(records.start)
  records.end = doubled(records.end)
}

function doubled(array: Int32Array): Int32Array {
  const wider = new Int32Array(Math.max(LEAST_LINES, array.length * 2))
  wider.set(array)
  return wider
}
