/**
 * FIRST_VALUE and LAST_VALUE: the first or the last value that is not NULL, in the order of rows: of partitions, then of offsets.
 * Numbers and times are in a lane. A value of another type is in a heap, as in `values.ts`, without its length.
 */
import {
  type BooleanColumn,
  type Column,
  type DoubleColumn,
  type IntColumn,
  makeColumn,
} from '../../../record/column.ts'
import type { Accumulator, AccumulatorOptions, OpenAccumulator } from '../definition.ts'
import type { Entries } from '../entries.ts'
import { nullWhere } from '../integer-sum.ts'
import { append, HEAP_LANES } from './heap.ts'
import { ValueRanges, ValueWriter } from './values.ts'

type Side = 'first' | 'last'

export const firstValue: OpenAccumulator = (options) => openSide(options, 'first')
export const lastValue: OpenAccumulator = (options) => openSide(options, 'last')

function openSide(options: AccumulatorOptions, side: Side): Accumulator {
  const { kind } = makeColumn(options.argument, 0)
  return kind === 'int' || kind === 'double' || kind === 'boolean' ? ofNumbers(options, side) : ofValues(options, side)
}

function ofNumbers({ lane, argument }: AccumulatorOptions, side: Side): Accumulator {
  const { kind } = makeColumn(argument, 0)
  const isFirst = side === 'first'
  return {
    initial: [0, 0], // the value, and whether there is one
    extras: 0,
    accumulate(into, entryOf, column, from, to) {
      const kept = into.lanes[lane] as Float64Array
      const seen = into.lanes[lane + 1] as Float64Array
      const { values } = column as IntColumn | DoubleColumn | BooleanColumn
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry < 0 || (isFirst && seen[entry] === 1)) continue
        kept[entry] = values[row] as number
        seen[entry] = 1
      }
    },
    merge(into, entryOf, other, start, count) {
      const kept = into.lanes[lane] as Float64Array
      const seen = into.lanes[lane + 1] as Float64Array
      for (let entry = start; entry < start + count; entry++) {
        const to = entryOf[entry - start] as number
        if (other.lanes[lane + 1]?.[entry] !== 1 || (isFirst && seen[to] === 1)) continue
        kept[to] = (other.lanes[lane] as Float64Array)[entry] as number
        seen[to] = 1
      }
    },
    result({ lanes, count }) {
      const values = lanes[lane] as Float64Array
      const nulls = nullWhere(0, lanes[lane + 1] as Float64Array, count)
      if (kind === 'boolean') return { kind, values: Uint8Array.from(values.subarray(0, count)), nulls }
      if (kind === 'int') return { kind, values: Int32Array.from(values.subarray(0, count)), nulls }
      return { kind: 'double', values, nulls }
    },
  }
}

function ofValues({ lane, heap, argument }: AccumulatorOptions, side: Side): Accumulator {
  const place = { lane, heap }
  const isFirst = side === 'first'
  const seenLane = lane + HEAP_LANES.length
  const writer = new ValueWriter()
  /** The call in which an entry was last written: of a batch only the last row of an entry is. */
  let calls = new Float64Array(0)
  let call = 0
  const put = (into: Entries, entry: number, value: { bytes: Uint8Array; start: number; end: number }) => {
    ;(into.lanes[lane + 1] as Float64Array)[entry] = 0
    append(into, place, entry, value)
    ;(into.lanes[seenLane] as Float64Array)[entry] = 1
  }
  const putRow = (into: Entries, entry: number, column: Column, row: number) => {
    const { bytes, start, end } = writer.write(column, row, row + 1)
    put(into, entry, { bytes, start: start[row] as number, end: end[row] as number })
  }
  return {
    initial: [...HEAP_LANES, 0], // the last: whether there is a value
    extras: 0,
    hasHeap: true,
    accumulate(into, entryOf, column, from, to) {
      const seen = into.lanes[seenLane] as Float64Array
      if (isFirst) {
        for (let row = from; row < to; row++) {
          const entry = entryOf[row] as number
          if (entry >= 0 && seen[entry] === 0) putRow(into, entry, column as Column, row)
        }
        return
      }
      if (calls.length < into.count) calls = new Float64Array(2 * into.count)
      call++
      for (let row = to - 1; row >= from; row--) {
        const entry = entryOf[row] as number
        if (entry < 0 || calls[entry] === call) continue
        calls[entry] = call
        putRow(into, entry, column as Column, row)
      }
    },
    merge(into, entryOf, other, start, count) {
      const seen = into.lanes[seenLane] as Float64Array
      const { bytes } = other.heaps[heap] as { bytes: Uint8Array }
      for (let entry = start; entry < start + count; entry++) {
        const to = entryOf[entry - start] as number
        if (other.lanes[seenLane]?.[entry] !== 1 || (isFirst && seen[to] === 1)) continue
        const at = (other.lanes[lane] as Float64Array)[entry] as number
        const end = at + ((other.lanes[lane + 1] as Float64Array)[entry] as number)
        put(into, to, { bytes, start: at, end })
      }
    },
    result({ lanes, heaps, count }) {
      const ranges = new ValueRanges()
      for (let entry = 0; entry < count; entry++) {
        const at = (lanes[lane] as Float64Array)[entry] as number
        ranges.add(at, at + ((lanes[lane + 1] as Float64Array)[entry] as number), lanes[seenLane]?.[entry] !== 1)
      }
      const nulls = nullWhere(0, lanes[seenLane] as Float64Array, count)
      return { ...ranges.column((heaps[heap] as { bytes: Uint8Array }).bytes, argument), nulls }
    },
  }
}
