/**
 * Reads record batches (layout: `record-batch.ts`) straight into ranges over the bytes read: no object per record.
 *
 * Nothing of a batch is used before `checkBatch` has passed it: CRC32C, magic, epoch, the base offset that is expected
 * there, a length within bounds. What does not pass is an answer in words, never data.
 */
import { crc32c } from '@node-rs/crc32'
import type { Records } from '../../record/column.ts'
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
  EPOCH,
  HEADER_BYTES,
  LENGTH_COVERS_FROM,
  MAGIC,
  MARK_HEADER,
  MAX_BATCH_BYTES,
  MORE_HEADER,
  readInt64,
} from './record-batch.ts'

/** Bytes that hold batches, with the view that reads their numbers. */
export type BatchBytes = { readonly bytes: Buffer; readonly view: DataView }

export function batchBytes(bytes: Uint8Array): BatchBytes {
  const { buffer, byteOffset, byteLength } = bytes
  return { bytes: Buffer.from(buffer, byteOffset, byteLength), view: new DataView(buffer, byteOffset, byteLength) }
}

/** The bytes end before the batch does: more of them may make it whole, or the tail of the file is torn. */
export const CUT_SHORT = 'the batch is cut short'

/** What is wrong with the batch at `at`, in words; undefined: nothing. */
export function checkBatch({ bytes, view }: BatchBytes, at: number, baseOffset: number): string | undefined {
  if (bytes.length - at < HEADER_BYTES) return CUT_SHORT
  if (view.getInt8(at + AT_MAGIC) !== MAGIC) {
    return `the magic number is ${view.getInt8(at + AT_MAGIC)} where a batch has ${MAGIC}`
  }
  if (view.getInt32(at + AT_EPOCH) !== EPOCH) return `the epoch is ${view.getInt32(at + AT_EPOCH)}, not ${EPOCH}`
  const found = readInt64(view, at + AT_BASE_OFFSET)
  if (found !== baseOffset) return `the base offset is ${found} where ${baseOffset} is due`
  const size = batchSize(view, at)
  if (size < HEADER_BYTES || size > MAX_BATCH_BYTES) return `the length of the batch, ${size} bytes, is out of bounds`
  if (at + size > bytes.length) return CUT_SHORT
  const computed = crc32c(bytes.subarray(at + AT_ATTRIBUTES, at + size))
  if (computed !== view.getUint32(at + AT_CRC)) return 'the checksum (CRC32C) does not match the content'
  return checkContent(view, at)
}

/** What the checksum covers was written like this, but perhaps not by this program. */
function checkContent(view: DataView, at: number): string | undefined {
  const attributes = view.getInt16(at + AT_ATTRIBUTES)
  const codec = attributes & 7
  if (codec !== 0) return `the batch is compressed (${CODECS[codec] ?? `codec ${codec}`}), which is not read here`
  if (attributes !== 0) return `the batch has attributes ${attributes}, which are not read here`
  const count = view.getInt32(at + AT_COUNT)
  if (count < 1 || count !== view.getInt32(at + AT_LAST_DELTA) + 1)
    return `the number of records, ${count}, is impossible`
  return undefined
}

