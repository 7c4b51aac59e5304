/**
 * Arrays, maps and rows as JSON, in every format of rows: `[1,2]`, `{"key":value}`, `{"field":value}`. Values in them are
 * written as the values of columns are; a key that is not a text is written as one.
 */
import { Buffer } from 'node:buffer'
import {
  type Column,
  isNestedColumn,
  type NestedColumn,
  type ScalarColumn,
  type StringColumn,
} from '../../record/column.ts'
import { recordText } from '../../record/records.ts'
import type { Field, NestedType, Type } from '../../record/type.ts'
import { QUOTED, valueText } from './value.ts'

/** The value of a row, which is not NULL, as JSON. */
export function nestedText(type: NestedType, column: NestedColumn, row: number): string {
  switch (column.kind) {
    case 'list': {
      const element = type.kind === 'ARRAY' ? type.element : type
      return `[${entries(column, row, (at) => jsonText(element, column.items, at))}]`
    }
    case 'map': {
      const [key, value] = type.kind === 'MAP' ? [type.key, type.value] : [type, type]
      return `{${entries(column, row, (at) => `${keyText(key, column.keys, at)}:${jsonText(value, column.values, at)}`)}}`
    }
    case 'row': {
      const fields = type.kind === 'ROW' ? type.fields : []
      const texts = fields.map((field, index) => {
        const text = jsonText(field.type, column.fields[index] as Column, row)
        return `${JSON.stringify(field.name)}:${text}`
      })
      return `{${texts.join(',')}}`
    }
  }
}

function entries(
  { start, end }: Pick<StringColumn, 'start' | 'end'>,
  row: number,
  textOf: (at: number) => string,
): string {
  const stop = end[row] as number
  let text = ''
  for (let at = start[row] as number; at < stop; at++) text += text === '' ? textOf(at) : `,${textOf(at)}`
  return text
}

function jsonText(type: Type, column: Column, row: number): string {
  if (column.nulls?.[row] === 1) return 'null'
  if (column.kind === 'string')
    return JSON.stringify(type.kind === 'BYTES' ? base64Text(column, row) : recordText(column, row))
  if (isNestedColumn(column)) return nestedText(type as NestedType, column, row)
  const text = valueText(type, column, row)
  const isText = column.kind === 'double' && !Number.isFinite(column.values[row] as number)
  return isText || QUOTED.has(type.kind) ? `"${text}"` : text
}

function keyText(type: Type, column: Column, row: number): string {
  const text = jsonText(type, column, row)
  return text.startsWith('"') ? text : JSON.stringify(text)
}

/** BYTES in base 64. */
export const base64Text = ({ bytes, start, end }: StringColumn, row: number): string =>
  Buffer.from(bytes.subarray(start[row], end[row])).toString('base64')

/** The columns with those of arrays, maps, rows and BYTES as texts, for rows [from, to). */
export function withNestedTexts(
  fields: readonly Field[],
  columns: readonly Column[],
  from: number,
  to: number,
): readonly ScalarColumn[] {
  const isRewritten = (column: Column, { type }: Field) => isNestedColumn(column) || type.kind === 'BYTES'
  if (!columns.some((column, index) => isRewritten(column, fields[index] as Field)))
    return columns as readonly ScalarColumn[]
  return columns.map((column, index) => {
    const { type } = fields[index] as Field
    if (isNestedColumn(column)) return texts(column, from, to, (row) => nestedText(type as NestedType, column, row))
    if (type.kind !== 'BYTES') return column
    return texts(column, from, to, (row) => base64Text(column as StringColumn, row))
  })
}

function texts({ nulls }: Column, from: number, to: number, textOf: (row: number) => string): StringColumn {
  const [start, end] = [new Int32Array(to), new Int32Array(to)]
  let bytes = Buffer.allocUnsafe(64 * (to - from) + 64)
  let at = 0
  for (let row = from; row < to; row++) {
    start[row] = at
    if (nulls?.[row] !== 1) {
      const text = textOf(row)
      const most = at + 3 * text.length
      if (most > bytes.length) bytes = Buffer.concat([bytes.subarray(0, at)], Math.max(most, 2 * bytes.length))
      at += bytes.write(text, at)
    }
    end[row] = at
  }
  return { kind: 'string', bytes, start, end, nulls }
}
