/**
 * FIRST_VALUE and LAST_VALUE over frames: the first or the last value that is not NULL. Values that no lane holds are in an extra, as
 * frames copy and forget entries all the time, for which the heaps of `aggregate/function/first-last.ts` are not made.
 */
import type { BigintColumn, Column, DecimalColumn, StringColumn } from '../../record/column.ts'
import { makeColumn } from '../../record/column.ts'
import type { Accumulator, AccumulatorOptions, OpenAccumulator } from '../aggregate/definition.ts'
import type { Entries, Extra } from '../aggregate/entries.ts'
import { firstValue, lastValue } from '../aggregate/function/first-last.ts'
import { nullWhere } from '../aggregate/integer-sum.ts'

type Kept = BigintColumn | DecimalColumn | StringColumn

export const firstInFrame: OpenAccumulator = (options) => openSide(options, true)
export const lastInFrame: OpenAccumulator = (options) => openSide(options, false)

function openSide(options: AccumulatorOptions, isFirst: boolean): Accumulator {
  const { kind } = makeColumn(options.argument, 0)
  if (kind === 'bigint' || kind === 'decimal' || kind === 'string') return ofExtras(options, kind, isFirst)
  return isFirst ? firstValue(options) : lastValue(options)
}

function ofExtras({ lane, extra }: AccumulatorOptions, kind: Kept['kind'], isFirst: boolean): Accumulator {
  const put = (into: Entries, entry: number, value: Extra) => {
    const kept = into.extras[extra] as Extra[]
    while (kept.length < entry) kept.push(undefined)
    kept[entry] = value
    ;(into.lanes[lane] as Float64Array)[entry] = 1
  }
  return {
    initial: [0], // whether there is a value
    extras: 1,
    accumulate(into, entryOf, column, from, to) {
      const seen = into.lanes[lane] as Float64Array
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry >= 0 && !(isFirst && seen[entry] === 1)) put(into, entry, valueIn(column as Kept, row))
      }
    },
    merge(into, entryOf, other, start, count) {
      const seen = into.lanes[lane] as Float64Array
      for (let entry = start; entry < start + count; entry++) {
        const to = entryOf[entry - start] as number
        if (other.lanes[lane]?.[entry] !== 1 || (isFirst && seen[to] === 1)) continue
        put(into, to, (other.extras[extra] as Extra[])[entry])
      }
    },
    result({ lanes, extras, count }) {
      const nulls = nullWhere(0, lanes[lane] as Float64Array, count)
      return columnOf(kind, extras[extra] as Extra[], nulls, count)
    },
  }
}

function valueIn(column: Kept, row: number): Extra {
  if (column.kind === 'string') return new Uint8Array(column.bytes.subarray(column.start[row], column.end[row]))
  if (column.kind === 'decimal') return column.values[row] as bigint
  return column.exact?.[row] ?? BigInt(column.values[row] as number)
}

function columnOf(kind: Kept['kind'], kept: readonly Extra[], nulls: Uint8Array | undefined, count: number): Column {
  if (kind === 'string') {
    const texts = Array.from(
      { length: count },
      (_, entry) => (kept[entry] as Uint8Array | undefined) ?? new Uint8Array(0),
    )
    const start = new Int32Array(count)
    const end = new Int32Array(count)
    let at = 0
    for (let entry = 0; entry < count; entry++) {
      start[entry] = at
      at += (texts[entry] as Uint8Array).length
      end[entry] = at
    }
    return { kind, bytes: new Uint8Array(Buffer.concat(texts)), start, end, nulls }
  }
  const values = Array.from({ length: count }, (_, entry) => (kept[entry] as bigint | undefined) ?? 0n)
  if (kind === 'decimal') return { kind, values, nulls }
  const numbers = Float64Array.from(values, Number)
  const isSafe = values.every((value) => Number.isSafeInteger(Number(value)))
  return { kind, values: numbers, exact: isSafe ? undefined : BigInt64Array.from(values), nulls }
}
