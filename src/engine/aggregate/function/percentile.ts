/**
 * PERCENTILE: the value at a share of the values in their order, between two of them as the line goes. It is exact. Source: Flink's
 * PercentileAggFunction.
 *
 * The heap has the values as doubles. Where there are many and they repeat, it has a table of them instead, with open addressing:
 * pairs of a value and how often it is there, of which 0 is an empty one. The last lane has the number of different values in the
 * table, or -1 for a list.
 */
import { assert } from '../../../base/assert.ts'
import type { BigintColumn, Column, DoubleColumn, IntColumn, RowColumn } from '../../../record/column.ts'
import type { AggregateSettings } from '../../../sql/plan/aggregate.ts'
import type { OpenAccumulator } from '../definition.ts'
import type { Entries } from '../entries.ts'
import { doublesIn, extend, HEAP_LANES, type Heap, type HeapPlace } from './heap.ts'
import { selectAt, withoutNaN } from './select.ts'
import { addToTable, type Counted, countedIn, forTable, repeats } from './value-table.ts'

const LIST = -1
/** A list of fewer values stays one. */
const MANY = 1 << 21
/** More shares than this are found by sorting. */
const FEW_SHARES = 3

type Shares = Extract<AggregateSettings, { kind: 'shares' }>

export const percentile: OpenAccumulator = ({ lane, heap, settings }) => {
  assert(settings?.kind === 'shares', 'a PERCENTILE has shares')
  const place = { lane, heap }
  const { weighted } = settings
  return {
    initial: [...HEAP_LANES, weighted ? 0 : LIST],
    extras: 0,
    hasHeap: true,
    accumulate(into, entryOf, column, from, to) {
      if (weighted) return accumulateWeighted(into, place, { entryOf, from, to, row: column as RowColumn })
      const numbers = doublesOf(column as Column)
      const [starts, lengths, rooms, distinct] = lanesOf(into, lane)
      let view = viewOf(into, heap)
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry < 0) continue
        const length = lengths[entry] as number
        if (distinct[entry] === LIST && length + 8 <= (rooms[entry] as number)) {
          view[((starts[entry] as number) + length) / 8] = numbers[row] as number
          lengths[entry] = length + 8
          continue
        }
        if (distinct[entry] === LIST) addOne(into, place, entry, numbers[row] as number)
        else addToTable(into, place, entry, numbers[row] as number, 1)
        view = viewOf(into, heap)
      }
    },
    merge(into, entryOf, other, start, count) {
      const [starts, lengths, , distinct] = lanesOf(other, lane)
      const view = viewOf(other, heap)
      for (let entry = start; entry < start + count; entry++) {
        const to = entryOf[entry - start] as number
        const first = (starts[entry] as number) / 8
        const end = first + (lengths[entry] as number) / 8
        if (distinct[entry] === LIST) addList(into, place, to, { values: view, first, end })
        else {
          makeTable(into, place, to)
          forTable(view, first, end, (value, times) => addToTable(into, place, to, value, times))
        }
      }
    },
    result(entries) {
      const found: (readonly number[] | undefined)[] = []
      for (let entry = 0; entry < entries.count; entry++) found.push(sharesOf(entries, place, entry, settings))
      return columnOfShares(found, settings)
    },
  }
}

type Lanes = readonly [starts: Float64Array, lengths: Float64Array, rooms: Float64Array, distinct: Float64Array]

const lanesOf = ({ lanes }: Entries, lane: number): Lanes => lanes.slice(lane, lane + 4) as unknown as Lanes

const viewOf = ({ heaps }: Entries, heap: number): Float64Array => doublesIn(heaps[heap] as Heap)

/** The binder casts all but these kinds to DOUBLE. */
const doublesOf = (column: Column): Float64Array | Int32Array =>
  (column as DoubleColumn | IntColumn | BigintColumn).values

type Range = { readonly values: Float64Array; readonly first: number; readonly end: number }

/** Adds values [first, end); a list that needs more room becomes a table where its values repeat. */
function addList(into: Entries, place: HeapPlace, entry: number, { values, first, end }: Range): void {
  const { lane, heap } = place
  const distinct = into.lanes[lane + HEAP_LANES.length] as Float64Array
  const length = (into.lanes[lane + 1] as Float64Array)[entry] as number
  const more = end - first
  if (length / 8 >= MANY && distinct[entry] === LIST) {
    const begin = ((into.lanes[lane] as Float64Array)[entry] as number) / 8
    const isFull = length + 8 * more > ((into.lanes[lane + 2] as Float64Array)[entry] as number)
    if (isFull && repeats(viewOf(into, heap).subarray(begin, begin + length / 8))) makeTable(into, place, entry)
  }
  if (distinct[entry] !== LIST) {
    for (let i = first; i < end; i++) addToTable(into, place, entry, values[i] as number, 1)
    return
  }
  const at = extend(into, place, entry, 8 * more) / 8
  const view = viewOf(into, heap)
  if (more > FEW) view.set(values.subarray(first, end), at)
  else for (let i = 0; i < more; i++) view[at + i] = values[first + i] as number
}

