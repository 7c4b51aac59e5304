/**
 * JSON_OBJECTAGG: an object of JSON with sorted names. The argument is ROW(name, value as a text of JSON). A heap has the names and
 * values as items, one after the other. An object that cannot be made, as a name is there twice or is NULL, is a 0 and the reason:
 * `madeObject` makes that a failure.
 */
import { assert } from '../../../base/assert.ts'
import type { RowColumn, StringColumn } from '../../../record/column.ts'
import { failedObject } from '../../../sql/function/json/made-object.ts'
import { byUnits, jsonQuoted } from '../../../sql/function/json/write.ts'
import type { OpenAccumulator } from '../definition.ts'
import type { Entries } from '../entries.ts'
import { append, HEAP_LANES } from './heap.ts'
import { emptyTexts } from './list-agg.ts'
import { appendItem, readWord } from './values.ts'

const HEAD_BYTES = 4
const utf8 = new TextEncoder()
const texts = new TextDecoder()

export const jsonObjectAgg: OpenAccumulator = ({ lane, heap, settings }) => {
  assert(settings?.kind === 'nulls', 'a JSON_OBJECTAGG says what is a value')
  const { kept } = settings
  const place = { lane, heap }
  return {
    initial: HEAP_LANES,
    extras: 0,
    hasHeap: true,
    accumulate(into, entryOf, column, from, to) {
      const [names, values] = (column as RowColumn).fields as readonly [StringColumn, StringColumn]
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry < 0 || (!kept && values.nulls?.[row] === 1)) continue
        appendItem(into, place, entry, { values: names, row })
        appendItem(into, place, entry, { values, row })
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
    result(entries) {
      const made = Array.from({ length: entries.count }, (_, entry) =>
        utf8.encode(objectOf(itemsOf(entries, place, entry))),
      )
      const column = emptyTexts(new Uint8Array(Buffer.concat(made)), entries.count)
      let at = 0
      for (const [entry, { length }] of made.entries()) {
        column.start[entry] = at
        at += length
        column.end[entry] = at
      }
      return column
    },
  }
}

type Items = readonly (string | null)[]

/** Names and values, one after the other. */
function itemsOf({ lanes, heaps }: Entries, { lane, heap }: { lane: number; heap: number }, entry: number): Items {
  const { bytes } = heaps[heap] as { bytes: Uint8Array }
  const items: (string | null)[] = []
  let at = (lanes[lane] as Float64Array)[entry] as number
  const stop = at + ((lanes[lane + 1] as Float64Array)[entry] as number)
  while (at < stop) {
    const code = readWord(bytes, at)
    const end = at + HEAD_BYTES + Math.max(0, code - 1)
    items.push(code === 0 ? null : texts.decode(bytes.subarray(at + HEAD_BYTES, end)))
    at = end
  }
  return items
}

function objectOf(items: Items): string {
  const members = new Map<string, string>()
  for (let at = 0; at < items.length; at += 2) {
    const name = items[at] as string | null
    if (name === null) return failedObject('a name of JSON_OBJECTAGG is NULL')
    if (members.has(name)) return failedObject(`JSON_OBJECTAGG has the name ${jsonQuoted(name)} twice`)
    members.set(name, items[at + 1] ?? 'null')
  }
  const sorted = [...members].sort(([a], [b]) => byUnits(a, b))
  return `{${sorted.map(([name, value]) => `${jsonQuoted(name)}:${value}`).join(',')}}`
}
