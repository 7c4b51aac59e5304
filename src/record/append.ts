/**
 * Copies rows behind those that a column has: the column grows, and what it holds stays when its source is overwritten. Bytes
 * of strings and items of lists follow each other without gaps.
 */
import { copyBytes, viewOf } from './bytes.ts'
import type { BigintColumn, Column, ListColumn, MapColumn, RowColumn, StringColumn } from './column.ts'
import { STRING_NONE } from './column.ts'

/** Rows to append from index `at` on: those at `rows` [0, count), or rows [0, count). */
export type Appended = { readonly at: number; readonly rows: Int32Array | undefined; readonly count: number }

/** An empty column like another, with room for `capacity` values. */
export function emptyLike(column: Column, capacity: number): Column {
  switch (column.kind) {
    case 'boolean':
      return { kind: 'boolean', values: new Uint8Array(capacity), nulls: undefined }
    case 'int':
      return { kind: 'int', values: new Int32Array(capacity), nulls: undefined }
    case 'bigint':
      return { kind: 'bigint', values: new Float64Array(capacity), exact: undefined, nulls: undefined }
    case 'double':
      return { kind: 'double', values: new Float64Array(capacity), nulls: undefined }
    case 'decimal':
      return { kind: 'decimal', values: new Array<bigint>(capacity).fill(0n), nulls: undefined }
    case 'string':
      return { kind: 'string', bytes: STRING_NONE, ...emptyRanges(capacity), nulls: undefined }
    case 'list':
      return { kind: 'list', ...emptyRanges(capacity), items: emptyLike(column.items, 0), nulls: undefined }
    case 'map': {
      const [keys, values] = [emptyLike(column.keys, 0), emptyLike(column.values, 0)]
      return { kind: 'map', ...emptyRanges(capacity), keys, values, nulls: undefined }
    }
    case 'row':
      return { kind: 'row', fields: column.fields.map((field) => emptyLike(field, capacity)), nulls: undefined }
  }
}

const emptyRanges = (capacity: number) => ({ start: new Int32Array(capacity), end: new Int32Array(capacity) })

/** The first `count` rows of a column that `appendRows` has filled, with room for `capacity`. Strings and items stay where they are. */
export function withRoom(column: Column, count: number, capacity: number): Column {
  const wider = emptyLike(column, capacity)
  const all = { at: 0, rows: undefined, count }
  appendNulls(wider, column, all, capacity)
  switch (wider.kind) {
    case 'string':
    case 'list':
    case 'map': {
      const from = column as typeof wider
      wider.start.set(from.start.subarray(0, count))
      wider.end.set(from.end.subarray(0, count))
      if (wider.kind === 'string') wider.bytes = (from as StringColumn).bytes
      else if (wider.kind === 'list') wider.items = (from as ListColumn).items
      else {
        wider.keys = (from as MapColumn).keys
        wider.values = (from as MapColumn).values
      }
      return wider
    }
    case 'row':
      return { ...wider, fields: (column as RowColumn).fields.map((field) => withRoom(field, count, capacity)) }
    default:
      appendValues(wider, column, all, capacity)
      return wider
  }
}

/** Appends rows to a column that has room for them: its arrays are `capacity` long. */
export function appendRows(to: Column, from: Column, appended: Appended, capacity: number): void {
  appendNulls(to, from, appended, capacity)
  appendValues(to, from, appended, capacity)
}

function appendNulls(to: Column, { nulls }: Column, { at, rows, count }: Appended, capacity: number): void {
  if (nulls === undefined) return
  to.nulls ??= new Uint8Array(capacity)
  if (rows === undefined) to.nulls.set(nulls.subarray(0, count), at)
  else for (let i = 0; i < count; i++) to.nulls[at + i] = nulls[rows[i] as number] as number
}

function appendValues(to: Column, from: Column, appended: Appended, capacity: number): void {
  const { at, rows, count } = appended
  switch (to.kind) {
    case 'string':
      appendStrings(to, from as typeof to, appended)
      return
    case 'decimal': {
      const { values } = from as typeof to
      for (let i = 0; i < count; i++) to.values[at + i] = values[rows === undefined ? i : (rows[i] as number)] as bigint
      return
    }
    case 'bigint':
      appendBigints(to, from as typeof to, appended)
      return
    case 'list': {
      const items = appendRanges(to, from as typeof to, appended)
      to.items = extended(to.items, (from as typeof to).items, items)
      return
    }
    case 'map': {
      const entries = appendRanges(to, from as typeof to, appended)
      to.keys = extended(to.keys, (from as typeof to).keys, entries)
      to.values = extended(to.values, (from as typeof to).values, entries)
      return
    }
    case 'row':
      to.fields.forEach((field, index) => {
        appendRows(field, (from as typeof to).fields[index] as Column, appended, capacity)
      })
      return
    default: {
      const { values } = from as typeof to
      if (rows === undefined) to.values.set(values.subarray(0, count), at)
      else for (let i = 0; i < count; i++) to.values[at + i] = values[rows[i] as number] as number
    }
  }
}

