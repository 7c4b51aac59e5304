/**
 * Reads record batches (layout: `record-batch.ts`) of any producer into ranges over the bytes read, without an object per
 * record.
 *
 * Nothing of a batch is used before `checkBatch` has passed it. A batch that does not pass gives words, never data.
 */
import { assert } from '../../base/assert.ts'
import { crc32c } from '../../base/digest.ts'
import type { Offset } from '../../base/quantity.ts'
import type { Records } from '../../record/column.ts'
import { sliceRecords } from '../../record/records.ts'
import type { Fetched } from '../bus.ts'
import {
  AT_ATTRIBUTES,
  AT_BASE_OFFSET,
  AT_COUNT,
  AT_CRC,
  AT_EPOCH,
  AT_FIRST_TIME,
  AT_LAST_DELTA,
  AT_LENGTH,
  AT_MAGIC,
  AT_MAX_TIME,
  CONTROL_BATCH,
  HEADER_BYTES,
  LENGTH_COVERS_FROM,
  LOG_APPEND_TIME,
  MAGIC,
  MAX_BATCH_BYTES,
  readInt64,
} from './record-batch.ts'
import { MARK_HEADER, MORE_HEADER } from './record-writer.ts'

/** Bytes that hold batches, with the view that reads their numbers. */
export type BatchBytes = { readonly bytes: Buffer; readonly view: DataView }

/** The bytes with a view of them. */
export function batchBytes(bytes: Uint8Array): BatchBytes {
  const { buffer, byteOffset, byteLength } = bytes
  return { bytes: Buffer.from(buffer, byteOffset, byteLength), view: new DataView(buffer, byteOffset, byteLength) }
}

/** The bytes end before the batch does: with more of them it may be whole, or the tail of the file is torn. */
export const CUT_SHORT = 'the batch is cut short'

/**
 * Checks the batch at `at`: gives the fault in words, or undefined where its content can be relied on. Any producer's batch
 * passes; a reader that expects more, as a base offset or no compression, compares that itself.
 */
export function checkBatch({ bytes, view }: BatchBytes, at: number): string | undefined {
  if (bytes.length - at < HEADER_BYTES) return CUT_SHORT
  if (view.getInt8(at + AT_MAGIC) !== MAGIC) {
    return `the magic number is ${view.getInt8(at + AT_MAGIC)} where a batch has ${MAGIC}`
  }
  const size = batchSize(view, at)
  if (size < HEADER_BYTES || size > MAX_BATCH_BYTES) return `the length of the batch, ${size} bytes, is out of bounds`
  if (at + size > bytes.length) return CUT_SHORT
  const computed = crc32c(bytes.subarray(at + AT_ATTRIBUTES, at + size))
  return computed === view.getUint32(at + AT_CRC) ? undefined : 'the checksum (CRC32C) does not match the content'
}

/** Bytes of the whole batch, by its header. */
export const batchSize = (view: DataView, at: number): number => view.getInt32(at + AT_LENGTH) + LENGTH_COVERS_FROM
export const batchBaseOffset = (view: DataView, at: number): Offset => readInt64(view, at + AT_BASE_OFFSET)
export const batchEpoch = (view: DataView, at: number): number => view.getInt32(at + AT_EPOCH)
/** The offset behind the batch and the gaps in it. */
export const batchEnd = (view: DataView, at: number): Offset =>
  batchBaseOffset(view, at) + view.getInt32(at + AT_LAST_DELTA) + 1
/** Bits: see `record-batch.ts`. */
export const batchAttributes = (view: DataView, at: number): number => view.getInt16(at + AT_ATTRIBUTES)
export const batchCount = (view: DataView, at: number): number => view.getInt32(at + AT_COUNT)
export const batchFirstTime = (view: DataView, at: number): number => readInt64(view, at + AT_FIRST_TIME)
export const batchMaxTime = (view: DataView, at: number): number => readInt64(view, at + AT_MAX_TIME)

/** Room for records as they are walked; filled from `values.count` on. */
export type Walked = {
  readonly values: Records
  /** Ranges of keys; empty where a record has none. */
  readonly keys: Records
  readonly offsets: Float64Array
  /** Arrival, ms since 1970. */
  readonly timestamps: Float64Array
  /** 1 for each value that is NULL; undefined: none is. */
  nulls: Uint8Array | undefined
  /** Whether any record had a key. */
  hasKeys: boolean
  /** Whether the time of any record was set by its producer. */
  isCreateTime: boolean
}

