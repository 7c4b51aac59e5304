/** Batches for tests, made of values. */
import { type Batch, batchOfRows, columnOf, type Value } from './column.ts'
import type { Field } from './type.ts'

/** Rows of these fields; a value that is absent is NULL. */
export function batchOf(fields: readonly Field[], rows: readonly (readonly Value[])[]): Batch {
  const valuesOf = (index: number) => rows.map((row) => row[index] ?? null)
  const columns = fields.map(({ type }, i) => columnOf(type, valuesOf(i)))
  return batchOfRows(rows.length, columns)
}
