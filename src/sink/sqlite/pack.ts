/**
 * Columns as they are posted to another thread. Posting copies the whole buffer of each array, so a column gets arrays with
 * nothing else in them. Columns whose texts lie in one buffer, as the fields of a line do, share one copy of that.
 */
import { appendRows, emptyLike } from '../../record/append.ts'
import { copyBytes, viewOf } from '../../record/bytes.ts'
import type { Column, StringColumn } from '../../record/column.ts'

/** Bytes are copied with those between them unless these are more than this times the texts. */
const LOOSE = 2

/** Columns of `count` rows, as copies. Values of rows that are NULL are arbitrary. */
export function packColumns(columns: readonly Column[], count: number): readonly Column[] {
  const texts = columns.filter((column) => column.kind === 'string')
  const packed = new Map<Column, Column>()
  for (const bytes of new Set(texts.map((column) => column.bytes))) {
    const group = [...new Set(texts.filter((column) => column.bytes === bytes))]
    packTexts(bytes, group, count).forEach((column, i) => {
      packed.set(group[i] as Column, column)
    })
  }
  return columns.map((column) => packed.get(column) ?? packValues(column, count))
}

function packValues(column: Column, count: number): Column {
  const nulls = column.nulls?.slice(0, count)
  switch (column.kind) {
    case 'boolean':
      return { kind: 'boolean', values: column.values.slice(0, count), nulls }
    case 'int':
      return { kind: 'int', values: column.values.slice(0, count), nulls }
    case 'bigint':
      return { kind: 'bigint', values: column.values.slice(0, count), exact: column.exact?.slice(0, count), nulls }
    case 'double':
      return { kind: 'double', values: column.values.slice(0, count), nulls }
    case 'decimal':
      return { kind: 'decimal', values: column.values.slice(0, count), nulls }
    case 'string':
      return column
    case 'list':
    case 'map':
    case 'row': {
      const packed = emptyLike(column, count)
      appendRows(packed, column, { at: 0, rows: undefined, count }, count)
      return packed
    }
  }
}

function packTexts(bytes: Uint8Array, columns: readonly StringColumn[], count: number): readonly StringColumn[] {
  let least = bytes.length
  let greatest = 0
  let length = 0
  const ranges = columns.map(({ start, end, nulls }) => {
    const own = { start: start.slice(0, count), end: end.slice(0, count), nulls: nulls?.slice(0, count) }
    for (let row = 0; row < count; row++) {
      if (own.nulls?.[row] === 1) {
        own.start[row] = 0
        own.end[row] = 0
        continue
      }
      const from = own.start[row] as number
      const to = own.end[row] as number
      if (from < least) least = from
      if (to > greatest) greatest = to
      length += to - from
    }
    return own
  })
  if (greatest - least > LOOSE * length) return ranges.map((own) => gathered(bytes, own, count))
  // A Buffer would give a view for a slice.
  const copy = new Uint8Array(bytes.subarray(least, Math.max(least, greatest)))
  for (const { start, end, nulls } of ranges) {
    for (let row = 0; row < count; row++) {
      if (nulls?.[row] === 1) continue
      start[row] = (start[row] as number) - least
      end[row] = (end[row] as number) - least
    }
  }
  return ranges.map((own) => ({ kind: 'string', bytes: copy, ...own }))
}

/** The texts of one column alone, one behind the other. `own` has arrays that nobody else has. */
function gathered(bytes: Uint8Array, own: Pick<StringColumn, 'start' | 'end' | 'nulls'>, count: number): StringColumn {
  const { start, end, nulls } = own
  let length = 0
  for (let row = 0; row < count; row++) length += (end[row] as number) - (start[row] as number)
  const copy = new Uint8Array(length)
  const from = viewOf(bytes)
  const to = viewOf(copy)
  let at = 0
  for (let row = 0; row < count; row++) {
    const size = (end[row] as number) - (start[row] as number)
    copyBytes(from, start[row] as number, size, to, at)
    start[row] = at
    at += size
    end[row] = at
  }
  return { kind: 'string', bytes: copy, start, end, nulls }
}
