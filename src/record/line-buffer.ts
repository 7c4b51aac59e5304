/**
 * A buffer in the memory of the kernel that finds where its lines end: what is read into it is not copied to be cut. A line
 * ends with LF; what follows the last LF is no line yet. The CR of a CRLF is left to the decoders.
 */
import { LINES_KERNEL } from '../kernel/lines.wasm.ts'
import { openKernel, PADDING } from '../kernel/open.ts'
import type { Records } from './column.ts'

type Functions = {
  lines(at: number, end: number, shift: number, from: number, starts: number, ends: number): number
}

export class LineBuffer {
  readonly bytes: Uint8Array
  /** The lines that were found last. */
  readonly lines: Records
  readonly #lines: Functions['lines']

  constructor(capacity: number) {
    const starts = capacity + PADDING
    // There can be as many lines as bytes. What is not used takes no memory.
    const ends = starts + 4 * capacity
    const { functions, memory } = openKernel<Functions>(LINES_KERNEL, ends + 4 * capacity)
    this.#lines = functions.lines
    this.bytes = new Uint8Array(memory, 0, capacity)
    this.lines = {
      bytes: this.bytes,
      start: new Int32Array(memory, starts, capacity),
      end: new Int32Array(memory, ends, capacity),
      count: 0,
    }
  }

  /**
   * Finds the lines of the first bytes, so many, and returns where the rest begins. Places count from `at`, that of the first
   * byte; the first line begins at `from`.
   */
  split(filled: number, at = 0, from: number = at): number {
    const { start, end } = this.lines
    const count = this.#lines(0, filled, -at, from, start.byteOffset, end.byteOffset)
    this.lines.count = count
    return count === 0 ? from : (end[count - 1] as number) + 1
  }

  /** Takes the first bytes, so many, for one line, as what is left at the end of a file is. */
  takeRest(filled: number): void {
    this.lines.start[0] = 0
    this.lines.end[0] = filled
    this.lines.count = 1
  }
}
