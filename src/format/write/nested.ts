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
  if (column.kind === 'string') return JSON.stringify(recordText(column, row))
  if (isNestedColumn(column)) return nestedText(type as NestedType, column, row)
  const text = valueText(type, column, row)
  const isText = column.kind === 'double' && !Number.isFinite(column.values[row] as number)
  return isText || QUOTED.has(type.kind) ? `"${text}"` : text
}

function keyText(type: Type, column: Column, row: number): string {
  const text = jsonText(type, column, row)
  return text.startsWith('"') ? text : JSON.stringify(text)
}

/** The columns with those of arrays, maps and rows as texts, for rows [from, to). */
export function withNestedTexts(
  fields: readonly Field[],
  columns: readonly Column[],
  from: number,
  to: number,
): readonly ScalarColumn[] {
  if (!columns.some(isNestedColumn)) return columns as readonly ScalarColumn[]
  return columns.map((column, index) => {
    if (!isNestedColumn(column)) return column
    return texts(fields[index]?.type as NestedType, column, from, to)
  })
}

function texts(type: NestedType, column: NestedColumn, from: number, to: number): StringColumn {
  const [start, end] = [new Int32Array(to), new Int32Array(to)]
  let bytes = Buffer.allocUnsafe(64 * (to - from) + 64)
  let at = 0
  for (let row = from; row < to; row++) {
    start[row] = at
    if (column.nulls?.[row] !== 1) {
      const text = nestedText(type, column, row)
      const most = at + 3 * text.length
      if (most > bytes.length) bytes = Buffer.concat([bytes.subarray(0, at)], Math.max(most, 2 * bytes.length))
      at += bytes.write(text, at)
    }
    end[row] = at
  }
  return { kind: 'string', bytes, start, end, nulls: column.nulls }
}
