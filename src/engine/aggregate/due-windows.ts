/**
 * Which windows the sealed segments of an aggregate make complete, in the order of their ends (then starts), and which
 * segments each is made of.
 *
 * Plain windows have segments of their own. A sliced window has all segments of the slices it covers, but for those whose
 * rows came too late for it: a segment's `end` is the first window that counts it.
 */

import type { WindowTime } from '../window/time.ts'
import type { Segments } from './segments.ts'

export type DueWindow = {
  end: number
  start: number
  /** Indexes of segments, in the order in which they are to be merged: [from, to) of `order`. */
  from: number
  to: number
}

/** The segments in order of window, those of one window in order of sealing. Mostly they are in order already. */
function inOrder(segments: Segments, before: (a: number, b: number) => number): Int32Array {
  const order = new Int32Array(segments.count)
  let isSorted = true
  for (let segment = 0; segment < order.length; segment++) {
    order[segment] = segment
    isSorted &&= segment === 0 || before(segment - 1, segment) <= 0
  }
  return isSorted ? order : order.sort((a, b) => before(a, b) || a - b)
}

export class PlainWindows {
  readonly order: Int32Array
  readonly #segments: Segments
  #at = 0

  constructor(segments: Segments) {
    this.#segments = segments
    const { ends, starts } = segments
    this.order = inOrder(
      segments,
      (a, b) => (ends[a] as number) - (ends[b] as number) || (starts[a] as number) - (starts[b] as number),
    )
  }

  /** Moves on to the window's segments; there may be none. Windows are asked for in order. */
  seek(window: DueWindow): void {
    const { ends, starts } = this.#segments
    const behind = (segment: number) =>
      (ends[segment] as number) < window.end ||
      (ends[segment] === window.end && (starts[segment] as number) < window.start)
    while (this.#at < this.order.length && behind(this.order[this.#at] as number)) this.#at++
    window.from = this.#at
    while (this.#at < this.order.length && this.#isOf(this.order[this.#at] as number, window)) this.#at++
    window.to = this.#at
  }

  #isOf(segment: number, window: DueWindow): boolean {
    return this.#segments.ends[segment] === window.end && this.#segments.starts[segment] === window.start
  }
}

/** Segments by start of slice; a window takes those in [start, end) that it counts. */
export class SlicedWindows {
  order: Int32Array
  readonly #byStart: Int32Array
  readonly #segments: Segments
  #from = 0
  #to = 0
  #last = -Infinity

  constructor(segments: Segments) {
    this.#segments = segments
    const { ends, starts } = segments
    this.#byStart = inOrder(
      segments,
      (a, b) => (starts[a] as number) - (starts[b] as number) || (ends[a] as number) - (ends[b] as number),
    )
    this.order = new Int32Array(this.#byStart.length)
  }

  /** With `newOnly`, only what the window before, of the same start, did not count. */
  seek(window: DueWindow, newOnly: boolean): void {
    const { starts, ends } = this.#segments
    const start = (at: number) => starts[this.#byStart[at] as number] as number
    while (this.#from < this.#byStart.length && start(this.#from) < window.start) this.#from++
    this.#to = Math.max(this.#to, this.#from)
    while (this.#to < this.#byStart.length && start(this.#to) < window.end) this.#to++
    window.from = 0
    window.to = 0
    for (let at = this.#from; at < this.#to; at++) {
      const segment = this.#byStart[at] as number
      const first = ends[segment] as number
      if (first <= window.end && !(newOnly && first <= this.#last)) this.order[window.to++] = segment
    }
    this.#last = window.end
  }
}

/** The ends of all windows that have segments, are due, and come after `after`; ascending. */
export function slicedEnds(
  segments: Segments,
  windows: WindowTime,
  after: number,
  due: (end: number) => boolean,
): Float64Array {
  const ends = new Set<number>()
  let slice = Number.NaN
  let first = Number.NaN
  for (let segment = 0; segment < segments.count; segment++) {
    // Segments of one slice follow each other.
    if (segments.starts[segment] === slice && segments.ends[segment] === first) continue
    slice = segments.starts[segment] as number
    first = segments.ends[segment] as number
    const last = windows.lastEnd(slice)
    for (let end = first; end <= last; end += windows.unit) {
      if (end > after && due(end)) ends.add(end)
    }
  }
  return Float64Array.from(ends).sort()
}
