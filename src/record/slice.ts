/** Rows of a column that follow each other, without a copy: the arrays are views of the same memory. */
import type { Column } from './column.ts'

/** Rows [from, to) of the column; they change when its own do. */
export function sliceOf(column: Column, from: number, to: number): Column {
  const nulls = column.nulls?.subarray(from, to)
  switch (column.kind) {
    case 'boolean':
      return { kind: 'boolean', values: column.values.subarray(from, to), nulls }
    case 'int':
      return { kind: 'int', values: column.values.subarray(from, to), nulls }
    case 'bigint': {
      const { values, exact } = column
      return { kind: 'bigint', values: values.subarray(from, to), exact: exact?.subarray(from, to), nulls }
    }
    case 'double':
      return { kind: 'double', values: column.values.subarray(from, to), nulls }
    case 'decimal':
      return { kind: 'decimal', values: column.values.slice(from, to), nulls }
    case 'string':
    case 'list':
    case 'map':
      return { ...column, start: column.start.subarray(from, to), end: column.end.subarray(from, to), nulls }
    case 'row':
      return { kind: 'row', fields: column.fields.map((field) => sliceOf(field, from, to)), nulls }
  }
}
