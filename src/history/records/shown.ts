/** Records as plain data for people and programs: their bytes, and the row that they are. */
import { headersAt } from '../../bus/batch/headers.ts'
import type { RecordDecoder } from './decoded.ts'
import type { ShownRecord } from './record-view.ts'
import { shownBytes } from './shown-bytes.ts'
import type { SingleRecord } from './single.ts'

/** Headers that are no part of the record: the position of its writer. */
const OWN_HEADERS = 'tailrace.'
const MOST_HEADERS = 100
const HEADER_BYTES = 1024

export type ShowWish = {
  /** undefined: the topic has no format. */
  readonly decoder: RecordDecoder | undefined
  /** About the most bytes that are shown of a key and of a value. */
  readonly bytes: number
  /** Whether other programs write to the bus, too: only then may a time be none of ours. */
  readonly isShared: boolean
  readonly stop: AbortSignal
}

/** The record as it is shown. */
export async function shownRecord(
  record: SingleRecord,
  { decoder, bytes, isShared, stop }: ShowWish,
): Promise<ShownRecord> {
  const { partition, offset, timestamp, isCreateTime, key, value } = record
  const { row = null, noRow = null } = (await decoder?.(record, stop)) ?? {}
  return {
    partition,
    offset,
    timestamp: arrivalTimeText(timestamp),
    timestampType: isShared && isCreateTime ? 'create' : 'append',
    key: key === undefined ? null : shownBytes(key, bytes),
    value: value === undefined ? null : shownBytes(value, bytes),
    headers: headersOf(record),
    row,
    noRow,
  }
}

/** A producer may have sent any number as the time. */
export function arrivalTimeText(timestamp: number): string {
  const time = new Date(timestamp)
  return Number.isNaN(time.getTime()) ? String(timestamp) : time.toISOString()
}

function headersOf({ kept: { values, hasHeaders = false } }: SingleRecord): ShownRecord['headers'] {
  if (!hasHeaders) return []
  return headersAt(values.bytes, values.end[0] as number)
    .map(({ name, value }) => ({
      name: Buffer.from(name).toString(),
      value: value === undefined ? null : shownBytes(value, HEADER_BYTES),
    }))
    .filter(({ name }) => !name.startsWith(OWN_HEADERS))
    .slice(0, MOST_HEADERS)
}
