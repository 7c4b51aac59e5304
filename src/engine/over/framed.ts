/**
 * Aggregates over the frames of a section of a bounded OVER by short ways: counts and sums of whole numbers are differences of what
 * is before the two ends of a frame, and small sums of doubles are added up. What has none is left to `section-aggregate.ts`.
 */
import type { BigintColumn, Column, DoubleColumn, IntColumn } from '../../record/column.ts'
import { makeEntries } from '../aggregate/entries.ts'
import type { OverSpec } from './spec.ts'

/** What a section has for an aggregate: its argument at each place, and the frames. */
export type Framed = {
  readonly count: number
  readonly bounds: Int32Array
  readonly argument: Column | undefined
  readonly from: Int32Array
  readonly to: Int32Array
}

/** Up to this many rows the sum of doubles is added up anew for each frame, as Flink does. */
const ADDED_UP = 64
/** A sum of as many INTs is a whole number that a double holds. */
const MOST_INTS = 2 ** 21

/** The column of the one call of `spec` by one of the short ways; undefined where there is none. */
export function shortWay(spec: OverSpec, framed: Framed): Column | undefined {
  const { argument } = framed
  switch (spec.calls[0]?.call.function) {
    case 'COUNT':
      return counted(framed)
    case 'SUM':
    case 'AVG':
      if (argument?.kind === 'int' || (argument?.kind === 'bigint' && argument.exact === undefined))
        return summedIntegers(spec, framed, argument)
      // A SUM of FLOATs is rounded at each step, which its accumulator does.
      if (spec.calls[0].call.function === 'SUM' && spec.calls[0].call.field.type.kind === 'FLOAT') return undefined
      return argument?.kind === 'double' ? summedDoubles(spec, framed, argument) : undefined
    default:
      return undefined
  }
}

function counted({ count, argument, from, to }: Framed): Column {
  const values = new Float64Array(count)
  const nulls = argument?.nulls
  if (nulls === undefined) {
    for (let place = 0; place < count; place++) values[place] = lengthOf(from, to, place)
    return { kind: 'bigint', values, exact: undefined, nulls: undefined }
  }
  const before = presentBefore(nulls, count)
  for (let place = 0; place < count; place++) values[place] = difference(before, from, to, place)
  return { kind: 'bigint', values, exact: undefined, nulls: undefined }
}

const lengthOf = (from: Int32Array, to: Int32Array, place: number): number =>
  Math.max(0, (to[place] as number) - (from[place] as number))

/** A frame that ends before it begins has no rows. */
const difference = (before: Float64Array, from: Int32Array, to: Int32Array, place: number): number =>
  (to[place] as number) <= (from[place] as number)
    ? 0
    : (before[to[place] as number] as number) - (before[from[place] as number] as number)

/** Before each place, how many values are there. */
function presentBefore(nulls: Uint8Array | undefined, count: number): Float64Array {
  const before = new Float64Array(count + 1)
  let sum = 0
  for (let place = 0; place < count; place++) {
    before[place] = sum
    if (nulls === undefined || nulls[place] === 0) sum++
  }
  before[count] = sum
  return before
}

/** By sums of all that is before; undefined where these are beyond 2^53. */
function summedIntegers(
  spec: OverSpec,
  framed: Framed,
  { values, nulls }: IntColumn | BigintColumn,
): Column | undefined {
  const { count, from, to } = framed
  if (count > MOST_INTS) return undefined
  const before = new Float64Array(count + 1)
  let sum = 0
  for (let place = 0; place < count; place++) {
    before[place] = sum
    if (nulls === undefined || nulls[place] === 0) sum += values[place] as number
    if (!Number.isSafeInteger(sum)) return undefined
  }
  before[count] = sum
  const present = presentBefore(nulls, count)
  return resultOf(spec, count, (place, sums, counts) => {
    const rows = difference(present, from, to, place)
    counts[place] = rows
    sums[place] = rows === 0 ? Number.NaN : difference(before, from, to, place)
  })
}

/** Added up from the first row of each frame; undefined where frames with a beginning are large. */
function summedDoubles(spec: OverSpec, framed: Framed, { values, nulls }: DoubleColumn): Column | undefined {
  const { count, from, to } = framed
  if (!isRunning(framed) && !areSmall(from, to, count)) return undefined
  let [first, next, sum, rows] = [-1, -1, 0, 0]
  return resultOf(spec, count, (place, sums, counts) => {
    const begin = from[place] as number
    const end = to[place] as number
    // What runs along goes on from the row before.
    if (begin !== first || next > end) {
      sum = 0
      rows = 0
      next = begin
      first = begin
    }
    for (; next < end; next++) {
      if (nulls !== undefined && nulls[next] === 1) continue
      sum += values[next] as number
      rows++
    }
    sums[place] = sum
    counts[place] = rows
  })
}

/** Whether all frames begin with their owner. */
function isRunning({ bounds, from }: Framed): boolean {
  for (let owner = 0; owner + 1 < bounds.length; owner++) {
    const first = bounds[owner] as number
    for (let place = first; place < (bounds[owner + 1] as number); place++) if (from[place] !== first) return false
  }
  return true
}

function areSmall(from: Int32Array, to: Int32Array, count: number): boolean {
  for (let place = 0; place < count; place++) if (lengthOf(from, to, place) > ADDED_UP) return false
  return true
}

type Fill = (place: number, sums: Float64Array, counts: Float64Array) => void

/** What the accumulator makes of sums and numbers of rows, which are its lanes. */
function resultOf({ layout, calls: [call] }: OverSpec, count: number, fill: Fill): Column {
  const entries = makeEntries(layout, count)
  entries.count = count
  const [sums, counts = new Float64Array(count)] = entries.lanes
  for (let place = 0; place < count; place++) fill(place, sums as Float64Array, counts)
  return (call as OverSpec['calls'][number]).accumulator.result(entries)
}

/** The first value of each frame, or the last, that is not NULL: the place of it, or -1. */
export function placesOfValues({ count, argument, from, to }: Framed, isFirst: boolean): Int32Array {
  const nulls = argument?.nulls
  const found = new Int32Array(count)
  let near = -1
  // Of each place, the nearest value from it on, or up to it.
  const nearest = new Int32Array(count)
  for (let step = 0; step < count; step++) {
    const place = isFirst ? count - 1 - step : step
    if (nulls === undefined || nulls[place] === 0) near = place
    nearest[place] = near
  }
  for (let place = 0; place < count; place++) {
    const begin = from[place] as number
    const end = to[place] as number
    const at = begin < end ? (nearest[isFirst ? begin : end - 1] as number) : -1
    found[place] = at >= begin && at < end ? at : -1
  }
  return found
}
