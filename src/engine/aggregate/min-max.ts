/**
 * MIN and MAX: NULL of no rows. Strings compare as bytes. A NaN that came first among doubles stays; one that came later is
 * neither less nor greater, as in Flink.
 */
import {
  type BigintColumn,
  type BooleanColumn,
  type Column,
  type DecimalColumn,
  type DoubleColumn,
  type IntColumn,
  makeColumn,
  type StringColumn,
} from '../../record/column.ts'
import { decimalColumn } from './decimal-sum.ts'
import type { Accumulator, AccumulatorOptions, OpenAccumulator } from './definition.ts'
import type { Entries, Extra } from './entries.ts'
import { nullWhere } from './integer-sum.ts'

/** 1 for MAX, -1 for MIN: the factor of a comparison. */
type Direction = 1 | -1

export const min: OpenAccumulator = (options) => openExtreme(options, -1)
export const max: OpenAccumulator = (options) => openExtreme(options, 1)

function openExtreme(options: AccumulatorOptions, direction: Direction): Accumulator {
  switch (options.argument.kind) {
    case 'FLOAT':
    case 'DOUBLE':
      return extremeOfDoubles(options, direction)
    case 'STRING':
    case 'DECIMAL':
    case 'FINE_TIMESTAMP':
      return extremeOfValues(options, direction)
    case 'BIGINT':
      return extremeOfBigints(options, direction)
    default:
      return extremeOfNumbers(options, direction)
  }
}

/** Whole numbers and times, none of which is NaN: the lane is NaN until a value comes. */
function extremeOfNumbers({ lane, result }: AccumulatorOptions, direction: Direction): Accumulator {
  return {
    initial: [Number.NaN],
    extras: 0,
    anyOrder: true,
    accumulate(into, entryOf, column, from, to) {
      const best = into.lanes[lane] as Float64Array
      const { values } = column as IntColumn | DoubleColumn | BooleanColumn
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry < 0) continue
        const value = values[row] as number
        const known = best[entry] as number
        if (Number.isNaN(known) || (value - known) * direction > 0) best[entry] = value
      }
    },
    merge(into, entryOf, other, start, count) {
      const best = into.lanes[lane] as Float64Array
      const others = other.lanes[lane] as Float64Array
      for (let entry = start; entry < start + count; entry++) {
        const value = others[entry] as number
        const to = entryOf[entry - start] as number
        const known = best[to] as number
        if (Number.isNaN(known) || (value - known) * direction > 0) best[to] = value
      }
    },
    result({ lanes, count }) {
      const values = lanes[lane] as Float64Array
      const nulls = nullWhere(Number.NaN, values, count)
      const { kind } = makeColumn(result, 0)
      if (kind === 'boolean') return { kind, values: Uint8Array.from(values.subarray(0, count)), nulls }
      if (kind === 'int') return { kind, values: Int32Array.from(values.subarray(0, count)), nulls }
      return { kind: 'double', values, nulls }
    },
  }
}

function extremeOfDoubles({ lane }: AccumulatorOptions, direction: Direction): Accumulator {
  const offer = (into: Entries, entry: number, value: number) => {
    const best = into.lanes[lane] as Float64Array
    const seen = into.lanes[lane + 1] as Float64Array
    const known = best[entry] as number
    if (seen[entry] === 0 || (direction > 0 ? value > known : value < known)) best[entry] = value
    seen[entry] = 1
  }
  return {
    initial: [0, 0], // the best value, and whether there is one
    extras: 0,
    accumulate(into, entryOf, column, from, to) {
      const { values } = column as DoubleColumn
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry >= 0) offer(into, entry, values[row] as number)
      }
    },
    merge(into, entryOf, other, start, count) {
      const values = other.lanes[lane] as Float64Array
      const seen = other.lanes[lane + 1] as Float64Array
      for (let entry = start; entry < start + count; entry++) {
        if (seen[entry] !== 0) offer(into, entryOf[entry - start] as number, values[entry] as number)
      }
    },
    result: ({ lanes, count }) => ({
      kind: 'double',
      values: lanes[lane] as Float64Array,
      nulls: nullWhere(0, lanes[lane + 1] as Float64Array, count),
    }),
  }
}

