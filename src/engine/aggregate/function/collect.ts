/**
 * COLLECT: how often each value is there, as a MULTISET, whose column is a map from values to numbers. A heap has items, each with
 * a count of four bytes before it; a value may have several, which are made one whenever the items have become twice as many.
 */
import type { Column } from '../../../record/column.ts'
import type { OpenAccumulator } from '../definition.ts'
import type { Entries } from '../entries.ts'
import { append, HEAP_LANES, type HeapPlace } from './heap.ts'
import { appendItem, readWord, ValueRanges, ValueWriter, writeWord } from './values.ts'

const COUNT_BYTES = 4
const HEAD_BYTES = 8
/** Items of fewer bytes are left as they are. */
const FEW_BYTES = 1 << 10

export const collected: OpenAccumulator = ({ lane, heap, argument }) => {
  const place = { lane, heap }
  const writer = new ValueWriter()
  return {
    initial: [...HEAP_LANES, FEW_BYTES], // the last: bytes at which values are counted
    extras: 0,
    hasHeap: true,
    accumulate(into, entryOf, column, from, to) {
      const values = writer.write(column as Column, from, to)
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry < 0) continue
        const at = appendItem(into, place, entry, { values, row, before: COUNT_BYTES })
        writeWord((into.heaps[heap] as { bytes: Uint8Array }).bytes, at, 1)
        countAtTimes(into, place, entry)
      }
    },
    merge(into, entryOf, other, start, count) {
      const { bytes } = other.heaps[heap] as { bytes: Uint8Array }
      for (let entry = start; entry < start + count; entry++) {
        const at = (other.lanes[lane] as Float64Array)[entry] as number
        const end = at + ((other.lanes[lane + 1] as Float64Array)[entry] as number)
        const to = entryOf[entry - start] as number
        append(into, place, to, { bytes, start: at, end })
        countAtTimes(into, place, to)
      }
    },
    result(entries) {
      const { lanes, heaps, count } = entries
      const ranges = new ValueRanges()
      const numbers: number[] = []
      const start = new Int32Array(count)
      const end = new Int32Array(count)
      const { bytes } = heaps[heap] as { bytes: Uint8Array }
      for (let entry = 0; entry < count; entry++) {
        countValues(entries, place, entry)
        let at = (lanes[lane] as Float64Array)[entry] as number
        const stop = at + ((lanes[lane + 1] as Float64Array)[entry] as number)
        start[entry] = ranges.count
        while (at < stop) {
          numbers.push(readWord(bytes, at))
          at = ranges.addItem(bytes, at + COUNT_BYTES)
        }
        end[entry] = ranges.count
      }
      const values: Column = { kind: 'int', values: Int32Array.from(numbers), nulls: undefined }
      return { kind: 'map', start, end, keys: ranges.column(bytes, argument), values, nulls: undefined }
    },
  }
}

function countAtTimes(into: Entries, place: HeapPlace, entry: number): void {
  const limits = into.lanes[place.lane + HEAP_LANES.length] as Float64Array
  const lengths = into.lanes[place.lane + 1] as Float64Array
  if ((lengths[entry] as number) < (limits[entry] as number)) return
  countValues(into, place, entry)
  limits[entry] = Math.max(FEW_BYTES, 2 * (lengths[entry] as number))
}

/** Makes one item of those with equal values, in place; the first of each stays where it is in the order. */
function countValues(into: Entries, { lane, heap }: HeapPlace, entry: number): void {
  const { bytes } = into.heaps[heap] as { bytes: Uint8Array }
  const lengths = into.lanes[lane + 1] as Float64Array
  const begin = (into.lanes[lane] as Float64Array)[entry] as number
  const stop = begin + (lengths[entry] as number)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  /** Where the item of a value is. */
  const found = new Map<string, number>()
  let kept = begin
  for (let at = begin; at < stop; ) {
    const end = at + HEAD_BYTES + Math.max(0, readWord(bytes, at + COUNT_BYTES) - 1)
    const value = text.toString('latin1', at + HEAD_BYTES, end)
    const known = found.get(value)
    if (known === undefined) {
      found.set(value, kept)
      bytes.copyWithin(kept, at, end)
      kept += end - at
    } else writeWord(bytes, known, readWord(bytes, known) + readWord(bytes, at))
    at = end
  }
  lengths[entry] = kept - begin
}
