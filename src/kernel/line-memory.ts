/**
 * One memory for the kernels that the lines of sources pass through: what is read into it is cut and written as records
 * where it lies, while bytes from elsewhere are copied in first, once for each kernel and partition.
 *
 * It never grows, and what was taken of it is never given back: who takes some uses it again and again.
 */
import { assert } from '../base/assert.ts'
import { align, type KernelMemory, memoryOf, openOver, PADDING } from './open.ts'

/** For what kernels need besides the lines, and for these. What is not used takes no memory. */
const BESIDES_BYTES = 2 << 20
const LINES_BYTES = 24 << 20

let memory: KernelMemory | undefined
let besides = PADDING
let lines = BESIDES_BYTES

const opened = (): KernelMemory => {
  memory ??= memoryOf(BESIDES_BYTES + LINES_BYTES)
  return memory
}

/** A kernel over the shared memory. */
export const openShared = <Functions>(base64: string): Functions => openOver<Functions>(base64, opened())

/** So many bytes for a kernel's own use; their address is `byteOffset`. */
export function takeBesides(bytes: number): Uint8Array {
  const at = besides
  besides += align(bytes) + PADDING
  assert(besides <= BESIDES_BYTES, 'kernels need no more than there is')
  return new Uint8Array(opened().buffer, at, bytes)
}

/** So many bytes to read lines into; undefined: there are no more, and any other memory does. */
export function takeForLines(bytes: number): Uint8Array | undefined {
  const room = align(bytes) + PADDING
  if (lines + room > BESIDES_BYTES + LINES_BYTES) return undefined
  const at = lines
  lines += room
  return new Uint8Array(opened().buffer, at, bytes)
}

/** Whether the bytes lie in the shared memory; then their address is `byteOffset`. */
export const isShared = (bytes: Uint8Array): boolean => bytes.buffer === memory?.buffer
