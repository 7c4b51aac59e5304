/**
 * Rows kept as columns: typed arrays, and strings as ranges into bytes. Nothing here is an object per row.
 *
 * The maker of a column owns its arrays and overwrites them with its next batch: a reader copies what it keeps. Arrays may
 * be longer than the batch; `Batch.count` says how many of their elements are rows. Only `nulls` says whether a row is NULL;
 * its value is then arbitrary.
 *
 * | Type | Column | element |
 * | --- | --- | --- |
 * | BOOLEAN | boolean | 0 or 1 |
 * | TINYINT, SMALLINT, INT, DATE, TIME, INTERVAL_MONTH | int | the number, days since 1970-01-01, ms of the day, months |
 * | BIGINT | bigint | `values`, a safe integer as a double; or all of `exact` where one of the batch is beyond 2^53 |
 * | FLOAT, DOUBLE, TIMESTAMP, TIMESTAMP_LTZ, INTERVAL_DAY | double | the number, or ms since 1970-01-01 00:00 (wall clock, UTC), ms |
 * | DECIMAL | decimal | the digits without the point, as a bigint: 1.50 of scale 2 is 150n |
 * | TIMESTAMP, TIMESTAMP_LTZ of 4 to 9 digits | decimal | nanoseconds since 1970-01-01 00:00 (wall clock, UTC), as a bigint |
 * | STRING, BYTES | string | the bytes [start, end) of `bytes` |
 * | ARRAY | list | rows [start, end) of the column `items` |
 * | MAP | map | rows [start, end) of the columns `keys` and `values` |
 * | ROW | row | the same row of each column of `fields` |
 *
 * Ranges need be neither in order nor adjacent, and may share items. The columns inside a column have NULLs of their own, but
 * no failures, and belong to its maker too; where the row of a ROW is NULL, so are those of its fields.
 */
import type { Lease } from '../base/lease.ts'
import type { Type } from './type.ts'

/** 1 where the row is NULL; undefined if no row is. */
export type Nulls = Uint8Array | undefined

type Shared = {
  nulls: Nulls
  /** The reason for each row whose expression failed (`CAST('x' AS INT)`). Rare, so a map; undefined if none failed. */
  failures?: Map<number, string> | undefined
}

export type BooleanColumn = Shared & { readonly kind: 'boolean'; values: Uint8Array }
export type IntColumn = Shared & { readonly kind: 'int'; values: Int32Array }
export type BigintColumn = Shared & { readonly kind: 'bigint'; values: Float64Array; exact: BigInt64Array | undefined }
export type DoubleColumn = Shared & { readonly kind: 'double'; values: Float64Array }
export type DecimalColumn = Shared & { readonly kind: 'decimal'; values: bigint[] }
export type StringColumn = Shared & { readonly kind: 'string'; bytes: Uint8Array; start: Int32Array; end: Int32Array }

type Ranges = { start: Int32Array; end: Int32Array }
export type ListColumn = Shared & Ranges & { readonly kind: 'list'; items: Column }
export type MapColumn = Shared & Ranges & { readonly kind: 'map'; keys: Column; values: Column }
export type RowColumn = Shared & { readonly kind: 'row'; fields: readonly Column[] }

/** Columns that consist of others. */
export type NestedColumn = ListColumn | MapColumn | RowColumn
/** Columns whose elements are the values themselves. */
export type ScalarColumn = BooleanColumn | IntColumn | BigintColumn | DoubleColumn | DecimalColumn | StringColumn

export type Column = ScalarColumn | NestedColumn

/** Rows that go through the engine together, all from one partition of one table. */
export type Batch = {
  count: number
  columns: readonly Column[]
  /** The partition they come from; 0 once rows of several partitions are merged. */
  partition: number
  /** The record that each row was decoded from, as an index into the `Records`; undefined where row i is record i. */
  origin: Int32Array | undefined
  /**
   * The watermark of the partition just before each row, ms since 1970 (`-Infinity` before the first): it decides whether
   * the row is late. Undefined in batch mode, where no row is late.
   */
  watermark: Float64Array | undefined
  /** Of an answer that changes: 1 where the row is gone, whose values are the last that it had. Absent where no row can be. */
  deleted?: Uint8Array
}

