/** Columns as arrays of values, as the writer of Parquet takes them. Texts are copied, as columns belong to their maker. */
import type { Column } from '../../../record/column.ts'
import { isApproximate, type Type } from '../../../record/type.ts'

/** A value as the writer takes it: whole numbers of 64 bits and decimals as bigints, texts as bytes. */
export type ParquetValue =
  | null
  | boolean
  | number
  | bigint
  | Uint8Array
  | readonly ParquetValue[]
  | { readonly [name: string]: ParquetValue }

/** Adds the values of rows [0, count) to `into`. */
export function addValues(type: Type, column: Column, count: number, into: ParquetValue[]): void {
  const text = column.kind === 'string' ? textsOf(column, count) : undefined
  for (let row = 0; row < count; row++) into.push(writtenValue(type, column, row, text))
}

/** The texts of a column in memory of their own: one piece, of which each is a view. */
function textsOf({ bytes, start, end, nulls }: Extract<Column, { kind: 'string' }>, count: number): Uint8Array[] {
  let length = 0
  for (let row = 0; row < count; row++) length += nulls?.[row] === 1 ? 0 : (end[row] as number) - (start[row] as number)
  const copy = new Uint8Array(length)
  const texts: Uint8Array[] = []
  let at = 0
  for (let row = 0; row < count; row++) {
    const text = nulls?.[row] === 1 ? copy.subarray(0, 0) : bytes.subarray(start[row], end[row])
    copy.set(text, at)
    texts.push(copy.subarray(at, at + text.length))
    at += text.length
  }
  return texts
}

function writtenValue(type: Type, column: Column, row: number, texts?: readonly Uint8Array[]): ParquetValue {
  if (column.nulls?.[row] === 1) return null
  switch (column.kind) {
    case 'boolean':
      return column.values[row] === 1
    case 'int':
      return column.values[row] as number
    case 'double': {
      const value = column.values[row] as number
      return isApproximate(type) ? value : BigInt(value)
    }
    case 'bigint':
      return column.exact === undefined ? BigInt(column.values[row] as number) : (column.exact[row] as bigint)
    case 'decimal':
      return type.kind === 'FINE_TIMESTAMP' ? (column.values[row] as bigint) / 1000n : (column.values[row] as bigint)
    case 'string':
      return texts?.[row] ?? column.bytes.slice(column.start[row], column.end[row])
    case 'list':
      return each(column, row, (at) => writtenValue(inType(type, 'ARRAY').element, column.items, at))
    case 'map': {
      const { key, value } = inType(type, 'MAP')
      return each(column, row, (at) => ({
        key: writtenValue(key, column.keys, at),
        value: writtenValue(value, column.values, at),
      }))
    }
    case 'row': {
      const { fields } = inType(type, 'ROW')
      return Object.fromEntries(
        fields.map(({ name, type: inner }, index) => [name, writtenValue(inner, column.fields[index] as Column, row)]),
      )
    }
  }
}

const inType = <Kind extends Type['kind']>(type: Type, _: Kind): Extract<Type, { kind: Kind }> =>
  type as Extract<Type, { kind: Kind }>

function each(
  { start, end }: { readonly start: Int32Array; readonly end: Int32Array },
  row: number,
  read: (at: number) => ParquetValue,
): ParquetValue[] {
  const from = start[row] as number
  return Array.from({ length: (end[row] as number) - from }, (_, index) => read(from + index))
}