/** The value of a NULL row may be any number, also one that is not whole. */
const toExact = (value: number) => (Number.isSafeInteger(value) ? BigInt(value) : 0n)

function appendBigints(to: BigintColumn, { values, exact }: BigintColumn, { at, rows, count }: Appended): void {
  if (rows === undefined && exact === undefined && to.exact === undefined) {
    to.values.set(values.subarray(0, count), at)
    return
  }
  if (exact !== undefined && to.exact === undefined) {
    to.exact = new BigInt64Array(to.values.length)
    for (let row = 0; row < at; row++) to.exact[row] = toExact(to.values[row] as number)
  }
  for (let i = 0; i < count; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    to.values[at + i] = values[row] as number
    if (to.exact !== undefined)
      to.exact[at + i] = exact === undefined ? toExact(values[row] as number) : (exact[row] as bigint)
  }
}

/** The bytes of rows follow each other without gaps; a NULL has none. */
function appendStrings(to: StringColumn, from: StringColumn, { at, rows, count }: Appended): void {
  const { start, end, nulls } = from
  const first = at === 0 ? 0 : (to.end[at - 1] as number)
  let length = first
  // The strings of a store are side by side: they are copied at once.
  let isSideBySide = rows === undefined && nulls === undefined
  for (let i = 0; i < count; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    isSideBySide &&= i === 0 || start[i] === end[i - 1]
    to.start[at + i] = length
    if (nulls === undefined || nulls[row] === 0) length += (end[row] as number) - (start[row] as number)
    to.end[at + i] = length
  }
  if (length > to.bytes.length) {
    const wider = new Uint8Array(Math.max(length, to.bytes.length * 2))
    wider.set(to.bytes.subarray(0, first))
    to.bytes = wider
  }
  if (isSideBySide && count > 0) {
    to.bytes.set(from.bytes.subarray(start[0], end[count - 1]), first)
    return
  }
  const source = viewOf(from.bytes)
  const target = viewOf(to.bytes)
  for (let i = 0; i < count; i++) {
    const begin = to.start[at + i] as number
    const bytes = (to.end[at + i] as number) - begin
    const row = rows === undefined ? i : (rows[i] as number)
    if (bytes > 0) copyBytes(source, start[row] as number, bytes, target, begin)
  }
}

type Ranged = ListColumn | MapColumn

/** Gives the appended rows their ranges, one behind the other, and returns which items go there. A NULL has none. */
function appendRanges(to: Ranged, { start, end, nulls }: Ranged, { at, rows, count }: Appended): Appended {
  const first = at === 0 ? 0 : (to.end[at - 1] as number)
  let length = first
  for (let i = 0; i < count; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    to.start[at + i] = length
    if (nulls === undefined || nulls[row] === 0) length += (end[row] as number) - (start[row] as number)
    to.end[at + i] = length
  }
  const items = new Int32Array(length - first)
  for (let i = 0; i < count; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    const shift = (start[row] as number) - (to.start[at + i] as number)
    const stop = to.end[at + i] as number
    for (let item = to.start[at + i] as number; item < stop; item++) items[item - first] = item + shift
  }
  return { at: first, rows: items, count: items.length }
}

/** A column of items with more behind them: the same one, if it has room. */
function extended(items: Column, from: Column, appended: Appended): Column {
  const least = appended.at + appended.count
  const capacity = roomOf(items)
  const enough = least <= capacity ? capacity : Math.max(least, 2 * capacity)
  const wide = enough === capacity ? items : withRoom(items, appended.at, enough)
  appendRows(wide, from, appended, enough)
  return wide
}

/** For how many rows a column has room. */
function roomOf(column: Column): number {
  if (column.kind === 'row') {
    const [first] = column.fields
    return first === undefined ? Number.POSITIVE_INFINITY : roomOf(first)
  }
  return 'start' in column ? column.start.length : column.values.length
}
