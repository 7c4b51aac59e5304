/**
 * Groups and their aggregates as arrays: entry i is the group whose key has id `ids[i]`.
 *
 * The accumulators' state of an entry lies in `lanes` (doubles) and, for values that no double holds (integers beyond 2^53,
 * decimals, strings), in `extras`. Each accumulator knows which are its own. An extra stays empty until it is needed. States of
 * any length are bytes in `heaps`.
 * The invariant: lane elements from `count` on have their initial value, so a new entry needs no work.
 */
import { clearHeap, copyHeap, copyHeaps, type Heap, makeHeap } from './function/heap.ts'

export type Extra = bigint | Uint8Array | undefined

export type Entries = {
  count: number
  ids: Int32Array
  lanes: Float64Array[]
  extras: Extra[][]
  heaps: Heap[]
}

/** The initial value of each lane, the number of extras, and the first lane of each heap. */
export type Layout = {
  readonly initial: readonly number[]
  readonly extras: number
  readonly heaps?: readonly number[]
}

/** No entries, with room for `capacity`. */
export function makeEntries(layout: Layout, capacity: number): Entries {
  return {
    count: 0,
    ids: new Int32Array(capacity),
    lanes: layout.initial.map((initial) => filled(initial, capacity)),
    extras: Array.from({ length: layout.extras }, () => []),
    heaps: (layout.heaps ?? []).map(makeHeap),
  }
}

function filled(initial: number, capacity: number): Float64Array {
  const lane = new Float64Array(capacity)
  return initial === 0 ? lane : lane.fill(initial)
}

/** Measured on the heap: a short array of bytes is an object that is mostly header. */
const VALUE_BYTES = 185
const BIGINT_BYTES = 24
const SAMPLED = 16

/** Bytes of memory, spare room included. Those of extras are estimated. */
export function entriesBytes({ ids, lanes, extras, heaps }: Entries): number {
  let sum = ids.byteLength
  for (const { bytes } of heaps) sum += bytes.byteLength
  for (const lane of lanes) sum += lane.byteLength
  for (const extra of extras) sum += extraBytes(extra)
  return sum
}

/** Estimated from a sample of the values. */
function extraBytes(extra: readonly Extra[]): number {
  const step = Math.max(1, Math.floor(extra.length / SAMPLED))
  let seen = 0
  let sum = 0
  for (let entry = 0; entry < extra.length; entry += step) {
    const value = extra[entry]
    seen++
    if (value !== undefined) sum += typeof value === 'bigint' ? BIGINT_BYTES : VALUE_BYTES + value.length
  }
  return seen === 0 ? 0 : extra.length * (8 + sum / seen)
}

/** Makes room for at least `least` entries in all. */
export function growEntries(entries: Entries, layout: Layout, least: number): void {
  let capacity = Math.max(16, entries.ids.length)
  while (capacity < least) capacity *= 2
  if (capacity === entries.ids.length) return
  const ids = new Int32Array(capacity)
  ids.set(entries.ids)
  entries.ids = ids
  entries.lanes.forEach((old, index) => {
    const lane = filled(layout.initial[index] as number, capacity)
    lane.set(old)
    entries.lanes[index] = lane
  })
}

/** Removes all entries and keeps the room. */
export function clearEntries(entries: Entries, layout: Layout): void {
  entries.lanes.forEach((lane, index) => {
    lane.fill(layout.initial[index] as number, 0, entries.count)
  })
  for (const extra of entries.extras) extra.length = 0
  for (const heap of entries.heaps) clearHeap(heap)
  entries.count = 0
}

/** Appends entries [start, start + count) of `from`. */
export function appendEntries(to: Entries, layout: Layout, from: Entries, start: number, count: number): void {
  growEntries(to, layout, to.count + count)
  const at = to.count
  // A call to `set` costs more than a handful of elements.
  if (count < 16) {
    for (let i = 0; i < count; i++) to.ids[at + i] = from.ids[start + i] as number
    for (let lane = 0; lane < to.lanes.length; lane++) {
      const source = from.lanes[lane] as Float64Array
      const target = to.lanes[lane] as Float64Array
      for (let i = 0; i < count; i++) target[at + i] = source[start + i] as number
    }
  } else {
    to.ids.set(from.ids.subarray(start, start + count), at)
    for (let lane = 0; lane < to.lanes.length; lane++) {
      const source = from.lanes[lane] as Float64Array
      ;(to.lanes[lane] as Float64Array).set(source.subarray(start, start + count), at)
    }
  }
  for (let index = 0; index < to.extras.length; index++) {
    const source = from.extras[index] as Extra[]
    if (source.length === 0) continue
    const target = to.extras[index] as Extra[]
    while (target.length < at) target.push(undefined)
    for (let i = 0; i < count; i++) target[at + i] = source[start + i]
  }
  if (layout.heaps !== undefined) copyHeaps(to, layout.heaps, from, { at, count, start })
  to.count = at + count
}

/** Appends the entries at `order` [0, count), in that order. */
export function pickEntries(to: Entries, layout: Layout, from: Entries, order: Int32Array, count: number): void {
  growEntries(to, layout, to.count + count)
  const at = to.count
  for (let i = 0; i < count; i++) to.ids[at + i] = from.ids[order[i] as number] as number
  for (let lane = 0; lane < to.lanes.length; lane++) {
    const source = from.lanes[lane] as Float64Array
    const target = to.lanes[lane] as Float64Array
    for (let i = 0; i < count; i++) target[at + i] = source[order[i] as number] as number
  }
  for (let index = 0; index < to.extras.length; index++) {
    const source = from.extras[index] as Extra[]
    if (source.length === 0) continue
    const target = to.extras[index] as Extra[]
    while (target.length < at) target.push(undefined)
    for (let i = 0; i < count; i++) target[at + i] = source[order[i] as number]
  }
  if (layout.heaps !== undefined) copyHeaps(to, layout.heaps, from, { at, count, start: 0, order })
  to.count = at + count
}

/** Replaces each id by `renamed[id]`. */
export function renameEntries({ ids, count }: Entries, renamed: Int32Array): void {
  for (let entry = 0; entry < count; entry++) ids[entry] = renamed[ids[entry] as number] as number
}

/** A copy for a snapshot: it shares nothing and has no spare room. */
export function copyEntries(entries: Entries): Entries {
  const { count } = entries
  return {
    count,
    ids: entries.ids.slice(0, count),
    lanes: entries.lanes.map((lane) => lane.slice(0, count)),
    extras: entries.extras.map((extra) => extra.slice(0, count).map((value) => copyExtra(value))),
    // States of earlier versions have none.
    heaps: ((entries.heaps as Heap[] | undefined) ?? []).map(copyHeap),
  }
}

const copyExtra = (value: Extra): Extra => (value instanceof Uint8Array ? value.slice() : value)
