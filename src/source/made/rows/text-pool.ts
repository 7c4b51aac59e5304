/** Texts one after the other in one buffer, as the values of STRING columns that are drawn from a pool and never copied. */
import type { StringColumn } from '../../../record/column.ts'

/** Text i is the bytes [start[i], end[i]). */
export type TextPool = {
  readonly count: number
  readonly bytes: Uint8Array
  readonly start: Int32Array
  readonly end: Int32Array
}

/** A pool of these texts. */
export function textPool(texts: readonly string[]): TextPool {
  const encoded = texts.map((text) => Buffer.from(text))
  const start = new Int32Array(texts.length)
  const end = new Int32Array(texts.length)
  let at = 0
  encoded.forEach(({ length }, i) => {
    start[i] = at
    at += length
    end[i] = at
  })
  return { count: texts.length, bytes: Buffer.concat(encoded), start, end }
}

/** A column for `capacity` texts of a pool. */
export const poolColumn = ({ bytes }: TextPool, capacity: number): StringColumn => ({
  kind: 'string',
  bytes,
  start: new Int32Array(capacity),
  end: new Int32Array(capacity),
  nulls: new Uint8Array(capacity),
})

/** Sets a row to text `i` of the column's pool. */
export function putText(column: StringColumn, row: number, pool: TextPool, i: number): void {
  column.start[row] = pool.start[i] as number
  column.end[row] = pool.end[i] as number
  const { nulls } = column
  if (nulls !== undefined) nulls[row] = 0
}

/** Sets a row to NULL. */
export function putNull(column: StringColumn, row: number): void {
  column.start[row] = 0
  column.end[row] = 0
  const { nulls } = column
  if (nulls !== undefined) nulls[row] = 1
}
