/**
 * Values as SQLite has them. Its tables are STRICT where this sink makes them, so a column holds what it says:
 *
 *   BOOLEAN                          INTEGER   0 or 1
 *   TINYINT, SMALLINT, INT, BIGINT   INTEGER   all 64 bits
 *   FLOAT                            REAL      the double of its shortest digits: 0.1
 *   DOUBLE                           REAL      NaN has no value there: SQLite would keep NULL
 *   STRING                           TEXT      bytes that are not UTF-8 become U+FFFD
 *   BYTES                            BLOB
 *   DECIMAL                          TEXT      all digits, as REAL would lose some
 *   ARRAY, MAP, ROW                  TEXT      JSON
 *   DATE, TIME, TIMESTAMP(_LTZ)      TEXT      as ndjson writes them, which SQLite's functions of dates read: 2026-03-01T12:05:00.000Z
 */
import type { SQLInputValue } from 'node:sqlite'
import { unreachable } from '../../base/assert.ts'
import { nestedText } from '../../format/write/nested.ts'
import { valueText } from '../../format/write/value.ts'
import type { Column, DoubleColumn, StringColumn } from '../../record/column.ts'
import { shortestFloat } from '../../record/float.ts'
import { isApproximate, isSmallInteger, type NestedType, type Type } from '../../record/type.ts'

export type StoredType = 'INTEGER' | 'REAL' | 'TEXT' | 'BLOB'

/** The type of SQLite for values of a type. */
export function storedType({ kind }: Type): StoredType {
  switch (kind) {
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return 'INTEGER'
    case 'FLOAT':
    case 'DOUBLE':
      return 'REAL'
    case 'BYTES':
      return 'BLOB'
    default:
      return 'TEXT'
  }
}

type ReadValue = (row: number) => SQLInputValue

/** Reads the values of one batch. */
export function readerOf(type: Type, column: Column): ReadValue {
  const read = valuesOf(type, column)
  const { nulls } = column
  return nulls === undefined ? read : (row) => (nulls[row] === 1 ? null : read(row))
}

function valuesOf(type: Type, column: Column): ReadValue {
  switch (column.kind) {
    case 'string':
      return type.kind === 'BYTES' ? bytesOf(column) : textsOf(column)
    case 'boolean': {
      const { values } = column
      return (row) => values[row] as number
    }
    case 'int': {
      const { values } = column
      return isSmallInteger(type) ? (row) => values[row] as number : (row) => valueText(type, column, row)
    }
    case 'bigint': {
      const { values, exact } = column
      return exact === undefined ? (row) => values[row] as number : (row) => exact[row] as bigint
    }
    case 'double': {
      const { values } = column
      if (type.kind === 'FLOAT') return (row) => shortestFloat(values[row] as number)
      return type.kind === 'DOUBLE' ? (row) => values[row] as number : timesOf(type, column)
    }
    case 'decimal':
      return (row) => valueText(type, column, row)
    case 'list':
    case 'map':
    case 'row':
      return (row) => nestedText(type as NestedType, column, row)
    default:
      return unreachable(column)
  }
}

function textsOf({ bytes, start, end }: StringColumn): ReadValue {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return (row) => buffer.toString('utf8', start[row], end[row])
}

const bytesOf =
  ({ bytes, start, end }: StringColumn): ReadValue =>
  (row) =>
    bytes.slice(start[row], end[row])

/** Times as texts. Rows that follow each other often have one time, so its text is kept. */
function timesOf(type: Type, column: DoubleColumn): ReadValue {
  let last = Number.NaN
  let text = ''
  return (row) => {
    const value = column.values[row] as number
    if (value !== last) {
      last = value
      text = valueText(type, column, row)
    }
    return text
  }
}

/** The first row from `from` on, below `count`, whose value SQLite cannot keep; -1 where there is none. */
export function unfitRow(type: Type, column: Column, from: number, count: number): number {
  if (!isApproximate(type) || column.kind !== 'double') return -1
  for (let row = from; row < count; row++) {
    if (Number.isNaN(column.values[row]) && column.nulls?.[row] !== 1) return row
  }
  return -1
}
