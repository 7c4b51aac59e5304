/**
 * LISTAGG and JSON_ARRAYAGG: texts one behind the other, in the order of rows: of partitions, then of offsets. The heap has them as
 * they come out, with what is between them.
 */

import { assert } from '../../../base/assert.ts'
import type { StringColumn } from '../../../record/column.ts'
import type { Accumulator, AccumulatorOptions, OpenAccumulator } from '../definition.ts'
import type { Entries } from '../entries.ts'
import { nullWhere } from '../integer-sum.ts'
import { append, HEAP_LANES } from './heap.ts'

const utf8 = new TextEncoder()

export const listAgg: OpenAccumulator = (options) => {
  const { settings } = options
  assert(settings?.kind === 'separator', 'a LISTAGG has a separator')
  return openTexts(options, { between: utf8.encode(settings.text), nulls: undefined })
}

/** The argument is a text of JSON. */
export const jsonArrayAgg: OpenAccumulator = (options) => {
  const { settings, heap, lane } = options
  const nulls = settings?.kind === 'nulls' && settings.kept ? utf8.encode('null') : undefined
  const texts = openTexts(options, { between: utf8.encode(','), nulls })
  return {
    ...texts,
    result({ lanes, heaps, count }) {
      const [starts, lengths] = [lanes[lane], lanes[lane + 1]] as [Float64Array, Float64Array]
      const { bytes } = heaps[heap] as { bytes: Uint8Array }
      let size = 2 * count
      for (let entry = 0; entry < count; entry++) size += lengths[entry] as number
      const column = emptyTexts(new Uint8Array(size), count)
      let at = 0
      for (let entry = 0; entry < count; entry++) {
        const from = starts[entry] as number
        const length = lengths[entry] as number
        column.start[entry] = at
        column.bytes[at] = 0x5b // [
        column.bytes.set(bytes.subarray(from, from + length), at + 1)
        at += length + 2
        column.bytes[at - 1] = 0x5d // ]
        column.end[entry] = at
      }
      return column
    },
  }
}

/** A column without NULLs whose ranges are still to be set. */
export const emptyTexts = (bytes: Uint8Array, count: number): StringColumn => ({
  kind: 'string',
  bytes,
  start: new Int32Array(count),
  end: new Int32Array(count),
  nulls: undefined,
})

/** `nulls` stands for a NULL; without it, NULLs are left out. */
type Told = { readonly between: Uint8Array; readonly nulls: Uint8Array | undefined }

function openTexts({ lane, heap }: AccumulatorOptions, { between, nulls }: Told): Accumulator {
  const place = { lane, heap }
  const countLane = lane + HEAP_LANES.length
  const separator = { bytes: between, start: 0, end: between.length }
  const ofNull = nulls && { bytes: nulls, start: 0, end: nulls.length }
  const text = { bytes: between, start: 0, end: 0 }
  const add = (into: Entries, entry: number, added: typeof text) => {
    const counts = into.lanes[countLane] as Float64Array
    if ((counts[entry] as number) > 0) append(into, place, entry, separator)
    append(into, place, entry, added)
    counts[entry] = (counts[entry] as number) + 1
  }
  return {
    initial: [...HEAP_LANES, 0], // the last: how many texts there are
    extras: 0,
    hasHeap: true,
    takesNulls: nulls !== undefined,
    accumulate(into, entryOf, column, from, to) {
      const texts = column as StringColumn
      text.bytes = texts.bytes
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry < 0) continue
        if (ofNull !== undefined && texts.nulls?.[row] === 1) {
          add(into, entry, ofNull)
          continue
        }
        text.start = texts.start[row] as number
        text.end = texts.end[row] as number
        add(into, entry, text)
      }
    },
    merge(into, entryOf, other, start, count) {
      const [starts, lengths, counts] = [lane, lane + 1, countLane].map((each) => other.lanes[each]) as Float64Array[]
      text.bytes = (other.heaps[heap] as { bytes: Uint8Array }).bytes
      for (let entry = start; entry < start + count; entry++) {
        const more = counts?.[entry] as number
        if (more === 0) continue
        const to = entryOf[entry - start] as number
        text.start = starts?.[entry] as number
        text.end = text.start + (lengths?.[entry] as number)
        add(into, to, text)
        const known = into.lanes[countLane] as Float64Array
        known[to] = (known[to] as number) + more - 1
      }
    },
    result({ lanes, heaps, count }) {
      const column = emptyTexts((heaps[heap] as { bytes: Uint8Array }).bytes, count)
      for (let entry = 0; entry < count; entry++) {
        const at = (lanes[lane] as Float64Array)[entry] as number
        column.start[entry] = at
        column.end[entry] = at + ((lanes[lane + 1] as Float64Array)[entry] as number)
      }
      column.nulls = nullWhere(0, lanes[countLane] as Float64Array, count)
      return column
    },
  }
}