/** Integers up to 2^53 are kept in the lane; a best value beyond is in the extra, and the lane is near it. */
function extremeOfBigints(options: AccumulatorOptions, direction: Direction): Accumulator {
  const { lane, extra } = options
  const narrow = extremeOfNumbers(options, direction)
  const offer = (into: Entries, entry: number, value: bigint) => {
    const best = into.lanes[lane] as Float64Array
    const wide = into.extras[extra] as Extra[]
    const lower = best[entry] as number
    const known = (wide[entry] as bigint | undefined) ?? (Number.isNaN(lower) ? undefined : BigInt(lower))
    if (known !== undefined && (direction > 0 ? value <= known : value >= known)) return
    while (wide.length < entry) wide.push(undefined)
    best[entry] = Number(value)
    wide[entry] = Number.isSafeInteger(Number(value)) ? undefined : value
  }
  return {
    initial: [Number.NaN],
    extras: 1,
    anyOrder: true,
    accumulate(into, entryOf, column, from, to) {
      const { exact, values } = column as BigintColumn
      if (exact === undefined && (into.extras[extra] as Extra[]).length === 0) {
        return narrow.accumulate(into, entryOf, column, from, to)
      }
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry >= 0) offer(into, entry, exact?.[row] ?? BigInt(values[row] as number))
      }
    },
    merge(into, entryOf, other, start, count) {
      const wide = other.extras[extra] as Extra[]
      const values = other.lanes[lane] as Float64Array
      if (wide.length === 0 && (into.extras[extra] as Extra[]).length === 0) {
        return narrow.merge(into, entryOf, other, start, count)
      }
      for (let entry = start; entry < start + count; entry++) {
        const value = values[entry] as number
        if (Number.isNaN(value)) continue
        offer(into, entryOf[entry - start] as number, (wide[entry] as bigint | undefined) ?? BigInt(value))
      }
    },
    result({ lanes, extras, count }) {
      const values = lanes[lane] as Float64Array
      const nulls = nullWhere(Number.NaN, values, count)
      const wide = extras[extra] as Extra[]
      if (wide.length === 0) return { kind: 'bigint', values, exact: undefined, nulls }
      const exact = new BigInt64Array(count)
      for (let entry = 0; entry < count; entry++) {
        if (nulls?.[entry] !== 1) exact[entry] = (wide[entry] as bigint | undefined) ?? BigInt(values[entry] as number)
      }
      return { kind: 'bigint', values, exact, nulls }
    },
  }
}

/** Strings and decimals, kept in the extra: a value is copied only if it is the best so far. */
function extremeOfValues({ extra, argument }: AccumulatorOptions, direction: Direction): Accumulator {
  return {
    initial: [],
    extras: 1,
    anyOrder: true,
    accumulate(into, entryOf, column, from, to) {
      const best = into.extras[extra] as Extra[]
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry < 0) continue
        const known = best[entry]
        if (known !== undefined && compareWith(known, column as StringColumn | DecimalColumn, row) * direction <= 0)
          continue
        while (best.length < entry) best.push(undefined)
        best[entry] = copyValue(column as StringColumn | DecimalColumn, row)
      }
    },
    merge(into, entryOf, other, start, count) {
      const best = into.extras[extra] as Extra[]
      for (let entry = start; entry < start + count; entry++) {
        const value = (other.extras[extra] as Extra[])[entry]
        if (value === undefined) continue
        const to = entryOf[entry - start] as number
        const known = best[to]
        if (known !== undefined && compareExtras(value, known) * direction <= 0) continue
        while (best.length < to) best.push(undefined)
        best[to] = value
      }
    },
    result({ extras, count }) {
      const best = extras[extra] as Extra[]
      if (argument.kind === 'STRING') return columnOfBytes(best, count)
      return decimalColumn(count, (entry) => best[entry] as bigint | undefined)
    },
  }
}

/** Compares the value of a row to a known one. */
function compareWith(known: bigint | Uint8Array, column: StringColumn | DecimalColumn, row: number): number {
  if (column.kind === 'decimal') return compareExtras(column.values[row] as bigint, known)
  const bytes = known as Uint8Array
  const start = column.start[row] as number
  const length = (column.end[row] as number) - start
  const shared = Math.min(length, bytes.length)
  for (let i = 0; i < shared; i++) {
    const difference = (column.bytes[start + i] as number) - (bytes[i] as number)
    if (difference !== 0) return difference
  }
  return length - bytes.length
}

function compareExtras(a: bigint | Uint8Array, b: bigint | Uint8Array): number {
  if (typeof a === 'bigint') return a < (b as bigint) ? -1 : a > (b as bigint) ? 1 : 0
  return Buffer.compare(a, b as Uint8Array)
}

function copyValue(column: StringColumn | DecimalColumn, row: number): bigint | Uint8Array {
  if (column.kind === 'decimal') return column.values[row] as bigint
  return new Uint8Array(column.bytes.subarray(column.start[row], column.end[row]))
}

function columnOfBytes(best: readonly Extra[], count: number): Column {
  const nulls = new Uint8Array(count)
  const start = new Int32Array(count)
  const end = new Int32Array(count)
  const texts: Uint8Array[] = []
  let length = 0
  for (let entry = 0; entry < count; entry++) {
    const value = best[entry] as Uint8Array | undefined
    start[entry] = length
    if (value === undefined) nulls[entry] = 1
    else {
      texts.push(value)
      length += value.length
    }
    end[entry] = length
  }
  return { kind: 'string', bytes: new Uint8Array(Buffer.concat(texts)), start, end, nulls }
}