/** A call that copies costs more than a loop over these. */
const FEW = 24

const one = new Float64Array(1)

function addOne(into: Entries, place: HeapPlace, entry: number, value: number): void {
  one[0] = value
  addList(into, place, entry, { values: one, first: 0, end: 1 })
}

/** Makes a table of a list. */
function makeTable(into: Entries, place: HeapPlace, entry: number): void {
  const [starts, lengths, , distinct] = lanesOf(into, place.lane)
  if (distinct[entry] !== LIST) return
  const first = (starts[entry] as number) / 8
  const values = viewOf(into, place.heap).slice(first, first + (lengths[entry] as number) / 8)
  lengths[entry] = 0
  distinct[entry] = 0
  for (const value of values) addToTable(into, place, entry, value, 1)
}

type Weighted = {
  readonly entryOf: Int32Array
  readonly from: number
  readonly to: number
  readonly row: RowColumn
}

/** Rows whose value or frequency is NULL, and those whose frequency is 0 or less, are left out. */
function accumulateWeighted(into: Entries, place: HeapPlace, { entryOf, from, to, row: { fields } }: Weighted): void {
  const [values, frequencies] = fields as readonly [Column, Column]
  const numbers = doublesOf(values)
  const timesOf = doublesOf(frequencies)
  for (let row = from; row < to; row++) {
    const entry = entryOf[row] as number
    if (entry < 0 || values.nulls?.[row] === 1 || frequencies.nulls?.[row] === 1) continue
    const times = timesOf[row] as number
    if (times > 0) addToTable(into, place, entry, numbers[row] as number, times)
  }
}

/** The values at the shares, as written; undefined without values. */
function sharesOf(
  entries: Entries,
  { lane, heap }: HeapPlace,
  entry: number,
  { shares }: Shares,
): readonly number[] | undefined {
  const [starts, lengths, , distinct] = lanesOf(entries, lane)
  const first = (starts[entry] as number) / 8
  const end = first + (lengths[entry] as number) / 8
  if (first === end) return undefined
  const view = viewOf(entries, heap)
  if (distinct[entry] === LIST) {
    return ofList(view, first, end, shares)
  }
  const counted = countedIn(view, first, end)
  return shares.map((share) => between(share, counted.total, (index) => valueAt(counted, index)))
}

/** Lists up to this many values are copied into memory that stays. */
const KEPT = 1 << 12
const kept = new Float64Array(KEPT)

function ofList(view: Float64Array, first: number, end: number, shares: readonly number[]): readonly number[] {
  const count = end - first
  const values = count <= KEPT ? kept : new Float64Array(count)
  if (count > FEW) values.set(view.subarray(first, end))
  else for (let i = 0; i < count; i++) values[i] = view[first + i] as number
  const isSorted = shares.length > FEW_SHARES
  if (isSorted) values.subarray(0, count).sort()
  const known = isSorted ? count : withoutNaN(values, count)
  const cuts: number[] = []
  const at = (index: number) =>
    isSorted ? (values[index] as number) : index < known ? selectAt(values, known, index, cuts) : Number.NaN
  return shares.map((share) => between(share, count, at))
}

/** The value at a share of `count` values in order: `at` gives each of them. */
function between(share: number, count: number, at: (index: number) => number): number {
  const position = share * (count - 1) + 1
  const lower = Math.floor(position)
  const higher = Math.ceil(position)
  const value = at(lower - 1)
  if (lower === higher) return value
  const next = at(higher - 1)
  return Object.is(value, next) ? value : (higher - position) * value + (position - lower) * next
}

/** The value at an index where each is as often there as it was counted. */
function valueAt({ values, ends }: Counted, index: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (index < (ends[middle] as number)) high = middle
    else low = middle + 1
  }
  return values[low] as number
}

function columnOfShares(found: readonly (readonly number[] | undefined)[], { list, shares }: Shares): Column {
  const isNull = (each: readonly number[] | undefined) => each === undefined || each.length === 0
  const nulls = found.some(isNull) ? Uint8Array.from(found, (each) => (isNull(each) ? 1 : 0)) : undefined
  if (!list) return { kind: 'double', values: Float64Array.from(found, (each) => each?.[0] ?? 0), nulls }
  const start = new Int32Array(found.length)
  const end = new Int32Array(found.length)
  const values = new Float64Array(found.length * shares.length)
  let at = 0
  for (const [entry, each] of found.entries()) {
    start[entry] = at
    values.set(each ?? [], at)
    at += each?.length ?? 0
    end[entry] = at
  }
  return { kind: 'list', start, end, items: { kind: 'double', values, nulls: undefined }, nulls }
}
