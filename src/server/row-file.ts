/** Rows of a result as a file that is written piece by piece, as the sinks of these forms write them. */
import { makeEncoder } from '../format/write/encoders.ts'
import type { CheckedTopic } from '../pipeline/checked.ts'
import { recordsOf } from '../record/records.ts'

export type RowFileForm = 'csv' | 'ndjson' | 'json'

/** The content type of each form, and what a file of it is, in words. */
export const ROW_FILES: { readonly [form in RowFileForm]: { readonly type: string; readonly words: string } } = {
  csv: { type: 'text/csv', words: 'as CSV with a header' },
  ndjson: { type: 'application/x-ndjson', words: 'as JSON, a row on each line' },
  json: { type: 'application/json', words: 'as one list in JSON' },
}

export type RowFile = {
  /** What stands before all rows, and behind them. */
  readonly head: Uint8Array | undefined
  readonly tail: Uint8Array | undefined
  /** The bytes of rows, which come as the texts that the topic has of them. */
  piece(rows: readonly string[]): Uint8Array
}

/** A file of the rows of a topic of results. */
export function openRowFile({ format, fields }: Pick<CheckedTopic, 'format' | 'fields'>, form: RowFileForm): RowFile {
  const encoder = makeEncoder(form, fields)
  const decode = format.decoder(fields.map((_, column) => column))
  return {
    head: encoder.head,
    tail: encoder.tail,
    piece(rows) {
      const values = recordsOf(rows)
      const records = { baseOffset: 0, values, keys: undefined, timestamps: new Float64Array(values.count) }
      // What the encoder of the topic has written can be read.
      const batch = decode(records, 0, { add() {} })
      return encoder.encode(batch, 0, batch.count).slice()
    },
  }
}