/** A batch of rows that come from no record, or were merged from several. */
export function batchOfRows(count: number, columns: readonly Column[]): Batch {
  return { count, columns, partition: 0, origin: undefined, watermark: undefined }
}

/**
 * Records in a buffer: record i is the bytes [start[i], end[i]), without its line end. The ranges need be neither in order
 * nor adjacent: the records of one partition lie among those of the others.
 *
 * With a lease, buffer and arrays are reused once every holder has released it. A consumer that keeps the records beyond
 * the call that brought them holds the lease.
 */
export type Records = {
  bytes: Uint8Array
  start: Int32Array
  end: Int32Array
  count: number
  lease?: Lease
}

/** The bytes of a STRING column without texts. */
export const STRING_NONE: Uint8Array = new Uint8Array(0)

/** A column with room for `capacity` values of a type. */
export function makeColumn(type: Type, capacity: number): Column {
  switch (type.kind) {
    case 'BOOLEAN':
      return { kind: 'boolean', values: new Uint8Array(capacity), nulls: undefined }
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'DATE':
    case 'TIME':
    case 'INTERVAL_MONTH':
    case 'NULL':
      return { kind: 'int', values: new Int32Array(capacity), nulls: undefined }
    case 'BIGINT':
      return { kind: 'bigint', values: new Float64Array(capacity), exact: undefined, nulls: undefined }
    case 'FLOAT':
    case 'DOUBLE':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
    case 'INTERVAL_DAY':
      return { kind: 'double', values: new Float64Array(capacity), nulls: undefined }
    case 'DECIMAL':
    case 'FINE_TIMESTAMP':
      return { kind: 'decimal', values: new Array<bigint>(capacity).fill(0n), nulls: undefined }
    case 'STRING':
    case 'BYTES':
      return {
        kind: 'string',
        bytes: STRING_NONE,
        start: new Int32Array(capacity),
        end: new Int32Array(capacity),
        nulls: undefined,
      }
    case 'ARRAY':
      return { kind: 'list', ...ranges(capacity), items: makeColumn(type.element, 0), nulls: undefined }
    case 'MAP': {
      const [keys, values] = [makeColumn(type.key, 0), makeColumn(type.value, 0)]
      return { kind: 'map', ...ranges(capacity), keys, values, nulls: undefined }
    }
    case 'ROW':
      return { kind: 'row', fields: type.fields.map((field) => makeColumn(field.type, capacity)), nulls: undefined }
  }
}

const ranges = (capacity: number): Ranges => ({ start: new Int32Array(capacity), end: new Int32Array(capacity) })

/** Whether a column consists of others. */
export const isNestedColumn = (column: Column): column is NestedColumn =>
  column.kind === 'list' || column.kind === 'map' || column.kind === 'row'

/**
 * One SQL value in JavaScript, for output, tests and messages; never on the hot path. BOOLEAN is a boolean; TINYINT, SMALLINT, INT, DATE,
 * TIME, FLOAT, DOUBLE and TIMESTAMP are numbers; BIGINT, DECIMAL (unscaled) and timestamps of more than 3 digits are bigints; STRING is a string (invalid UTF-8
 * replaced), BYTES one whose characters are the bytes; ARRAY is an array, MAP an array of pairs [key, value], ROW an array of the values of its fields; NULL is null.
 */
export type Value = boolean | number | bigint | string | null | readonly Value[]

const utf8 = new TextDecoder()

/** The value of one row. Without its type, BYTES are read as texts. */
export function valueAt(column: Column, row: number, type?: Type): Value {
  if (column.nulls?.[row] === 1) return null
  switch (column.kind) {
    case 'boolean':
      return column.values[row] === 1
    case 'int':
    case 'double':
      return column.values[row] as number
    case 'bigint':
      return column.exact === undefined ? BigInt(column.values[row] as number) : (column.exact[row] as bigint)
    case 'decimal':
      return column.values[row] as bigint
    case 'string':
      return type?.kind === 'BYTES'
        ? rawText(column, row)
        : utf8.decode(column.bytes.subarray(column.start[row], column.end[row]))
    case 'list':
      return valuesIn(column, row, (at) => valueAt(column.items, at, type?.kind === 'ARRAY' ? type.element : undefined))
    case 'map':
      return valuesIn(column, row, (at) => {
        const [key, value] = type?.kind === 'MAP' ? [type.key, type.value] : []
        return [valueAt(column.keys, at, key), valueAt(column.values, at, value)]
      })
    case 'row':
      return column.fields.map((field, i) =>
        valueAt(field, row, type?.kind === 'ROW' ? type.fields[i]?.type : undefined),
      )
  }
}

