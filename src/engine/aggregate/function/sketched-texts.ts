/** Registers and ranks of a column of texts, by the kernel `sketch`: in WebAssembly a hash of 64 bits is ten times as fast. */
import { assert } from '../../../base/assert.ts'
import { type Kernel, openKernel, PADDING } from '../../../kernel/open.ts'
import { SKETCH_KERNEL } from '../../../kernel/sketch.wasm.ts'
import type { StringColumn } from '../../../record/column.ts'

type Functions = { sketchTexts(count: number, starts: number, ends: number, out: number, bytes: number): void }

/** Texts that lie farther apart than this many times their number of rows are not copied into the kernel. */
const SPREAD_BYTES = 1 << 10

let kernel: Kernel<Functions> | undefined
let bytesThere = new Uint8Array(0)
let wordsThere = new Int32Array(0)

/** Register and rank of each row from `from` on, as `register << 6 | rank`; undefined where the texts are too far apart. */
export function sketchedTexts({ bytes, start, end }: StringColumn, from: number, to: number): Int32Array | undefined {
  const count = to - from
  let first = Infinity
  let last = 0
  for (let row = from; row < to; row++) {
    if ((end[row] as number) <= (start[row] as number)) continue
    first = Math.min(first, start[row] as number)
    last = Math.max(last, end[row] as number)
  }
  if (first > last) first = last
  if (last - first > count * SPREAD_BYTES) return undefined
  reserve(12 * count + last - first + PADDING)
  const words = wordsThere
  for (let i = 0; i < count; i++) {
    const isEmpty = (end[from + i] as number) <= (start[from + i] as number)
    words[i] = isEmpty ? 0 : (start[from + i] as number) - first
    words[count + i] = isEmpty ? 0 : (end[from + i] as number) - first
  }
  bytesThere.set(bytes.subarray(first, last), 12 * count)
  assert(kernel !== undefined, 'the kernel is open')
  kernel.functions.sketchTexts(count, 0, 4 * count, 8 * count, 12 * count)
  return words.subarray(2 * count, 3 * count)
}

function reserve(size: number): void {
  if (kernel !== undefined && size <= bytesThere.length) return
  kernel = openKernel<Functions>(SKETCH_KERNEL, Math.max(1 << 20, 2 * size))
  bytesThere = new Uint8Array(kernel.memory)
  wordsThere = new Int32Array(kernel.memory)
}
