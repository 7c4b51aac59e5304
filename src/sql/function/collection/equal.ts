/**
 * Equality of values in columns of one type, also of those inside of others, as Flink's binary form of arrays, maps and rows
 * has it: NULL is equal to NULL, NaN to NaN, and -0 is not 0. Maps are equal where each key has an equal value in the other.
 */
import type { Column, ListColumn, MapColumn, StringColumn } from '../../../record/column.ts'
import type { Compute } from '../../expression/expression.ts'
import { booleanOutput } from '../output.ts'
import { FEW_ITEMS, ItemIds } from './item-ids.ts'

/** A value's place. */
export type ValueAt = { readonly column: Column; readonly row: number }

const isNull = ({ column, row }: ValueAt): boolean => column.nulls !== undefined && column.nulls[row] === 1

/** Whether the values at two places are equal. */
export function equalCells(a: ValueAt, b: ValueAt): boolean {
  if (isNull(a) || isNull(b)) return isNull(a) && isNull(b)
  const { column, row } = a
  switch (column.kind) {
    case 'bigint': {
      const other = b.column as typeof column
      if (column.exact === undefined && other.exact === undefined) return column.values[row] === other.values[b.row]
      return (
        BigInt(column.exact?.[row] ?? (column.values[row] as number)) ===
        BigInt(other.exact?.[b.row] ?? (other.values[b.row] as number))
      )
    }
    case 'double':
      return Object.is(column.values[row], (b.column as typeof column).values[b.row])
    case 'boolean':
    case 'int':
    case 'decimal':
      return column.values[row] === (b.column as typeof column).values[b.row]
    case 'string':
      return equalTexts(column, row, b.column as StringColumn, b.row)
    case 'list':
      return equalLists(column, row, b.column as ListColumn, b.row)
    case 'map':
      return equalMaps(column, row, b.column as MapColumn, b.row)
    case 'row': {
      const others = (b.column as typeof column).fields
      return column.fields.every((field, i) =>
        equalCells({ column: field, row }, { column: others[i] as Column, row: b.row }),
      )
    }
  }
}

function equalTexts(a: StringColumn, rowA: number, b: StringColumn, rowB: number): boolean {
  let i = a.start[rowA] as number
  let j = b.start[rowB] as number
  const end = a.end[rowA] as number
  if (end - i !== (b.end[rowB] as number) - j) return false
  while (i < end) if (a.bytes[i++] !== b.bytes[j++]) return false
  return true
}

function equalLists(a: ListColumn, rowA: number, b: ListColumn, rowB: number): boolean {
  const from = a.start[rowA] as number
  const other = b.start[rowB] as number
  const length = (a.end[rowA] as number) - from
  if (length !== (b.end[rowB] as number) - other) return false
  for (let index = 0; index < length; index++) {
    if (!equalCells({ column: a.items, row: from + index }, { column: b.items, row: other + index })) return false
  }
  return true
}

function equalMaps(a: MapColumn, rowA: number, b: MapColumn, rowB: number): boolean {
  const [from, end] = [a.start[rowA] as number, a.end[rowA] as number]
  if (end - from !== (b.end[rowB] as number) - (b.start[rowB] as number)) return false
  const find = end - from > FEW_ITEMS ? openFind(b, rowB, a.keys, [from, end]) : undefined
  for (let entry = from; entry < end; entry++) {
    const found = find?.(entry) ?? findKey(b, rowB, { column: a.keys, row: entry })
    if (found < 0 || !equalCells({ column: a.values, row: entry }, { column: b.values, row: found })) return false
  }
  return true
}

/** As `findKey`, for the many keys [from, end) of another map. */
function openFind(
  { start, end, keys }: MapColumn,
  row: number,
  others: Column,
  [from, to]: readonly [number, number],
): (other: number) => number {
  const known = new ItemIds({ nan: 'same', zeros: 'other' })
  const [own, wanted] = [new Int32Array(end[row] as number), new Int32Array(to)]
  known.look(keys, start[row] as number, end[row] as number, own)
  known.look(others, from, to, wanted)
  const entries = new Int32Array(known.size).fill(-1)
  for (let entry = (end[row] as number) - 1; entry >= (start[row] as number); entry--) {
    entries[own[entry] as number] = entry
  }
  return (other) => entries[wanted[other] as number] as number
}

/** The entry of the map in a row that has the key; -1 if none has. */
export function findKey({ start, end, keys }: MapColumn, row: number, key: ValueAt): number {
  for (let entry = start[row] as number; entry < (end[row] as number); entry++) {
    if (equalCells({ column: keys, row: entry }, key)) return entry
  }
  return -1
}

/** `=` of arrays, maps or rows of one type. */
export function nestedEquality(): Compute {
  const output = booleanOutput()
  return ([a, b], count) => {
    const out = output(count)
    const [left, right] = [a as Column, b as Column]
    for (let row = 0; row < count; row++) {
      // The ranges of a NULL are arbitrary.
      const isKnown = left.nulls?.[row] !== 1 && right.nulls?.[row] !== 1
      out.values[row] = isKnown && equalCells({ column: left, row }, { column: right, row }) ? 1 : 0
    }
    return out
  }
}
