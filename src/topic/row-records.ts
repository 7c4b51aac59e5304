/** Rows as records: the bytes that an encoder writes for each, without the line end. */
import type { Encoder } from '../format/format.ts'
import { makeEncoder } from '../format/write/encoders.ts'
import type { Batch, Column, Records } from '../record/column.ts'
import type { Field } from '../record/type.ts'

/** Rows [from, to) of a batch as records, over one copy of the encoder's bytes. */
export function encodeRows(encoder: Encoder, batch: Batch, from: number, to: number): Records {
  const end = new Int32Array(to - from)
  const bytes = encoder.encode(batch, from, to, end).slice()
  const start = new Int32Array(end.length)
  for (let row = 1; row < end.length; row++) start[row] = (end[row - 1] as number) + 1 // past the line end
  return { bytes, start, end, count: end.length }
}

export type EncodedRows = { readonly values: Records; readonly keys: Records | undefined }

/** Encodes the rows of a batch from one on as JSON objects, and their keys: those of the columns `rowKey`. */
export function rowEncoder(
  fields: readonly Field[],
  rowKey: readonly number[] | undefined,
): (batch: Batch, from: number) => EncodedRows {
  const values = makeEncoder('ndjson', fields)
  const keys = rowKey && { encoder: makeEncoder('ndjson', pick(fields, rowKey)), columns: rowKey }
  return (batch, from) => ({
    values: encodeRows(values, batch, from, batch.count),
    keys:
      keys &&
      encodeRows(keys.encoder, { ...batch, columns: pick<Column>(batch.columns, keys.columns) }, from, batch.count),
  })
}

const pick = <T>(all: readonly T[], indexes: readonly number[]): T[] => indexes.map((index) => all[index] as T)
