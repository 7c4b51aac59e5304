/** Deliveries for tests of sinks, made of texts and times. */
import { columnOf } from '../../src/record/column.ts'
import { recordsOf } from '../../src/record/records.ts'
import { BIGINT, type Field, STRING, TIMESTAMP_LTZ } from '../../src/record/type.ts'
import type { Delivery } from '../../src/sink/sink.ts'

/** `time`: of the row, ms since 1970; undefined: the record cannot be decoded. */
export type MadeRecord = { readonly text: string; readonly time: number | undefined }

export const FIELDS: readonly Field[] = [
  { name: 'ts', type: TIMESTAMP_LTZ, rowtime: true },
  { name: 'size', type: BIGINT },
  { name: 'text', type: STRING },
]

/** A delivery of these records, the first at `baseOffset`. */
export function deliveryOf(partition: number, baseOffset: number, made: readonly MadeRecord[]): Delivery {
  const decoded = made.flatMap((record, index) => (record.time === undefined ? [] : [{ ...record, index }]))
  return {
    partition,
    baseOffset,
    records: recordsOf(made.map(({ text }) => text)),
    rows: {
      count: decoded.length,
      columns: [
        columnOf(
          TIMESTAMP_LTZ,
          decoded.map(({ time }) => time ?? null),
        ),
        columnOf(
          BIGINT,
          decoded.map(({ text }) => BigInt(text.length)),
        ),
        columnOf(
          STRING,
          decoded.map(({ text }) => text),
        ),
      ],
      partition,
      origin: decoded.length === made.length ? undefined : Int32Array.from(decoded, ({ index }) => index),
      watermark: undefined,
    },
  }
}
