/**
 * Opens the WebAssembly modules of this folder, which are written in AssemblyScript (`assembly/`) and compiled by
 * `tools/kernels.ts` into the `.wasm.ts` files here.
 *
 * A kernel does the work that every byte of every line needs. Such loops are three times as fast in WebAssembly, by vectors
 * of 16 bytes, and fast from the start: V8 takes a tenth of a second, in each thread, to optimize the same loop in
 * JavaScript, and a query over two million lines takes only half a second.
 */
import { Failure } from '../base/failure.ts'

/** The part that is used here: Node's types have only the name. */
declare const WebAssembly: {
  readonly CompileError: new () => Error
  readonly Module: new (module: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
  readonly Memory: new (size: { readonly initial: number }) => KernelMemory
}

export type KernelMemory = { readonly buffer: ArrayBuffer }

const PAGE_BYTES = 1 << 16
const IS_LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1
/** Kernels read, and some write, up to this many bytes beyond the bytes that they are given. */
export const PADDING = 64
/** By their text: each is compiled once in a thread. */
const modules = new Map<string, object>()

export type Kernel<Functions> = {
  readonly functions: Functions
  /** All zero at first. It never grows: a caller that needs more opens the kernel again. */
  readonly memory: ArrayBuffer
}

/**
 * A kernel with at least `bytes` bytes of memory of its own; pages that nobody touches cost nothing. Throws as `memoryOf`, and
 * a Failure `usage` if the processor has no vectors.
 */
export function openKernel<Functions>(base64: string, bytes: number): Kernel<Functions> {
  const memory = memoryOf(bytes)
  return { functions: openOver<Functions>(base64, memory), memory: memory.buffer }
}

/** A kernel over a memory that it may share with others. Throws a Failure `usage` if the processor has no vectors. */
export function openOver<Functions>(base64: string, memory: KernelMemory): Functions {
  let module = modules.get(base64)
  if (module === undefined) {
    module = compile(base64)
    modules.set(base64, module)
  }
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Functions
}

/**
 * A memory of at least `bytes` bytes. For each, V8 reserves some GiB of addresses, so that an access needs no check; they
 * take no memory until they are used. Throws a Failure `limit` when the process has no addresses left.
 */
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

/** Compiling tells as much as `WebAssembly.validate` would, which reads the whole module once more. */
function compile(base64: string): object {
  try {
    if (!IS_LITTLE_ENDIAN) throw new WebAssembly.CompileError()
    return new WebAssembly.Module(Buffer.from(base64, 'base64'))
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error
    throw new Failure('usage', 'this processor has no vectors that WebAssembly can use', {
      hint: 'tailrace runs on x86-64 (from SSE 4.1 on) and on 64-bit ARM.',
      cause: error,
    })
  }
}

/** `bytes`, rounded up so that values of any type may follow. */
export const align = (bytes: number): number => Math.ceil(bytes / PADDING) * PADDING
