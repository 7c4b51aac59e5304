/**
 * The memory in which LZ4 and Snappy are decompressed by a kernel (`kernel/assembly/decompress.ts`): the input, and behind it
 * the output. There is one in each thread. It is opened anew where a batch needs a larger one; pages that nobody touches
 * take no memory.
 */
import { Failure } from '../base/failure.ts'
import { DECOMPRESS_KERNEL } from './decompress.wasm.ts'
import { align, type Kernel, openKernel, PADDING } from './open.ts'

const LEAST_BYTES = 4 << 20

/** Each gives the address behind the output; 0: it would pass `limit`; below 0: minus the address of the damage. */
type Functions = {
  lz4(from: number, to: number, base: number, out: number, limit: number): number
  snappy(from: number, to: number, out: number, limit: number): number
}

let kernel: Kernel<Functions> | undefined

/** Input in the memory, and room for `outBytes` of output. */
export type Room = {
  readonly functions: Functions
  readonly memory: Uint8Array
  /** The address of the input. */
  readonly input: number
  /** The address of the output. */
  readonly out: number
  readonly outBytes: number
}

/** Copies the input into the memory. The room is valid until the next call. */
export function roomFor(bytes: Uint8Array, outBytes: number): Room {
  const out = PADDING + align(bytes.length) + PADDING
  const needed = out + align(outBytes) + PADDING
  if (kernel === undefined || kernel.memory.byteLength < needed) {
    kernel = openKernel<Functions>(DECOMPRESS_KERNEL, Math.max(LEAST_BYTES, 2 * needed))
  }
  const memory = new Uint8Array(kernel.memory)
  memory.set(bytes, PADDING)
  return { functions: kernel.functions, memory, input: PADDING, out, outBytes }
}

/** A Failure for data of a codec that cannot be as it was written, from byte `at` of it on. */
export const damageAt = (codec: string, at: number): Failure =>
  new Failure('corrupt', `the ${codec} data is damaged at byte ${at}`)

/** A Failure for data of a codec that would be longer than `limit` once it is decompressed. */
export const beyondLimit = (codec: string, limit: number): Failure =>
  new Failure('limit', `decompressed, the ${codec} data has more than ${limit} bytes, which is the most that is read`)
