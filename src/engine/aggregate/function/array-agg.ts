/** ARRAY_AGG: the values in the order of rows, of partitions, then of offsets, as items in a heap: `values.ts`. */
import { assert } from '../../../base/assert.ts'
import type { Column, RowColumn } from '../../../record/column.ts'
import type { OpenAccumulator } from '../definition.ts'
import { nullWhere } from '../integer-sum.ts'
import { append, HEAP_LANES } from './heap.ts'
import { appendItem, ValueRanges, ValueWriter } from './values.ts'

export const arrayAgg: OpenAccumulator = ({ lane, heap, result, settings }) => {
  assert(settings?.kind === 'nulls' && result.kind === 'ARRAY', 'an ARRAY_AGG says what is a value')
  const { kept, inRow } = settings
  const { element } = result
  const place = { lane, heap }
  const writer = new ValueWriter()
  return {
    initial: HEAP_LANES,
    extras: 0,
    hasHeap: true,
    takesNulls: kept,
    accumulate(into, entryOf, column, from, to) {
      const argument = inRow === true ? (column as RowColumn).fields[0] : column
      const values = writer.write(argument as Column, from, to)
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry >= 0) appendItem(into, place, entry, { values, row })
      }
    },
    merge(into, entryOf, other, start, count) {
      const { bytes } = other.heaps[heap] as { bytes: Uint8Array }
      for (let entry = start; entry < start + count; entry++) {
        const at = (other.lanes[lane] as Float64Array)[entry] as number
        const end = at + ((other.lanes[lane + 1] as Float64Array)[entry] as number)
        append(into, place, entryOf[entry - start] as number, { bytes, start: at, end })
      }
    },
    result({ lanes, heaps, count }) {
      const { bytes } = heaps[heap] as { bytes: Uint8Array }
      const ranges = new ValueRanges()
      const start = new Int32Array(count)
      const end = new Int32Array(count)
      for (let entry = 0; entry < count; entry++) {
        let at = (lanes[lane] as Float64Array)[entry] as number
        const stop = at + ((lanes[lane + 1] as Float64Array)[entry] as number)
        start[entry] = ranges.count
        while (at < stop) at = ranges.addItem(bytes, at)
        end[entry] = ranges.count
      }
      const nulls = nullWhere(0, lanes[lane + 1] as Float64Array, count)
      return { kind: 'list', start, end, items: ranges.column(bytes, element), nulls }
    },
  }
}