/** Room for `capacity` records over `bytes`. */
export function makeWalked(bytes: Uint8Array, capacity: number): Walked {
  const ranges = () => ({ bytes, start: new Int32Array(capacity), end: new Int32Array(capacity), count: 0 })
  const numbers = () => new Float64Array(capacity)
  return {
    values: ranges(),
    keys: ranges(),
    offsets: numbers(),
    timestamps: numbers(),
    nulls: undefined,
    hasKeys: false,
    isCreateTime: false,
  }
}

/** The numbers of a batch's header that its records are read with. */
export type BatchHead = {
  readonly base: Offset
  readonly lastDelta: number
  readonly count: number
  readonly firstTime: number
  /** The timestamp of all records, where it is not that of each. */
  readonly arrival: number | undefined
}

/** The head of a checked batch. */
export function readHead(view: DataView, at: number): BatchHead {
  return {
    base: batchBaseOffset(view, at),
    lastDelta: view.getInt32(at + AT_LAST_DELTA),
    count: batchCount(view, at),
    firstTime: batchFirstTime(view, at),
    arrival: (batchAttributes(view, at) & LOG_APPEND_TIME) !== 0 ? batchMaxTime(view, at) : undefined,
  }
}

/**
 * Puts the records of a checked batch that is not compressed, from offset `from` on, behind those in `out`; a control batch
 * has none. False: the records do not fill the batch as their lengths say; then the caller must not use `out`.
 */
export function walkBatch({ bytes, view }: BatchBytes, at: number, from: Offset, out: Walked): boolean {
  if ((batchAttributes(view, at) & CONTROL_BATCH) !== 0) return true
  return walkRecords({ bytes, at: at + HEADER_BYTES, end: at + batchSize(view, at) }, readHead(view, at), from, out)
}

/** As `walkBatch`, for the records of a batch that are elsewhere than its head: [at, end) of the bytes. */
export function walkRecords({ bytes, at, end }: RecordBytes, head: BatchHead, from: Offset, out: Walked): boolean {
  const { values, keys, offsets, timestamps } = out
  const { base, lastDelta, count, firstTime, arrival } = head
  const reader: ByteReader = { at, end }
  let row = values.count
  for (let record = 0, last = -1; record < count; record++) {
    const length = readVarint(bytes, reader)
    const recordEnd = reader.at + length
    if (length < 0 || recordEnd > end) return false
    reader.at++
    const time = firstTime + readVarlong(bytes, reader)
    const delta = readVarint(bytes, reader)
    if (delta <= last || delta > lastDelta) return false
    last = delta
    const keyLength = readVarint(bytes, reader)
    const keyStart = reader.at
    if (keyLength > 0) reader.at += keyLength
    const valueLength = readVarint(bytes, reader)
    const valueStart = reader.at
    const valueEnd = valueLength > 0 ? valueStart + valueLength : valueStart
    if (valueEnd >= recordEnd || reader.at > recordEnd) return false
    reader.at = recordEnd
    if (base + delta < from) continue
    values.start[row] = valueStart
    values.end[row] = valueEnd
    if (valueLength < 0) setNull(out, row)
    keys.start[row] = keyStart
    keys.end[row] = keyLength > 0 ? keyStart + keyLength : keyStart
    if (keyLength >= 0) out.hasKeys = true
    offsets[row] = base + delta
    timestamps[row] = arrival ?? time
    row++
  }
  assert(row <= offsets.length, 'there is room for the records that are walked')
  values.count = row
  keys.count = row
  if (arrival === undefined && count > 0) out.isCreateTime = true
  return reader.at === end
}

/** The records of a batch: [at, end) of the bytes. */
type RecordBytes = { readonly bytes: Buffer; readonly at: number; readonly end: number }

function setNull(out: Walked, row: number): void {
  out.nulls ??= new Uint8Array(out.timestamps.length)
  out.nulls[row] = 1
}

/**
 * The walked records from `row` on, up to the first gap in their offsets, as a read gives them. `next` is the offset behind
 * all that were walked, and behind the gap that may follow.
 */
