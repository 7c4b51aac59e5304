/** Rows as records: the bytes that an encoder writes for each, without the line end. */
import type { Batch, Column, Records } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import type { Encoder, RecordEncoder } from '../format.ts'

/** Rows [from, to) of a batch as records, over a copy of the encoder's bytes. */
export function encodeRows(encoder: Encoder, batch: Batch, from: number, to: number): Records {
  return copied(encoder, { batch, from, to }, (bytes) => new Uint8Array(bytes))
}

/** Rows [from, to) of a batch. */
export type Rows = { readonly batch: Batch; readonly from: number; readonly to: number }

/** The rows as records in the memory that `room` gives. */
export function copied(encoder: Encoder, { batch, from, to }: Rows, room: (bytes: number) => Uint8Array): Records {
  const end = new Int32Array(to - from)
  const text = encoder.encode(batch, from, to, end)
  const bytes = room(text.length)
  bytes.set(text)
  const start = new Int32Array(end.length)
  for (let row = 1; row < end.length; row++) start[row] = (end[row - 1] as number) + 1 // past the line end
  return { bytes, start, end, count: end.length }
}

/** Records of some columns of the rows, `picks`, each under the name that it has in `written`. */
export function linesWriter(
  encoderOf: (fields: readonly Field[]) => Encoder,
  written: readonly Field[],
  picks: readonly number[],
): RecordEncoder {
  const encoder = encoderOf(written)
  return {
    write(batch, from, to) {
      const columns = picks.map((pick) => batch.columns[pick] as Column)
      return encodeRows(encoder, { ...batch, columns }, from, to)
    },
  }
}
