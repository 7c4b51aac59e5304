/** Rows as records: the bytes that an encoder writes for each, without the line end. */
import type { Encoder } from '../format/format.ts'
import type { Batch, Records } from '../record/column.ts'

/** Rows [from, to) of a batch as records, over one copy of the encoder's bytes. */
export function encodeRows(encoder: Encoder, batch: Batch, from: number, to: number): Records {
  const end = new Int32Array(to - from)
  const bytes = encoder.encode(batch, from, to, end).slice()
  const start = new Int32Array(end.length)
  for (let row = 1; row < end.length; row++) start[row] = (end[row - 1] as number) + 1 // past the line end
  return { bytes, start, end, count: end.length }
}