export function fetchedOf(walked: Walked, next: Offset, row = 0): Fetched {
  const { values, keys, offsets, timestamps, nulls, hasKeys, isCreateTime } = walked
  const { count } = values
  const baseOffset = row === count ? next : (offsets[row] as number)
  let end = count
  // Offsets ascend, so the last one tells whether there is a gap.
  if (row < count && offsets[count - 1] !== baseOffset + count - 1 - row) {
    end = row + 1
    while (offsets[end] === baseOffset + end - row) end++
  }
  return {
    baseOffset,
    values: sliceRecords(values, row, end),
    nulls: nulls?.subarray(row, end),
    keys: hasKeys ? sliceRecords(keys, row, end) : undefined,
    hasHeaders: true,
    timestamps: timestamps.subarray(row, end),
    lastTimestamp: end > row ? (timestamps[end - 1] as number) : Number.NaN,
    isCreateTime,
    next: end === count ? next : (offsets[end] as number),
  }
}

/** The end of an append, or its absence, by the headers of a batch's last record. */
export type BatchTail = {
  /** The append's mark, if it ends with this batch and has one. */
  readonly mark: Uint8Array | undefined
  /** Whether the append goes on in the next batch. */
  readonly more: boolean
}

/** Reads the headers of a batch's last record; undefined where the records do not fill the batch as their lengths say. */
export function readTail({ bytes, view }: BatchBytes, at: number): BatchTail | undefined {
  const end = at + batchSize(view, at)
  const reader: ByteReader = { at: at + HEADER_BYTES, end }
  for (let left = batchCount(view, at); left > 1; left--) {
    const length = readVarint(bytes, reader)
    reader.at += length
    if (length < 0 || reader.at >= end) return undefined
  }
  readVarint(bytes, reader)
  reader.at++
  readVarlong(bytes, reader)
  readVarint(bytes, reader)
  skipField(bytes, reader)
  skipField(bytes, reader)
  let mark: Uint8Array | undefined
  let more = false
  for (let headers = readVarint(bytes, reader); headers > 0; headers--) {
    const name = readField(bytes, reader)
    const value = readField(bytes, reader)
    if (reader.at > end) return undefined
    if (name.toString('latin1') === MARK_HEADER) mark = Uint8Array.from(value)
    if (name.toString('latin1') === MORE_HEADER) more = true
  }
  return reader.at === end ? { mark, more } : undefined
}

/** How a control batch ends its transaction, by the key of its record; undefined where it does not say. */
export function readControlKind({ bytes, view }: BatchBytes, at: number): number | undefined {
  const end = at + batchSize(view, at)
  const reader: ByteReader = { at: at + HEADER_BYTES, end }
  readVarint(bytes, reader)
  reader.at++
  readVarlong(bytes, reader)
  readVarint(bytes, reader)
  const key = readField(bytes, reader)
  return key.length >= 4 ? key.readInt16BE(2) : undefined
}

type ByteReader = { at: number; readonly end: number }

function skipField(bytes: Buffer, reader: ByteReader): void {
  const length = readVarint(bytes, reader)
  if (length > 0) reader.at += length
}

function readField(bytes: Buffer, reader: ByteReader): Buffer {
  const length = Math.max(0, readVarint(bytes, reader))
  const field = bytes.subarray(reader.at, Math.min(reader.at + length, reader.end))
  reader.at += length
  return field
}

/** Reads a zigzag varint of at most five bytes. At the end of the batch it moves the reader beyond `end`. */
function readVarint(bytes: Buffer, reader: ByteReader): number {
  let at = reader.at
  let byte = at < reader.end ? (bytes[at] as number) : 0
  at++
  let value = byte & 127
  for (let shift = 7; byte > 127 && shift < 35; shift += 7) {
    byte = at < reader.end ? (bytes[at] as number) : 0
    at++
    value |= (byte & 127) << shift
  }
  reader.at = at
  return (value >>> 1) ^ -(value & 1)
}

/** Reads a zigzag varint of at most ten bytes, for milliseconds. */
function readVarlong(bytes: Buffer, reader: ByteReader): number {
  let byte = reader.at < reader.end ? (bytes[reader.at] as number) : 0
  reader.at++
  let value = byte & 127
  for (let scale = 128; byte > 127 && scale < 2 ** 70; scale *= 128) {
    byte = reader.at < reader.end ? (bytes[reader.at] as number) : 0
    reader.at++
    value += (byte & 127) * scale
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}
