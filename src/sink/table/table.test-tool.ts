/** Rows of a result and records of a topic, for tests of tables. */
import type { KeptRecords } from '../../format/format.ts'
import { batchOf } from '../../record/batch.test-tool.ts'
import type { Value } from '../../record/column.ts'
import { recordsOf } from '../../record/records.ts'
import { BIGINT, type Field, STRING, TIMESTAMP } from '../../record/type.ts'
import type { Delivery, SinkRows } from '../sink.ts'

export const FIELDS: readonly Field[] = [
  { name: 'window_start', type: TIMESTAMP, window: 'start' },
  { name: 'window_end', type: TIMESTAMP, window: 'end' },
  { name: 'path', type: STRING },
  { name: 'hits', type: BIGINT },
]

/** Rows of the query `paths` of pipeline `p`, which are named by their window and the path. */
export const RESULT: SinkRows = {
  pipeline: 'p',
  from: 'paths',
  topic: 'p.paths',
  partitions: 1,
  fields: FIELDS,
  rowtime: undefined,
  rowKey: [0, 1, 2],
  rowKeyParts: [[0, 1], [2]],
  timezone: 'UTC',
}

/** The same columns as those of a topic, whose records only their places name. */
export const RECORDS: SinkRows = {
  ...RESULT,
  from: 'RAWLOG',
  topic: 'RAWLOG',
  partitions: 3,
  rowKey: undefined,
  rowKeyParts: undefined,
}

/** A delivery of rows; `origin`: the record of each, among those of `texts`. Records have their text as key, and arrive at 0, 1, … */
export function deliveryOfRows(rows: readonly (readonly Value[])[], about: Partial<Made> = {}): Delivery {
  const { texts = rows.map((_, i) => `record ${i}`), origin, partition = 0, baseOffset = 0 } = about
  const batch = batchOf(FIELDS, rows)
  batch.partition = partition
  batch.origin = origin === undefined ? undefined : Int32Array.from(origin)
  const records = recordsOf(texts)
  const kept: KeptRecords = { baseOffset, values: records, keys: records, timestamps: Float64Array.from(texts.keys()) }
  return { partition, baseOffset, records, rows: batch, kept }
}

type Made = {
  readonly texts: readonly string[]
  readonly origin: readonly number[] | undefined
  readonly partition: number
  readonly baseOffset: number
}
