/**
 * One memory for the kernels that the lines of sources and files pass through: lines are cut, and written as records, in
 * the place that they were read into. Bytes from elsewhere are copied in first, once for each kernel and partition.
 *
 * There is one memory in each thread, made at first use: a WebAssembly memory cannot be divided among owners that come and
 * go, and one for each source would cost gigabytes of addresses. It never grows, and what was taken of it is never given
 * back: its users use it again and again. When the room for lines has run out, lines are read into other memory,
 * and work the same, with one more copy. The room for the kernels themselves cannot run out: each takes some once.
 */
import { assert } from '../base/assert.ts'
import { align, type KernelMemory, memoryOf, openOver, PADDING } from './open.ts'

/** For what kernels need besides the lines, and for these. Pages that nobody touches take no memory. */
const BESIDES_BYTES = 2 << 20
const LINES_BYTES = 24 << 20

let memory: KernelMemory | undefined
/** Where the free room begins: of what kernels need besides, and of the lines. */
let besides = PADDING
let lines = BESIDES_BYTES

const opened = (): KernelMemory => {
  memory ??= memoryOf(BESIDES_BYTES + LINES_BYTES)
  return memory
}

/** A kernel over the shared memory. */
export const openShared = <Functions>(base64: string): Functions => openOver<Functions>(base64, opened())

/** Room of `bytes` bytes for a kernel's own use; its address is `byteOffset`. */
export function takeBesides(bytes: number): Uint8Array {
  const at = besides
  besides += align(bytes) + PADDING
  assert(besides <= BESIDES_BYTES, 'kernels need no more than there is')
  return new Uint8Array(opened().buffer, at, bytes)
}

/** Room to read `bytes` bytes of lines into; undefined: there is no more, and any other memory does. */
export function takeForLines(bytes: number): Uint8Array | undefined {
  const room = align(bytes) + PADDING
  if (lines + room > BESIDES_BYTES + LINES_BYTES) return undefined
  const at = lines
  lines += room
  return new Uint8Array(opened().buffer, at, bytes)
}

/** Whether the bytes lie in the shared memory; then their address is `byteOffset`. */
export const isShared = (bytes: Uint8Array): boolean => bytes.buffer === memory?.buffer
