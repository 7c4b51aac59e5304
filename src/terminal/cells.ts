/** Rows as cells of a table: one text for each value, printable, with NULL as `NULL`. */
import { Buffer } from 'node:buffer'
import { base64Text, nestedText } from '../format/write/nested.ts'
import { valueText } from '../format/write/value.ts'
import { type Batch, type Column, isNestedColumn } from '../record/column.ts'
import type { Field, NestedType, Type } from '../record/type.ts'
import { printable } from './text.ts'

/**
 * `exact`: every digit, and times as they are in files. `short`, for tables that are watched: a DOUBLE has six digits, or four
 * where it is a fraction, and times have no fraction where that is zero.
 */
export type CellForm = 'exact' | 'short'

/** The cells of each row of the batch. */
export function cellsOf(fields: readonly Field[], batch: Batch, form: CellForm): string[][] {
  return Array.from({ length: batch.count }, (_, row) => rowCells(fields, batch, row, form))
}

/** The cells of one row. */
export function rowCells(fields: readonly Field[], { columns }: Batch, row: number, form: CellForm): string[] {
  return fields.map(({ type }, i) => cellText(type, columns[i] as Column, row, form))
}

function cellText(type: Type, column: Column, row: number, form: CellForm): string {
  if (column.nulls?.[row] === 1) return 'NULL'
  if (column.kind === 'string' && type.kind === 'BYTES') return base64Text(column, row)
  if (column.kind === 'string') {
    return printable(Buffer.from(column.bytes.subarray(column.start[row], column.end[row])).toString())
  }
  if (isNestedColumn(column)) return printable(nestedText(type as NestedType, column, row))
  const text = valueText(type, column, row)
  if (form === 'exact') return text
  switch (type.kind) {
    case 'FLOAT':
    case 'DOUBLE': {
      const number = Number(text)
      return String(Number(number.toPrecision(Math.abs(number) < 1 ? 4 : 6)))
    }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return text.replace('.000', '')
    default:
      return text
  }
}
