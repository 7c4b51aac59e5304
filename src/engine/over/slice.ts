/** A part of a column, which shares its memory. */
import type { Column } from '../../record/column.ts'

/** Rows [from, to) of a column. */
export function slicedColumn(column: Column, from: number, to: number): Column {
  const nulls = column.nulls?.subarray(from, to)
  switch (column.kind) {
    case 'boolean':
      return { ...column, values: column.values.subarray(from, to), nulls }
    case 'int':
      return { ...column, values: column.values.subarray(from, to), nulls }
    case 'double':
      return { ...column, values: column.values.subarray(from, to), nulls }
    case 'bigint':
      return {
        ...column,
        values: column.values.subarray(from, to),
        exact: column.exact?.subarray(from, to),
        nulls,
      }
    case 'decimal':
      return { ...column, values: column.values.slice(from, to), nulls }
    case 'row':
      return { ...column, fields: column.fields.map((field) => slicedColumn(field, from, to)), nulls }
    default:
      return { ...column, start: column.start.subarray(from, to), end: column.end.subarray(from, to), nulls }
  }
}
