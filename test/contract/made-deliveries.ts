/** Deliveries for tests of sinks, made of texts and times. */
import { batchOf } from '../../src/record/batch.test-tool.ts'
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
  const decoded = made.flatMap(({ text, time }, index) => (time === undefined ? [] : [{ text, time, index }]))
  const rows = batchOf(
    FIELDS,
    decoded.map(({ text, time }) => [time, BigInt(text.length), text]),
  )
  rows.partition = partition
  if (decoded.length < made.length) rows.origin = Int32Array.from(decoded, ({ index }) => index)
  return { partition, baseOffset, records: recordsOf(made.map(({ text }) => text)), rows }
}
