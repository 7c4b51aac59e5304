/**
 * The windows that are due, in order of their ends (then starts), and the blocks that each is made of.
 *
 * Plain windows have blocks of their own. A sliced window has all blocks of the slices it covers, except those whose rows
 * came too late for it: the `end` of a block is that of the first window that counts it.
 */
import { Failure } from '../../base/failure.ts'
import type { WallTime, WindowTime } from '../window/time.ts'
import type { Blocks } from './blocks.ts'

export type DueWindow = {
  end: WallTime
  start: WallTime
  /** Its blocks, in the order in which they are merged: [from, to) of `order`. */
  from: number
  to: number
}

/** The blocks in order of window, those of one window in order of sealing. Mostly they already are. */
function orderOf(blocks: Blocks, before: (a: number, b: number) => number): Int32Array {
  const order = new Int32Array(blocks.count)
  let isSorted = true
  for (let block = 0; block < order.length; block++) {
    order[block] = block
    isSorted &&= block === 0 || before(block - 1, block) <= 0
  }
  return isSorted ? order : order.sort((a, b) => before(a, b) || a - b)
}

/** Blocks by window. */
export class PlainWindows {
  readonly order: Int32Array
  readonly #blocks: Blocks
  #at = 0

  constructor(blocks: Blocks) {
    this.#blocks = blocks
    const { ends, starts } = blocks
    this.order = orderOf(
      blocks,
      (a, b) => (ends[a] as number) - (ends[b] as number) || (starts[a] as number) - (starts[b] as number),
    )
  }

  /** Moves on to the blocks of a window; there may be none. Windows are asked for in order. */
  seek(window: DueWindow): void {
    const { ends, starts } = this.#blocks
    const behind = (block: number) =>
      (ends[block] as number) < window.end || (ends[block] === window.end && (starts[block] as number) < window.start)
    while (this.#at < this.order.length && behind(this.order[this.#at] as number)) this.#at++
    window.from = this.#at
    while (this.#at < this.order.length && this.#isOf(this.order[this.#at] as number, window)) this.#at++
    window.to = this.#at
  }

  #isOf(block: number, window: DueWindow): boolean {
    return this.#blocks.ends[block] === window.end && this.#blocks.starts[block] === window.start
  }
}

/** Blocks by start of slice: a window has those that start in [start, end) and that it counts. */
export class SlicedWindows {
  order: Int32Array
  readonly #byStart: Int32Array
  readonly #blocks: Blocks
  #from = 0
  #to = 0
  #last = -Infinity

  constructor(blocks: Blocks) {
    this.#blocks = blocks
    const { ends, starts } = blocks
    this.#byStart = orderOf(
      blocks,
      (a, b) => (starts[a] as number) - (starts[b] as number) || (ends[a] as number) - (ends[b] as number),
    )
    this.order = new Int32Array(this.#byStart.length)
  }

  /** With `newOnly`, only the blocks that the window before, of the same start, did not count. */
  seek(window: DueWindow, newOnly: boolean): void {
    const { starts, ends } = this.#blocks
    const start = (at: number) => starts[this.#byStart[at] as number] as number
    while (this.#from < this.#byStart.length && start(this.#from) < window.start) this.#from++
    this.#to = Math.max(this.#to, this.#from)
    while (this.#to < this.#byStart.length && start(this.#to) < window.end) this.#to++
    window.from = 0
    window.to = 0
    for (let at = this.#from; at < this.#to; at++) {
      const block = this.#byStart[at] as number
      const first = ends[block] as number
      if (first <= window.end && !(newOnly && first <= this.#last)) this.order[window.to++] = block
    }
    this.#last = window.end
  }
}

/** Windows that may close at once: a row comes of each, and all are in memory. */
const MOST_ENDS = 8_000_000

/** The ends of all windows that have blocks, are due and end after `after`; ascending. */
export function slicedEnds(
  blocks: Blocks,
  windows: WindowTime,
  after: WallTime,
  due: (end: WallTime) => boolean,
): Float64Array {
  const ends = new Set<number>()
  let slice = Number.NaN
  let first = Number.NaN
  for (let block = 0; block < blocks.count; block++) {
    // Blocks of one slice follow each other.
    if (blocks.starts[block] === slice && blocks.ends[block] === first) continue
    slice = blocks.starts[block] as number
    first = blocks.ends[block] as number
    const last = windows.lastEnd(slice)
    if (ends.size > MOST_ENDS) {
      throw new Failure('limit', `more than ${MOST_ENDS} windows close at once`, {
        hint: 'give them a longer slide or step',
      })
    }
    for (let end = first; end <= last; end += windows.unit) {
      if (end > after && due(end)) ends.add(end)
    }
  }
  return Float64Array.from(ends).sort()
}
