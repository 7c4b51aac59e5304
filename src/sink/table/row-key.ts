/**
 * The name of each row as a text: the JSON object that is the record's key on the bus, or a UUID made of it, for a store that
 * wants one. The same row has the same name after any restart, on any bus and in any store.
 *
 *   row key          {"window_end":"2026-03-01T12:05:00.000","path":"/a"}        the key columns, in the order of the row
 *   without one      {"topic":"RAWLOG","partition":0,"offset":17}                a record of a topic; a row of a query without row key
 *   UUID             version 5 of RFC 9562: SHA-1 over the 16 bytes of NAMESPACE and the UTF-8 bytes of
 *                    ["PIPELINE","FROM",KEY], where FROM is what the sink reads, by its name in the file, and KEY is as above
 *
 * JSON is as `JSON.stringify` writes it, without blanks; values are as `ndjson` writes them.
 */
import { hash } from 'node:crypto'
import { NAMESPACE } from '../../base/uuid.ts'
import { ndjsonEncoder } from '../../format/write/json.ts'
import { copyBytes, viewOf } from '../../record/bytes.ts'
import type { Column, StringColumn } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import type { Delivery, SinkRows } from '../sink.ts'
import { textColumn } from './row-text.ts'

/** Makes a column of texts for the rows of a delivery; the column is valid until its next call. */
export type MakeTexts = (delivery: Delivery) => StringColumn

/** The row keys as JSON objects. */
export function rowKeyTexts(rows: SinkRows): MakeTexts {
  const { rowKey, fields, topic } = rows
  if (rowKey === undefined) return placeTexts(topic)
  const keys = textColumn(
    ndjsonEncoder(rowKey.map((column) => fields[column] as Field)),
    rowKey.length === 0 ? '{}' : undefined,
  )
  return ({ rows: batch }) => keys({ ...batch, columns: rowKey.map((column) => batch.columns[column] as Column) })
}

/** Topic, partition and offset of the record of each row. */
function placeTexts(topic: string): MakeTexts {
  const lead = `{"topic":${JSON.stringify(topic)},"partition":`
  let bytes = Buffer.alloc(0)
  return ({ partition, baseOffset, rows: { count, origin } }) => {
    const start = new Int32Array(count)
    const end = new Int32Array(count)
    const most = Buffer.byteLength(lead) + 48
    if (bytes.length < count * most) bytes = Buffer.alloc(count * most)
    const head = `${lead}${partition},"offset":`
    const headLength = bytes.write(head, 0)
    let at = 0
    for (let row = 0; row < count; row++) {
      start[row] = at
      if (row > 0) bytes.copyWithin(at, 0, headLength)
      at += headLength
      at += bytes.write(`${baseOffset + (origin?.[row] ?? row)}}`, at, 'latin1')
      end[row] = at
    }
    return { kind: 'string', bytes, start, end, nulls: undefined }
  }
}

const UUID_LENGTH = 36
const DASH = 0x2d
const VERSION_AT = 14
const VERSION = 0x35 // 5
const VARIANT_AT = 19
const VARIANTS = '89ab'

/** The UUIDs of rows, as texts, made of their row keys. */
export function uuidTexts({ pipeline, from }: SinkRows, keys: MakeTexts): MakeTexts {
  const lead = Buffer.concat([
    Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'),
    Buffer.from(`[${JSON.stringify(pipeline)},${JSON.stringify(from)},`),
  ])
  const name = namer(lead)
  let bytes = new Uint8Array(0)
  let start = new Int32Array(0)
  let end = new Int32Array(0)
  const makeRoom = (count: number) => {
    if (start.length >= count) return
    bytes = new Uint8Array(count * UUID_LENGTH)
    start = Int32Array.from({ length: count }, (_, row) => row * UUID_LENGTH)
    end = start.map((at) => at + UUID_LENGTH)
  }
  return (delivery) => {
    const { count } = delivery.rows
    const key = keys(delivery)
    makeRoom(count)
    const from = viewOf(key.bytes)
    for (let row = 0; row < count; row++) {
      // As a text: a Buffer for each row would take four times as long.
      const digest = hash('sha1', name(from, key.start[row] as number, key.end[row] as number), 'hex')
      writeUuid(digest, bytes, row * UUID_LENGTH)
    }
    return { kind: 'string', bytes, start, end, nulls: undefined }
  }
}

/** Puts a key, the bytes [start, end), behind `lead`, and the bracket behind it. Names of one length are in one array. */
function namer(lead: Uint8Array): (from: DataView, start: number, end: number) => Uint8Array {
  let room = new Uint8Array(0)
  let view = viewOf(room)
  let name = room
  return (from, start, end) => {
    const length = lead.length + end - start + 1
    if (room.length < length) {
      room = new Uint8Array(2 * length)
      room.set(lead)
      view = viewOf(room)
    }
    copyBytes(from, start, end - start, view, lead.length)
    room[length - 1] = 0x5d // ]
    if (name.buffer !== room.buffer || name.length !== length) name = room.subarray(0, length)
    return name
  }
}

/** Writes the first 32 hexadecimal digits of a digest as the 36 characters of a UUID of version 5. */
function writeUuid(digest: string, bytes: Uint8Array, at: number): void {
  let to = at
  for (let i = 0; i < 32; i++) {
    if (i === 8 || i === 12 || i === 16 || i === 20) bytes[to++] = DASH
    bytes[to++] = digest.charCodeAt(i)
  }
  bytes[at + VERSION_AT] = VERSION
  // The two highest bits are 10.
  bytes[at + VARIANT_AT] = VARIANTS.charCodeAt(Number.parseInt(digest.charAt(16), 16) & 3)
}
