/** The table of PERCENTILE in a heap: `percentile.ts`. Pairs of doubles, with open addressing; at most three quarters are used. */
import type { Entries } from '../entries.ts'
import { doublesIn, extend, HEAP_LANES, type Heap, type HeapPlace } from './heap.ts'

const PAIR_BYTES = 16
const LEAST_PAIRS = 8
/** Values of a list that are looked at to say whether they repeat. */
const SAMPLED = 1 << 12
/** From this number on all of them are looked at. */
const ALL = 1 << 20

const double = new Float64Array(1)
const words = new Int32Array(double.buffer)

/** Whether at most half of the values are different. */
export function repeats(values: Float64Array): boolean {
  const step = values.length >= ALL ? 1 : Math.max(1, Math.floor(values.length / SAMPLED))
  const sample = new Float64Array(Math.floor(values.length / step))
  for (let i = 0; i < sample.length; i++) sample[i] = values[i * step] as number
  sample.sort()
  let different = 0
  for (let i = 0; i < sample.length; i++) if (i === 0 || !Object.is(sample[i], sample[i - 1])) different++
  return different * 2 <= sample.length
}

/** Adds a value that is there `times` times to the table of an entry. */
export function addToTable(into: Entries, place: HeapPlace, ...[entry, value, times]: [number, number, number]): void {
  const { lane, heap } = place
  const distinct = into.lanes[lane + HEAP_LANES.length] as Float64Array
  const lengths = into.lanes[lane + 1] as Float64Array
  if ((4 * ((distinct[entry] as number) + 1) * PAIR_BYTES) / 3 > (lengths[entry] as number)) grow(into, place, entry)
  const first = firstOf(into, lane, entry)
  const pairs = (lengths[entry] as number) / PAIR_BYTES
  if (put(doublesIn(into.heaps[heap] as Heap), first, pairs, { value, times })) {
    distinct[entry] = (distinct[entry] as number) + 1
  }
}

/** Twice as many pairs. */
function grow(into: Entries, place: HeapPlace, entry: number): void {
  const { lane, heap } = place
  const lengths = into.lanes[lane + 1] as Float64Array
  const length = lengths[entry] as number
  const known: [number, number][] = []
  forTable(
    doublesIn(into.heaps[heap] as Heap),
    firstOf(into, lane, entry),
    firstOf(into, lane, entry) + length / 8,
    (value, times) => known.push([value, times]),
  )
  const pairs = Math.max(LEAST_PAIRS, (2 * length) / PAIR_BYTES)
  extend(into, place, entry, pairs * PAIR_BYTES - length)
  const first = firstOf(into, lane, entry)
  const view = doublesIn(into.heaps[heap] as Heap)
  view.fill(0, first, first + 2 * pairs)
  for (const [value, times] of known) put(view, first, pairs, { value, times })
}

const firstOf = ({ lanes }: Entries, lane: number, entry: number): number =>
  ((lanes[lane] as Float64Array)[entry] as number) / 8

/** Returns whether the value is new. -0 and 0 are two values, and all NaN are one. */
function put(
  view: Float64Array,
  first: number,
  pairs: number,
  { value, times }: { readonly value: number; readonly times: number },
): boolean {
  double[0] = Number.isNaN(value) ? Number.NaN : value
  const mask = pairs - 1
  let slot = (Math.imul((words[0] as number) ^ Math.imul(words[1] as number, 0x85ebca6b), 0x9e3779b1) >>> 9) & mask
  for (;;) {
    const at = first + 2 * slot
    const known = view[at + 1] as number
    if (known === 0) {
      view[at] = value
      view[at + 1] = times
      return true
    }
    if (Object.is(view[at], value)) {
      view[at + 1] = known + times
      return false
    }
    slot = (slot + 1) & mask
  }
}

/** Calls `visit` for each value of the table in [first, end), in no order. */
export function forTable(
  view: Float64Array,
  first: number,
  end: number,
  visit: (value: number, times: number) => void,
): void {
  for (let at = first; at < end; at += 2) if (view[at + 1] !== 0) visit(view[at] as number, view[at + 1] as number)
}

/** Different values in order. `ends`: how many values there are up to each. */
export type Counted = { readonly values: Float64Array; readonly ends: Float64Array; readonly total: number }

/** The values of the table in [first, end), in order. */
export function countedIn(view: Float64Array, first: number, end: number): Counted {
  const found: [value: number, times: number][] = []
  forTable(view, first, end, (value, times) => found.push([value, times]))
  const values = Float64Array.from(found, ([value]) => value).sort()
  const times = new Map(found.map(([value, count]) => [Object.is(value, -0) ? 'minus 0' : value, count]))
  let total = 0
  const ends = values.map((value) => {
    total += times.get(Object.is(value, -0) ? 'minus 0' : value) as number
    return total
  })
  return { values, ends, total }
}
