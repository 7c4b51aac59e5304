/**
 * Writes the keys of many rows column by column (`key.ts` has their form), so that each loop is short and for one type: cell by
 * cell, the keys of a time and a text took as long as looking them up.
 *
 * Each row has room for the longest key that its values can have, so the keys are not adjacent. `end` has, for each row, where
 * the next of its columns goes, and in the end where its key ends.
 */
import { copyBytes, viewOf } from '../../record/bytes.ts'
import type { Nulls, ScalarColumn, StringColumn } from '../../record/column.ts'

/** Rows [from, to). */
export type RowRange = readonly [from: number, to: number]
type ValueColumn = Exclude<ScalarColumn, StringColumn>

/** The sign bit of a word: flipped, it puts negative numbers first. */
export const SIGN: number = 0x80000000 | 0

const OWNER_ROOM = 4
/** The most bytes of a value with its mark; of a string, besides its bytes. */
const ROOM: Readonly<Record<ScalarColumn['kind'], number>> = {
  boolean: 2,
  int: 5,
  bigint: 9,
  double: 9,
  decimal: 17,
  string: 3,
}

/** Puts where each key begins into `start`. Returns the bytes of memory that all keys may take. */
export function placeKeys(
  columns: readonly ScalarColumn[],
  [from, to]: RowRange,
  start: Int32Array,
  hasOwners: boolean,
): number {
  const fixed = columns.reduce((sum, { kind }) => sum + ROOM[kind], hasOwners ? OWNER_ROOM : 0)
  start.fill(fixed, from, to)
  for (const [index, column] of columns.entries()) {
    if (column.kind !== 'string') continue
    // Each byte of a text before the last column may be a 00, which takes two.
    const times = index === columns.length - 1 ? 1 : 2
    const { start: starts, end: ends, nulls } = column
    for (let row = from; row < to; row++) {
      const length = (ends[row] as number) - (starts[row] as number)
      if (nulls === undefined || nulls[row] === 0) start[row] = (start[row] as number) + times * length
    }
  }
  let at = 0
  for (let row = from; row < to; row++) {
    const room = start[row] as number
    start[row] = at
    at += room
  }
  return at
}

/** Writes the owner of each row: four bytes, big-endian. */
export function writeOwners(owners: Int32Array, [from, to]: RowRange, view: DataView, end: Int32Array): void {
  for (let row = from; row < to; row++) {
    const at = end[row] as number
    view.setInt32(at, owners[row] as number)
    end[row] = at + 4
  }
}

/** Writes a column that is the last of the key, or not. */
export function writeColumn(
  column: ScalarColumn,
  rows: RowRange,
  [view, end]: readonly [DataView, Int32Array],
  isLast: boolean,
): void {
  markAll(column.nulls, rows, view, end)
  if (column.kind !== 'string') writeValues(column, rows, view, end)
  else if (isLast) writeLastTexts(column, rows, view, end)
  else writeTexts(column, rows, view, end)
}

/** Writes whether each row has a value. */
function markAll(nulls: Nulls, [from, to]: RowRange, view: DataView, end: Int32Array): void {
  for (let row = from; row < to; row++) {
    const at = end[row] as number
    view.setUint8(at, nulls !== undefined && nulls[row] === 1 ? 0 : 1)
    end[row] = at + 1
  }
}

function writeLastTexts(column: StringColumn, [from, to]: RowRange, view: DataView, end: Int32Array): void {
  const { start: starts, end: ends, nulls } = column
  const bytes = viewOf(column.bytes)
  for (let row = from; row < to; row++) {
    if (nulls !== undefined && nulls[row] === 1) continue
    const at = end[row] as number
    const start = starts[row] as number
    const length = (ends[row] as number) - start
    copyBytes(bytes, start, length, view, at)
    end[row] = at + length
  }
}

function writeTexts(column: StringColumn, [from, to]: RowRange, view: DataView, end: Int32Array): void {
  const { start: starts, end: ends, nulls } = column
  const bytes = viewOf(column.bytes)
  for (let row = from; row < to; row++) {
    if (nulls !== undefined && nulls[row] === 1) continue
    let at = end[row] as number
    const stop = ends[row] as number
    for (let i = starts[row] as number; i < stop; i++) {
      const byte = bytes.getUint8(i)
      view.setUint8(at++, byte)
      if (byte === 0) view.setUint8(at++, 0xff)
    }
    view.setUint16(at, 0)
    end[row] = at + 2
  }
}

function writeValues(column: ValueColumn, [from, to]: RowRange, view: DataView, end: Int32Array): void {
  const { nulls } = column
  switch (column.kind) {
    case 'double':
      writeDoubles(column.values, nulls, [from, to], [view, end])
      return
    case 'bigint':
      if (column.exact === undefined) {
        writeWholes(column.values, nulls, [from, to], [view, end])
        return
      }
      break
    default:
      break
  }
  for (let row = from; row < to; row++) {
    if (nulls !== undefined && nulls[row] === 1) continue
    const at = end[row] as number
    switch (column.kind) {
      case 'boolean':
        view.setUint8(at, column.values[row] as number)
        end[row] = at + 1
        break
      case 'int':
        view.setInt32(at, (column.values[row] as number) ^ SIGN)
        end[row] = at + 4
        break
      case 'bigint':
        view.setBigInt64(at, (column.exact?.[row] as bigint) ^ -(1n << 63n))
        end[row] = at + 8
        break
      case 'decimal': {
        const value = (column.values[row] as bigint) + (1n << 127n)
        view.setBigUint64(at, value >> 64n)
        view.setBigUint64(at + 8, BigInt.asUintN(64, value))
        end[row] = at + 16
        break
      }
    }
  }
}

function writeDoubles(
  values: Float64Array,
  nulls: Nulls,
  [from, to]: RowRange,
  [view, end]: readonly [DataView, Int32Array],
): void {
  for (let row = from; row < to; row++) {
    if (nulls !== undefined && nulls[row] === 1) continue
    const at = end[row] as number
    const value = values[row] as number
    view.setFloat64(at, Number.isNaN(value) ? Number.NaN : value)
    const high = view.getInt32(at)
    if (high < 0) {
      view.setInt32(at, ~high)
      view.setInt32(at + 4, ~view.getInt32(at + 4))
    } else view.setInt32(at, high ^ SIGN)
    end[row] = at + 8
  }
}

function writeWholes(
  values: Float64Array,
  nulls: Nulls,
  [from, to]: RowRange,
  [view, end]: readonly [DataView, Int32Array],
): void {
  for (let row = from; row < to; row++) {
    if (nulls !== undefined && nulls[row] === 1) continue
    const at = end[row] as number
    const value = values[row] as number
    const high = Math.floor(value / 4294967296)
    view.setInt32(at, high ^ SIGN)
    view.setInt32(at + 4, (value - high * 4294967296) | 0)
    end[row] = at + 8
  }
}