const CODECS: readonly string[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** Bytes of the whole batch, as its header says. */
export const batchSize = (view: DataView, at: number): number => view.getInt32(at + AT_LENGTH) + LENGTH_COVERS_FROM
export const batchCount = (view: DataView, at: number): number => view.getInt32(at + AT_COUNT)
export const batchFirstTime = (view: DataView, at: number): number => readInt64(view, at + AT_FIRST_TIME)
export const batchMaxTime = (view: DataView, at: number): number => readInt64(view, at + AT_MAX_TIME)

/** Where records are put as they are walked; filled from `values.count` on. */
export type Walked = {
  readonly values: Records
  /** Ranges of keys; empty where a record has none. */
  readonly keys: Records
  readonly timestamps: Float64Array
  /** Whether any record had a key. */
  hasKeys: boolean
}

export function makeWalked(bytes: Uint8Array, capacity: number): Walked {
  const ranges = () => ({ bytes, start: new Int32Array(capacity), end: new Int32Array(capacity), count: 0 })
  return { values: ranges(), keys: ranges(), timestamps: new Float64Array(capacity), hasKeys: false }
}

/**
 * Puts the records of a checked batch, but for the first `skip`, behind those that are there. False: the records do not
 * fill the batch as their lengths say; then what was put is not to be used.
 */
export function walkBatch({ bytes, view }: BatchBytes, at: number, skip: number, out: Walked): boolean {
  const { values, keys, timestamps } = out
  const end = at + batchSize(view, at)
  const count = batchCount(view, at)
  const firstTime = readInt64(view, at + AT_FIRST_TIME)
  const cursor: Cursor = { at: at + HEADER_BYTES, end }
  let row = values.count
  for (let record = 0; record < count; record++) {
    const length = readVarint(bytes, cursor)
    const recordEnd = cursor.at + length
    if (length < 0 || recordEnd > end) return false
    cursor.at++
    const time = firstTime + readVarlong(bytes, cursor)
    if (readVarint(bytes, cursor) !== record) return false
    const keyLength = readVarint(bytes, cursor)
    const keyStart = cursor.at
    if (keyLength > 0) cursor.at += keyLength
    const valueLength = readVarint(bytes, cursor)
    const valueStart = cursor.at
    const valueEnd = valueLength > 0 ? valueStart + valueLength : valueStart
    if (valueEnd >= recordEnd || cursor.at > recordEnd) return false
    cursor.at = recordEnd
    if (record < skip) continue
    values.start[row] = valueStart
    values.end[row] = valueEnd
    keys.start[row] = keyStart
    keys.end[row] = keyLength > 0 ? keyStart + keyLength : keyStart
    if (keyLength >= 0) out.hasKeys = true
    timestamps[row] = time
    row++
  }
  values.count = row
  keys.count = row
  return cursor.at === end
}

/** What the last record of a batch says about its append. */
export type BatchTail = {
  /** The append's mark, if it has one and ends with this batch. */
  readonly mark: Uint8Array | undefined
  /** Whether the append goes on in the next batch. */
  readonly more: boolean
}

/** Undefined: the records do not fill the batch as their lengths say. */
export function readTail({ bytes, view }: BatchBytes, at: number): BatchTail | undefined {
  const end = at + batchSize(view, at)
  const cursor: Cursor = { at: at + HEADER_BYTES, end }
  for (let left = batchCount(view, at); left > 1; left--) {
    const length = readVarint(bytes, cursor)
    cursor.at += length
    if (length < 0 || cursor.at >= end) return undefined
  }
  readVarint(bytes, cursor)
  cursor.at++
  readVarlong(bytes, cursor)
  readVarint(bytes, cursor)
  skipField(bytes, cursor)
  skipField(bytes, cursor)
  let mark: Uint8Array | undefined
  let more = false
  for (let headers = readVarint(bytes, cursor); headers > 0; headers--) {
    const name = readField(bytes, cursor)
    const value = readField(bytes, cursor)
    if (cursor.at > end) return undefined
    if (name.toString('latin1') === MARK_HEADER) mark = Uint8Array.from(value)
    if (name.toString('latin1') === MORE_HEADER) more = true
  }
  return cursor.at === end ? { mark, more } : undefined
}

type Cursor = { at: number; readonly end: number }

function skipField(bytes: Buffer, cursor: Cursor): void {
  const length = readVarint(bytes, cursor)
  if (length > 0) cursor.at += length
}

function readField(bytes: Buffer, cursor: Cursor): Buffer {
  const length = Math.max(0, readVarint(bytes, cursor))
  const field = bytes.subarray(cursor.at, Math.min(cursor.at + length, cursor.end))
  cursor.at += length
  return field
}

/** Reads a zigzag varint of at most five bytes. Past the end of the batch it moves the cursor beyond `end`. */
function readVarint(bytes: Buffer, cursor: Cursor): number {
  let at = cursor.at
  let byte = at < cursor.end ? (bytes[at] as number) : 0
  at++
  let value = byte & 127
  for (let shift = 7; byte > 127 && shift < 35; shift += 7) {
    byte = at < cursor.end ? (bytes[at] as number) : 0
    at++
    value |= (byte & 127) << shift
  }
  cursor.at = at
  return (value >>> 1) ^ -(value & 1)
}

/** The same of at most ten bytes, for milliseconds. */
function readVarlong(bytes: Buffer, cursor: Cursor): number {
  let byte = cursor.at < cursor.end ? (bytes[cursor.at] as number) : 0
  cursor.at++
  let value = byte & 127
  for (let scale = 128; byte > 127 && scale < 2 ** 70; scale *= 128) {
    byte = cursor.at < cursor.end ? (bytes[cursor.at] as number) : 0
    cursor.at++
    value += (byte & 127) * scale
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}
