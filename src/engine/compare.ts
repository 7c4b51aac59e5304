/** The order of values in two columns of one type: as `key.ts` has them, NULL apart. */

import { compareBytes, viewOf } from '../record/bytes.ts'
import type { Column, StringColumn } from '../record/column.ts'
import type { OrderKey } from '../sql/plan.ts'

/** Below zero if the first row comes first. */
export type CompareRows = (a: readonly Column[], rowA: number, b: readonly Column[], rowB: number) => number

export function compareCells(a: Column, rowA: number, b: Column, rowB: number): number {
  switch (a.kind) {
    case 'boolean':
    case 'int':
      return (a.values[rowA] as number) - ((b as typeof a).values[rowB] as number)
    case 'double':
      return compareDoubles(a.values[rowA] as number, (b as typeof a).values[rowB] as number)
    case 'bigint': {
      const other = b as typeof a
      if (a.exact === undefined && other.exact === undefined) {
        return (a.values[rowA] as number) - (other.values[rowB] as number)
      }
      const left = a.exact?.[rowA] ?? BigInt(a.values[rowA] as number)
      const right = other.exact?.[rowB] ?? BigInt(other.values[rowB] as number)
      return left < right ? -1 : left > right ? 1 : 0
    }
    case 'decimal': {
      const left = a.values[rowA] as bigint
      const right = (b as typeof a).values[rowB] as bigint
      return left < right ? -1 : left > right ? 1 : 0
    }
    case 'string':
      return compareStrings(a, rowA, b as typeof a, rowB)
  }
}

// Views of the columns compared last: making one costs more than comparing two words.
let bytesA: Uint8Array = new Uint8Array(0)
let bytesB: Uint8Array = bytesA
let viewA: DataView = viewOf(bytesA)
let viewB: DataView = viewA

function compareStrings(a: StringColumn, rowA: number, b: StringColumn, rowB: number): number {
  if (a.bytes !== bytesA) {
    bytesA = a.bytes
    viewA = viewOf(bytesA)
  }
  if (b.bytes !== bytesB) {
    bytesB = b.bytes
    viewB = viewOf(bytesB)
  }
  const endA = a.end[rowA] as number
  const endB = b.end[rowB] as number
  return compareBytes(viewA, a.start[rowA] as number, endA, viewB, b.start[rowB] as number, endB)
}

/** -0 before 0, NaN last: a total order. */
function compareDoubles(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return a !== 0 ? 0 : Object.is(a, b) ? 0 : Object.is(a, -0) ? -1 : 1
  return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : -1
}

/** By the order's keys, and then by all columns left, ascending, NULL first; columns in `except` decide nothing. */
export function compareBy(order: readonly OrderKey[], columns: number, except: readonly number[] = []): CompareRows {
  const rest: OrderKey[] = []
  for (let column = 0; column < columns; column++) {
    if (except.includes(column) || order.some((key) => key.column === column)) continue
    rest.push({ column, descending: false, nullsFirst: true })
  }
  const keys = [...order, ...rest]
  return (a, rowA, b, rowB) => {
    for (let index = 0; index < keys.length; index++) {
      const { column, descending, nullsFirst } = keys[index] as OrderKey
      const left = a[column] as Column
      const right = b[column] as Column
      const leftNull = left.nulls?.[rowA] === 1
      const rightNull = right.nulls?.[rowB] === 1
      if (leftNull || rightNull) {
        if (leftNull === rightNull) continue
        return leftNull === nullsFirst ? -1 : 1
      }
      const difference = compareCells(left, rowA, right, rowB)
      if (difference !== 0) return descending ? -difference : difference
    }
    return 0
  }
}
