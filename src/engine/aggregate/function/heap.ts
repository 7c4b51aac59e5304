/**
 * Bytes of entries that need as many as come: texts, lists, sketches. A heap is one array of bytes for all entries. Entry i has
 * [at, at + length) of it, and room for `room` bytes there; the three numbers are elements of its lanes:
 *
 *   lanes[lane]      lanes[lane + 1]      lanes[lane + 2]
 *   at               length               room
 *
 * An entry that outgrows its room moves to the end of the heap, where it has twice as much. What it leaves behind is reused
 * once that is half of the heap.
 */
import { Failure } from '../../../base/failure.ts'

export type Heap = { bytes: Uint8Array; used: number }

/** What has heaps: the entries of groups. */
export type HeapHolder = { readonly count: number; readonly lanes: Float64Array[]; readonly heaps: Heap[] }

/** Where an accumulator has its heap. */
export type HeapPlace = { readonly lane: number; readonly heap: number }

/** Initial values of the lanes of a heap. */
export const HEAP_LANES: readonly number[] = [0, 0, 0]

const LEAST_ROOM = 16
/** Room for more than is there. */
const MOST_SPARE = 1 << 28
/** Columns have 32-bit ranges. */
const MOST_BYTES = 2 ** 31 - 8
/** A heap that has grown beyond this is not kept for the next window. */
const KEPT_BYTES = 1 << 20

/** Makes an entry longer by `size` bytes. Returns where these begin in the heap, whose array may be another one now. */
export function extend(into: HeapHolder, { lane, heap }: HeapPlace, entry: number, size: number): number {
  const lengths = into.lanes[lane + 1] as Float64Array
  const length = lengths[entry] as number
  if (length + size > ((into.lanes[lane + 2] as Float64Array)[entry] as number)) {
    widen(into, { lane, heap }, entry, length + size)
  }
  lengths[entry] = length + size
  return ((into.lanes[lane] as Float64Array)[entry] as number) + length
}

/** Makes an entry longer by the bytes [start, end). */
export function append(
  into: HeapHolder,
  place: HeapPlace,
  entry: number,
  { bytes, start, end }: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
): void {
  const at = extend(into, place, entry, end - start)
  copy((into.heaps[place.heap] as Heap).bytes, at, bytes, start, end)
}

/** A call of `set` costs more than a short text. */
const SHORT = 40

/** Copies bytes [start, end) of `from` to `at`. */
function copy(to: Uint8Array, at: number, from: Uint8Array, start: number, end: number): void {
  if (end - start > SHORT) to.set(from.subarray(start, end), at)
  else for (let i = start; i < end; i++) to[at++] = from[i] as number
}

function widen(into: HeapHolder, place: HeapPlace, entry: number, least: number): void {
  const { lane, heap } = place
  const starts = into.lanes[lane] as Float64Array
  const lengths = into.lanes[lane + 1] as Float64Array
  const rooms = into.lanes[lane + 2] as Float64Array
  const had = rooms[entry] as number
  const room = aligned(Math.max(LEAST_ROOM, least, Math.min(2 * had, had + MOST_SPARE)))
  const store = into.heaps[heap] as Heap
  if (had > 0 && (starts[entry] as number) + had === store.used) {
    reserve(into, place, room - had)
    // It is still the last, unless the heap was put in order of entries.
    if ((starts[entry] as number) + had === store.used) {
      store.used += room - had
      rooms[entry] = room
      return
    }
  }
  reserve(into, place, room)
  const from = starts[entry] as number
  rooms[entry] = room
  copy(store.bytes, store.used, store.bytes, from, from + (lengths[entry] as number))
  starts[entry] = store.used
  store.used += room
}

/** Room for `size` more bytes at the end. */
function reserve(into: HeapHolder, { lane, heap }: HeapPlace, size: number): void {
  const store = into.heaps[heap] as Heap
  if (store.used + size <= store.bytes.length) return
  const starts = into.lanes[lane] as Float64Array
  const lengths = into.lanes[lane + 1] as Float64Array
  const rooms = into.lanes[lane + 2] as Float64Array
  let live = 0
  for (let entry = 0; entry < into.count; entry++) live += rooms[entry] as number
  if (live + size > MOST_BYTES) {
    throw new Failure('limit', 'the values that an aggregate keeps take more than 2 GiB in one window', {
      hint: 'give it shorter windows, more keys, or a FILTER (WHERE …)',
    })
  }
  // What is copied whole, once, needs no spare room.
  const wanted = live === 0 ? size : 2 * (live + size)
  const bytes = new Uint8Array(Math.min(MOST_BYTES, Math.max(1 << 10, wanted)))
  if (4 * live > 3 * store.used && store.used + size <= bytes.length) {
    bytes.set(store.bytes.subarray(0, store.used))
    store.bytes = bytes
    return
  }
  let used = 0
  for (let entry = 0; entry < into.count; entry++) {
    const from = starts[entry] as number
    const length = lengths[entry] as number
    copy(bytes, used, store.bytes, from, from + length)
    starts[entry] = used
    used += rooms[entry] as number
  }
  store.bytes = bytes
  store.used = used
}

/** Entries of `from`: those at `order`, or else from `start` on. */
type Copied = { readonly at: number; readonly count: number; readonly start: number; readonly order?: Int32Array }

/** Gives entries whose lanes were copied from others their bytes; `lanes` are the first ones of each heap. */
export function copyHeaps(to: HeapHolder, lanes: readonly number[], from: HeapHolder, copied: Copied): void {
  const { at, count, start, order } = copied
  for (let heap = 0; heap < lanes.length; heap++) {
    const lane = lanes[heap] as number
    if (at === 0 && to !== from) clearHeap(to.heaps[heap] as Heap)
    const starts = to.lanes[lane] as Float64Array
    const lengths = to.lanes[lane + 1] as Float64Array
    const rooms = to.lanes[lane + 2] as Float64Array
    const sources = from.lanes[lane] as Float64Array
    let size = 0
    for (let entry = at; entry < at + count; entry++) {
      size += aligned(lengths[entry] as number)
      rooms[entry] = 0
    }
    reserve({ count: at, lanes: to.lanes, heaps: to.heaps }, { lane, heap }, size)
    const target = to.heaps[heap] as Heap
    for (let i = 0; i < count; i++) {
      const length = lengths[at + i] as number
      const source = sources[order === undefined ? start + i : (order[i] as number)] as number
      copy(target.bytes, target.used, (from.heaps[heap] as Heap).bytes, source, source + length)
      starts[at + i] = target.used
      rooms[at + i] = aligned(length)
      target.used += aligned(length)
    }
  }
}

/** Room for doubles begins at a multiple of their size. */
const aligned = (length: number): number => 8 * Math.ceil(length / 8)

/** Removes the bytes of all entries. */
export function clearHeap(heap: Heap): void {
  heap.used = 0
  if (heap.bytes.length > KEPT_BYTES) heap.bytes = NO_BYTES
}

const NO_BYTES = new Uint8Array(0)

export const makeHeap = (): Heap => ({ bytes: NO_BYTES, used: 0 })

/** A copy without spare room. */
export const copyHeap = ({ bytes, used }: Heap): Heap => ({ bytes: bytes.slice(0, used), used })

let viewed: Uint8Array = NO_BYTES
let doubles: Float64Array = new Float64Array(0)

/** The bytes of a heap as doubles, which a list of doubles begins and ends between. Valid until the heap grows. */
export function doublesIn({ bytes }: Heap): Float64Array {
  if (viewed !== bytes) {
    viewed = bytes
    doubles = new Float64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 8))
  }
  return doubles
}