/** The bytes of a row as a string, each of them a character. */
const rawText = ({ bytes, start, end }: StringColumn, row: number): string =>
  Buffer.from(bytes.subarray(start[row], end[row])).toString('latin1')

function valuesIn({ start, end }: Ranges, row: number, read: (at: number) => Value): Value[] {
  const from = start[row] as number
  return Array.from({ length: (end[row] as number) - from }, (_, index) => read(from + index))
}

/** A column of the given values: for literals, VALUES and tests. */
export function columnOf(type: Type, values: readonly Value[]): Column {
  const nested = nestedColumnOf(type, values)
  if (nested !== undefined) return nested
  const column = makeColumn(type, values.length)
  const nulls = new Uint8Array(values.length)
  const encoder = new TextEncoder()
  const texts: Uint8Array[] = []
  let length = 0
  values.forEach((value, row) => {
    if (value === null) {
      nulls[row] = 1
      return
    }
    switch (column.kind) {
      case 'boolean':
        column.values[row] = value === true ? 1 : 0
        break
      case 'int':
      case 'double':
      case 'bigint':
        column.values[row] = Number(value as number)
        break
      case 'decimal':
        column.values[row] = BigInt(value as bigint)
        break
      case 'string': {
        const text = type.kind === 'BYTES' ? Buffer.from(String(value), 'latin1') : encoder.encode(String(value))
        column.start[row] = length
        length += text.length
        column.end[row] = length
        texts.push(text)
        break
      }
    }
  })
  if (column.kind === 'bigint' && !column.values.every(Number.isSafeInteger)) {
    column.exact = BigInt64Array.from(values, (value) => BigInt((value as bigint | null) ?? 0n))
  }
  if (column.kind === 'string') column.bytes = Buffer.concat(texts)
  if (nulls.includes(1)) column.nulls = nulls
  return column
}

/** A column of arrays, maps or rows; undefined for other types. */
function nestedColumnOf(type: Type, values: readonly Value[]): Column | undefined {
  const lists = values.map((value) => (Array.isArray(value) ? (value as readonly Value[]) : []))
  const nulls = values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 1 : 0)) : undefined
  if (type.kind === 'ROW') {
    const fields = type.fields.map((field, index) =>
      columnOf(
        field.type,
        lists.map((list) => list[index] ?? null),
      ),
    )
    return { kind: 'row', fields, nulls }
  }
  if (type.kind !== 'ARRAY' && type.kind !== 'MAP') return undefined
  const { start, end } = ranges(values.length)
  let length = 0
  lists.forEach((list, row) => {
    start[row] = length
    length += list.length
    end[row] = length
  })
  const items = lists.flat(1) as Value[]
  if (type.kind === 'ARRAY') return { kind: 'list', start, end, items: columnOf(type.element, items), nulls }
  const pairs = items as (readonly [Value, Value])[]
  const keys = columnOf(
    type.key,
    pairs.map(([key]) => key),
  )
  const mapped = columnOf(
    type.value,
    pairs.map(([, value]) => value),
  )
  return { kind: 'map', start, end, keys, values: mapped, nulls }
}

/** A decimal on the heap and the pointer to it, about. */
const DECIMAL_BYTES = 32

/** Bytes of memory that a column takes, spare room included. */
export function columnBytes(column: Column): number {
  const nulls = column.nulls?.byteLength ?? 0
  switch (column.kind) {
    case 'string':
      return nulls + column.bytes.byteLength + column.start.byteLength + column.end.byteLength
    case 'decimal':
      return nulls + column.values.length * DECIMAL_BYTES
    case 'bigint':
      return nulls + column.values.byteLength + (column.exact?.byteLength ?? 0)
    case 'list':
      return nulls + column.start.byteLength + column.end.byteLength + columnBytes(column.items)
    case 'map': {
      const entries = columnBytes(column.keys) + columnBytes(column.values)
      return nulls + column.start.byteLength + column.end.byteLength + entries
    }
    case 'row':
      return column.fields.reduce((sum, field) => sum + columnBytes(field), nulls)
    default:
      return nulls + column.values.byteLength
  }
}
