/** Texts of columns as UTF-8: strings are any bytes inside, and bytes that are not UTF-8 become U+FFFD where texts go out. */
import { isAscii, isUtf8 } from 'node:buffer'
import type { StringColumn } from './column.ts'

/** Whether the bytes from the first to the last text are ASCII, which is true of most logs and cheap to find. */
export function isAsciiColumn({ bytes, start, end }: StringColumn, count: number): boolean {
  let from = Number.POSITIVE_INFINITY
  let to = 0
  for (let row = 0; row < count; row++) {
    from = Math.min(from, start[row] as number)
    to = Math.max(to, end[row] as number)
  }
  return to <= from || isAscii(bytes.subarray(from, to))
}

/** The column itself where the texts of its first `count` rows are UTF-8; else another, in which they are. */
export function withValidTexts(column: StringColumn, count: number): StringColumn {
  if (isAsciiColumn(column, count)) return column
  const { bytes, start, end, nulls } = column
  const text = (row: number) => bytes.subarray(start[row], end[row])
  const isValid = (row: number) => nulls?.[row] === 1 || isUtf8(text(row))
  let row = 0
  while (row < count && isValid(row)) row++
  if (row === count) return column
  const parts: Uint8Array[] = []
  const starts = new Int32Array(count)
  const ends = new Int32Array(count)
  let length = 0
  for (row = 0; row < count; row++) {
    if (nulls?.[row] === 1) continue
    const part = isUtf8(text(row)) ? text(row) : Buffer.from(Buffer.from(text(row)).toString())
    parts.push(part)
    starts[row] = length
    length += part.length
    ends[row] = length
  }
  return { ...column, bytes: Buffer.concat(parts), start: starts, end: ends }
}
