/**
 * MIN and MAX: NULL of no rows. Strings compare as bytes. Of doubles a NaN that came first stays, and one that came later
 * is never less nor greater, as in Flink.
 */
import type {
  BigintColumn,
  BooleanColumn,
  Column,
  DecimalColumn,
  DoubleColumn,
  IntColumn,
  StringColumn,
} from '../../record/column.ts'
import { makeColumn } from '../../record/column.ts'
import type { AggregateDefinition, AggregateKernel, KernelPlace } from './definition.ts'
import type { Entries, Extra } from './entries.ts'
import { nullWhereNaN, nullWhereZero } from './integer-sum.ts'

/** 1 for MAX, -1 for MIN: what an ascending order is multiplied with. */
type Direction = 1 | -1

export const min: AggregateDefinition = { name: 'MIN', open: (place) => openKernel(place, -1) }
export const max: AggregateDefinition = { name: 'MAX', open: (place) => openKernel(place, 1) }

function openKernel(place: KernelPlace, direction: Direction): AggregateKernel {
  switch (place.argument.kind) {
    case 'DOUBLE':
      return extremeOfDoubles(place, direction)
    case 'STRING':
    case 'DECIMAL':
      return extremeOfValues(place, direction)
    case 'BIGINT':
      return extremeOfBigints(place, direction)
    default:
      return extremeOfNumbers(place, direction)
  }
}

/** Whole numbers and times, none of which is NaN: the lane is NaN while nothing came. */
function extremeOfNumbers({ lane, result }: KernelPlace, direction: Direction): AggregateKernel {
  return {
    initial: [Number.NaN],
    extras: 0,
    accumulate(into, slots, column, from, to) {
      const best = into.lanes[lane] as Float64Array
      const { values } = column as IntColumn | DoubleColumn | BooleanColumn
      for (let row = from; row < to; row++) {
        const slot = slots[row] as number
        if (slot < 0) continue
        const value = values[row] as number
        const known = best[slot] as number
        if (Number.isNaN(known) || (value - known) * direction > 0) best[slot] = value
      }
    },
    merge(into, slots, other, start, count) {
      const best = into.lanes[lane] as Float64Array
      const others = other.lanes[lane] as Float64Array
      for (let entry = start; entry < start + count; entry++) {
        const value = others[entry] as number
        const slot = slots[entry - start] as number
        const known = best[slot] as number
        if (Number.isNaN(known) || (value - known) * direction > 0) best[slot] = value
      }
    },
    result({ lanes, count }) {
      const values = lanes[lane] as Float64Array
      const nulls = nullWhereNaN(values, count)
      const { kind } = makeColumn(result, 0)
      if (kind === 'boolean') return { kind, values: Uint8Array.from(values.subarray(0, count)), nulls }
      if (kind === 'int') return { kind, values: Int32Array.from(values.subarray(0, count)), nulls }
      return { kind: 'double', values, nulls }
    },
  }
}

function extremeOfDoubles({ lane }: KernelPlace, direction: Direction): AggregateKernel {
  const offer = (into: Entries, slot: number, value: number) => {
    const best = into.lanes[lane] as Float64Array
    const seen = into.lanes[lane + 1] as Float64Array
    const known = best[slot] as number
    if (seen[slot] === 0 || (direction > 0 ? value > known : value < known)) best[slot] = value
    seen[slot] = 1
  }
  return {
    initial: [0, 0], // the best, and whether one came
    extras: 0,
    accumulate(into, slots, column, from, to) {
      const { values } = column as DoubleColumn
      for (let row = from; row < to; row++) {
        const slot = slots[row] as number
        if (slot >= 0) offer(into, slot, values[row] as number)
      }
    },
    merge(into, slots, other, start, count) {
      const values = other.lanes[lane] as Float64Array
      const seen = other.lanes[lane + 1] as Float64Array
      for (let entry = start; entry < start + count; entry++) {
        if (seen[entry] !== 0) offer(into, slots[entry - start] as number, values[entry] as number)
      }
    },
    result: ({ lanes, count }) => ({
      kind: 'double',
      values: lanes[lane] as Float64Array,
      nulls: nullWhereZero(lanes[lane + 1] as Float64Array, count),
    }),
  }
}

