/**
 * Writes the records of a batch (layout: `record-batch.ts`) into a chunk, by ranges of bytes, without an object for a record.
 * The last record gets the headers; lines without keys are written by a kernel (`line-records.ts`).
 */
import { copyBytes, viewOf } from '../../record/bytes.ts'
import type { Records } from '../../record/column.ts'
import type { Chunk } from './chunk.ts'
import { putLines } from './line-records.ts'
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from './varint.ts'

export const MARK_HEADER = 'tailrace.mark'
export const MORE_HEADER = 'tailrace.more'

/** The most that a record without headers needs besides key and value: five varints, one of them the time, and two bytes. */
export const PLAIN_RECORD_BYTES: number = 4 * 5 + 10 + 2

/** The most that a record with one header needs besides key, value, and the header's name and value: two more lengths. */
export const MARKED_RECORD_BYTES: number = PLAIN_RECORD_BYTES + 2 * 5

/** Records of one partition with one timestamp, and the mark that goes with them. */
export type MarkedRecords = {
  readonly values: Records
  readonly keys: Records | undefined
  readonly nulls?: Uint8Array | undefined
  readonly timestamp: number
  readonly mark: Uint8Array | undefined
}

/** The bytes of one record's value or key. */
export const lengthAt = (records: Records, row: number): number =>
  (records.end[row] as number) - (records.start[row] as number)

/** An estimate of the bytes that the records from `row` on need, by the first few of them. */
export function bytesAbout({ values, keys, mark }: MarkedRecords, row: number): number {
  const seen = Math.min(8, values.count - row)
  let bytes = 0
  for (let i = row; i < row + seen; i++) {
    bytes += MARKED_RECORD_BYTES + lengthAt(values, i) + (keys === undefined ? 0 : lengthAt(keys, i))
  }
  return (bytes / seen) * (values.count - row) + (mark?.length ?? 0)
}

/** The most bytes that record `row` needs, with the headers that it may get. */
export function recordBound({ values, keys, mark }: MarkedRecords, row: number): number {
  const headers = row === values.count - 1 ? MARK_HEADER.length + (mark?.length ?? 0) : MORE_HEADER.length
  return MARKED_RECORD_BYTES + lengthAt(values, row) + (keys === undefined ? 0 : lengthAt(keys, row)) + headers
}

/** Where and as what records are written. */
export type RecordRun = {
  readonly chunk: Chunk
  /** Where the last record must end. */
  readonly limit: number
  /** The offset of the first record in its batch. */
  readonly delta: number
  /** Their timestamp less that of the batch, in ms. */
  readonly time: number
}

/**
 * Writes records from `from` on, behind those in the chunk, while they end before the limit, as the first one does, and notes
 * where they are. Returns the next record.
 */
export function writeRecords(append: MarkedRecords, from: number, run: RecordRun): number {
  const { values, keys, nulls } = append
  const { chunk, limit, time } = run
  const { bytes, view, values: valuesAt, keys: keysAt } = chunk
  const valueView = viewOf(values.bytes)
  const keyView = keys === undefined ? undefined : viewOf(keys.bytes)
  const last = values.count - 1
  const base = chunk.count - from
  const first = run.delta - from
  const fixed = 2 + varlongBytes(time)
  let at = chunk.used
  for (let row = from; ; row++) {
    if (keys === undefined) {
      const besides = MARKED_RECORD_BYTES + MORE_HEADER.length
      const put = putLines(values, row, { chunk, at, limit, delta: first + row, time, index: base + row, besides })
      row += put.lines
      at = put.end
    }
    const length = lengthAt(values, row)
    const keyLength = keys === undefined ? -1 : lengthAt(keys, row)
    const delta = first + row
    const size =
      fixed + varintBytes(delta) + varintBytes(keyLength) + varintBytes(length) + length + Math.max(keyLength, 0)
    const ends = row === last || at + 5 + size + recordBound(append, row + 1) > limit
    const headers = ends ? lastHeaders(append, row === last) : NO_HEADERS
    at = writeVarint(bytes, at, size - 1 + headers.length)
    bytes[at++] = 0
    at = writeVarlong(bytes, at, time)
    at = writeVarint(bytes, at, delta)
    at = writeVarint(bytes, at, keyLength)
    if (keys !== undefined && keyView !== undefined) {
      copyBytes(keyView, keys.start[row] as number, keyLength, view, at)
      keysAt.start[base + row] = at
      at += keyLength
      keysAt.end[base + row] = at
    }
    // The length of a NULL, -1, takes as many bytes as that of its empty range.
    at = writeVarint(bytes, at, nulls?.[row] === 1 ? -1 : length)
    copyBytes(valueView, values.start[row] as number, length, view, at)
    valuesAt.start[base + row] = at
    at += length
    valuesAt.end[base + row] = at
    if (!ends) {
      bytes[at++] = 0
      continue
    }
    bytes.set(headers, at)
    chunk.used = at + headers.length
    chunk.count = base + row + 1
    return row + 1
  }
}

const NO_HEADERS: Uint8Array = Uint8Array.of(0)

/** The headers of a batch's last record, preceded by their number. */
function lastHeaders({ mark }: MarkedRecords, isLastBatch: boolean): Uint8Array {
  if (isLastBatch && mark === undefined) return NO_HEADERS
  const name = isLastBatch ? MARK_HEADER : MORE_HEADER
  const value = isLastBatch && mark !== undefined ? mark : new Uint8Array(0)
  const bytes = Buffer.alloc(1 + 5 + name.length + 5 + value.length)
  let at = writeVarint(bytes, 0, 1)
  at = writeVarint(bytes, at, name.length)
  at += bytes.write(name, at, 'latin1')
  at = writeVarint(bytes, at, value.length)
  bytes.set(value, at)
  return bytes.subarray(0, at + value.length)
}
