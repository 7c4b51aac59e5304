/** Single records, taken out of what a bus hands out: in memory of their own, so that one does not keep a whole batch. */
import type { Offset } from '../../base/quantity.ts'
import { headersEnd } from '../../bus/batch/headers.ts'
import type { Fetched } from '../../bus/bus.ts'
import type { KeptRecords } from '../../format/format.ts'
import type { Records } from '../../record/column.ts'

/** One record and its place. `kept` has it alone, with its headers behind it where the bus has them. */
export type SingleRecord = {
  readonly partition: number
  readonly offset: Offset
  /** Its arrival, or what its producer says of it, ms since 1970. */
  readonly timestamp: number
  readonly isCreateTime: boolean
  /** undefined where there is none. */
  readonly key: Uint8Array | undefined
  /** undefined: the value is NULL, which deletes the row of the key. */
  readonly value: Uint8Array | undefined
  readonly kept: KeptRecords
}

/** The record at an index of those fetched. */
export function singleRecord(fetched: Fetched, partition: number, index: number): SingleRecord {
  const { baseOffset, values, nulls, keys, hasHeaders = false, timestamps, isCreateTime = false } = fetched
  const start = values.start[index] as number
  const end = values.end[index] as number
  const bytes = values.bytes.slice(start, hasHeaders ? headersEnd(values.bytes, end) : end)
  const value = bytes.subarray(0, end - start)
  const key = keys?.bytes.slice(keys.start[index], keys.end[index])
  const timestamp = timestamps[index] as number
  const offset = baseOffset + index
  return {
    partition,
    offset,
    timestamp,
    isCreateTime,
    key,
    value: nulls?.[index] === 1 ? undefined : value,
    kept: {
      baseOffset: offset,
      values: alone(bytes, value.length),
      keys: key && alone(key, key.length),
      hasHeaders,
      timestamps: Float64Array.of(timestamp),
      isCreateTime,
    },
  }
}

const alone = (bytes: Uint8Array, length: number): Records => ({
  bytes,
  start: Int32Array.of(0),
  end: Int32Array.of(length),
  count: 1,
})