/** Doubles below 2^53 in the lane; where the best is beyond, it is in the extra, and the lane is near it. */
function extremeOfBigints(place: KernelPlace, direction: Direction): AggregateKernel {
  const { lane, extra } = place
  const narrow = extremeOfNumbers(place, direction)
  const offer = (into: Entries, slot: number, value: bigint) => {
    const best = into.lanes[lane] as Float64Array
    const wide = into.extras[extra] as Extra[]
    const lower = best[slot] as number
    const known = (wide[slot] as bigint | undefined) ?? (Number.isNaN(lower) ? undefined : BigInt(lower))
    if (known !== undefined && (direction > 0 ? value <= known : value >= known)) return
    while (wide.length < slot) wide.push(undefined)
    best[slot] = Number(value)
    wide[slot] = Number.isSafeInteger(Number(value)) ? undefined : value
  }
  return {
    initial: [Number.NaN],
    extras: 1,
    accumulate(into, slots, column, from, to) {
      const { exact, values } = column as BigintColumn
      if (exact === undefined && (into.extras[extra] as Extra[]).length === 0) {
        return narrow.accumulate(into, slots, column, from, to)
      }
      for (let row = from; row < to; row++) {
        const slot = slots[row] as number
        if (slot >= 0) offer(into, slot, exact?.[row] ?? BigInt(values[row] as number))
      }
    },
    merge(into, slots, other, start, count) {
      const wide = other.extras[extra] as Extra[]
      const values = other.lanes[lane] as Float64Array
      if (wide.length === 0 && (into.extras[extra] as Extra[]).length === 0) {
        return narrow.merge(into, slots, other, start, count)
      }
      for (let entry = start; entry < start + count; entry++) {
        const value = values[entry] as number
        if (Number.isNaN(value)) continue
        offer(into, slots[entry - start] as number, (wide[entry] as bigint | undefined) ?? BigInt(value))
      }
    },
    result({ lanes, extras, count }) {
      const values = lanes[lane] as Float64Array
      const nulls = nullWhereNaN(values, count)
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

/** Strings and decimals, kept whole in the extra: a copy is made only of a value that is the best so far. */
function extremeOfValues({ extra, argument }: KernelPlace, direction: Direction): AggregateKernel {
  return {
    initial: [],
    extras: 1,
    accumulate(into, slots, column, from, to) {
      const best = into.extras[extra] as Extra[]
      for (let row = from; row < to; row++) {
        const slot = slots[row] as number
        if (slot < 0) continue
        const known = best[slot]
        if (known !== undefined && compareWith(known, column as StringColumn | DecimalColumn, row) * direction <= 0)
          continue
        while (best.length < slot) best.push(undefined)
        best[slot] = copyValue(column as StringColumn | DecimalColumn, row)
      }
    },
    merge(into, slots, other, start, count) {
      const best = into.extras[extra] as Extra[]
      for (let entry = start; entry < start + count; entry++) {
        const value = (other.extras[extra] as Extra[])[entry]
        if (value === undefined) continue
        const slot = slots[entry - start] as number
        const known = best[slot]
        if (known !== undefined && compareExtras(value, known) * direction <= 0) continue
        while (best.length < slot) best.push(undefined)
        best[slot] = value
      }
    },
    result({ extras, count }) {
      const best = extras[extra] as Extra[]
      return argument.kind === 'DECIMAL' ? columnOfDecimals(best, count) : columnOfBytes(best, count)
    },
  }
}

/** How the row's value compares to a known one. */
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

function columnOfDecimals(best: readonly Extra[], count: number): Column {
  const nulls = new Uint8Array(count)
  const values = Array.from({ length: count }, (_, entry) => {
    if (best[entry] === undefined) nulls[entry] = 1
    return (best[entry] as bigint | undefined) ?? 0n
  })
  return { kind: 'decimal', values, nulls }
}

function columnOfBytes(best: readonly Extra[], count: number): Column {
  const nulls = new Uint8Array(count)
  const start = new Int32Array(count)
  const end = new Int32Array(count)
  const parts: Uint8Array[] = []
  let length = 0
  for (let entry = 0; entry < count; entry++) {
    const value = best[entry] as Uint8Array | undefined
    start[entry] = length
    if (value === undefined) nulls[entry] = 1
    else {
      parts.push(value)
      length += value.length
    }
    end[entry] = length
  }
  return { kind: 'string', bytes: new Uint8Array(Buffer.concat(parts)), start, end, nulls }
}
