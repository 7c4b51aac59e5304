/** The table of PERCENTILE in a heap: `percentile.ts`. Pairs of doubles, with open addressing; at most three quarters are used. */
import type { Entries } from '../entries.ts'
import { doublesIn, extend, HEAP_LANES, type Heap, type HeapPlace } from './heap.ts'

const PAIR_BYTES = 16
const LEAST_PAIRS = 8

const double = new Float64Array(1)
const words = new Int32Array(double.buffer)

/** Whether at most half of the values are different, by the bits of a map that their hashes set. */
export function repeats(values: Float64Array): boolean {
  const bits = 2 ** Math.ceil(Math.log2(Math.max(64, values.length)))
  const map = new Uint32Array(bits / 32)
  let empty = bits
  for (let i = 0; i < values.length; i++) {
    double[0] = values[i] as number
    const bit = hashOfDouble() & (bits - 1)
    const known = map[bit >>> 5] as number
    const set = 1 << (bit & 31)
    if ((known & set) !== 0) continue
    map[bit >>> 5] = known | set
    empty--
  }
  return bits * Math.log(bits / Math.max(1, empty)) * 2 <= values.length
}

/** The hash of the number in `double`. */
function hashOfDouble(): number {
  const hash = Math.imul((words[0] as number) ^ Math.imul(words[1] as number, 0x85ebca6b), 0x9e3779b1)
  return (hash ^ (hash >>> 15)) >>> 1
}

/** Adds a value that is there `times` times to the table of an entry. */
export function addToTable(into: Entries, place: HeapPlace, ...[entry, value, times]: [number, number, number]): void {
  const { lane, heap } = place
  const distinct = into.lanes[lane + HEAP_LANES.length] as Float64Array
  const lengths = into.lanes[lane + 1] as Float64Array
  if ((4 * ((distinct[entry] as number) + 1) * PAIR_BYTES) / 3 > (lengths[entry] as number)) grow(into, place, entry)
  const first = firstOf(into, lane, entry)
  const pairs = (lengths[entry] as number) / PAIR_BYTES
  double[0] = Number.isNaN(value) ? Number.NaN : value
  if (put(doublesIn(into.heaps[heap] as Heap), first, pairs, times)) {
    distinct[entry] = (distinct[entry] as number) + 1
  }
}

/** Twice as many pairs. */
function grow(into: Entries, place: HeapPlace, entry: number): void {
  const { lane, heap } = place
  const lengths = into.lanes[lane + 1] as Float64Array
  const length = lengths[entry] as number
  const old = doublesIn(into.heaps[heap] as Heap).slice(
    firstOf(into, lane, entry),
    firstOf(into, lane, entry) + length / 8,
  )
  const pairs = Math.max(LEAST_PAIRS, (2 * length) / PAIR_BYTES)
  extend(into, place, entry, pairs * PAIR_BYTES - length)
  const first = firstOf(into, lane, entry)
  const view = doublesIn(into.heaps[heap] as Heap)
  view.fill(0, first, first + 2 * pairs)
  for (let at = 0; at < old.length; at += 2) {
    if (old[at + 1] === 0) continue
    double[0] = old[at] as number
    put(view, first, pairs, old[at + 1] as number)
  }
}

const firstOf = ({ lanes }: Entries, lane: number, entry: number): number =>
  ((lanes[lane] as Float64Array)[entry] as number) / 8

/** Adds the number in `double`; returns whether it is new. -0 and 0 are two values, and all NaN are one. */
function put(view: Float64Array, first: number, pairs: number, times: number): boolean {
  const value = double[0] as number
  const mask = pairs - 1
  let slot = hashOfDouble() & mask
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
