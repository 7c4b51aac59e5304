/**
 * Opens the WebAssembly modules of this folder, which are written in AssemblyScript (`assembly/`) and compiled by
 * `tools/kernels.ts` into the `.wasm.ts` files here.
 *
 * A kernel does what is asked of every byte of every line. Such loops are three times as fast there, by vectors of 16
 * bytes, and fast at once: V8 takes a tenth of a second to find out how to compile the same in JavaScript, in each thread
 * anew, where a query over two million lines takes half a second.
 */
import { Failure } from '../base/failure.ts'

/** What is used of it: the types of Node have no more than its name. */
declare const WebAssembly: {
  validate(module: Uint8Array): boolean
  readonly Module: new (module: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
  readonly Memory: new (size: { readonly initial: number }) => KernelMemory
}

export type KernelMemory = { readonly buffer: ArrayBuffer }

const PAGE_BYTES = 1 << 16
/** Kernels read, and some write, a little around the bytes that they are given: so much must be there. */
export const PADDING = 64
const modules = new Map<string, object>()

export type Kernel<Functions> = {
  readonly functions: Functions
  /** All zero at first, and never of another size: who needs more opens the kernel anew. */
  readonly memory: ArrayBuffer
}

/** A kernel with at least so many bytes of memory of its own. Memory that is not touched costs nothing. */
export function openKernel<Functions>(base64: string, bytes: number): Kernel<Functions> {
  const memory = memoryOf(bytes)
  return { functions: openOver<Functions>(base64, memory), memory: memory.buffer }
}

/** A kernel over a memory that it may share with others. */
export function openOver<Functions>(base64: string, memory: KernelMemory): Functions {
  let module = modules.get(base64)
  if (module === undefined) {
    module = compile(base64)
    modules.set(base64, module)
  }
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Functions
}

/** V8 reserves some GiB of addresses for each, so that an access needs no check; they are not memory until they are used. */
export function memoryOf(bytes: number): KernelMemory {
  try {
    return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Failure('limit', 'the system gives this process no more addresses for memory', {
      hint: 'Raise its limit (ulimit -v), or have fewer partitions: each takes some for every query and sink.',
      cause: error,
    })
  }
}

function compile(base64: string): object {
  const bytes = Buffer.from(base64, 'base64')
  const isLittleEndian = new Uint8Array(Int32Array.of(1).buffer)[0] === 1
  if (!isLittleEndian || !WebAssembly.validate(bytes)) {
    throw new Failure('usage', 'this processor has no vectors that WebAssembly can use', {
      hint: 'tailrace runs on x86-64 (from SSE 4.1 on) and on 64-bit ARM.',
    })
  }
  return new WebAssembly.Module(bytes)
}

/** So many bytes and a few more, so that what comes behind may be of any type. */
export const align = (bytes: number): number => Math.ceil(bytes / PADDING) * PADDING
