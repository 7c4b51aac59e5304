/**
 * What a topic knows of a record besides its bytes, as columns: Flink's METADATA, under the keys and with the types of its
 * connectors for Kafka and for files. `key` is ours: in Flink the key of a record is a part of the format.
 *
 * The sources `file` and `spool` give their records the path of their file as the key, where the topic has a column that asks for it
 * (docs/decisions/022-metadata.md).
 *
 * A column is made anew for each batch, from the numbers that came with the records; no record is looked at.
 */

import type { KeptRecords } from '../format/format.ts'
import { type Batch, type Column, STRING_NONE } from '../record/column.ts'
import { BIGINT, INT, STRING, TIMESTAMP_LTZ, type Type } from '../record/type.ts'
import { headerFinder } from './batch/headers.ts'

/** Gives the column of a batch that was decoded from the records. It is valid until the next call. */
type MetadataReader = (kept: KeptRecords, partition: number, batch: Batch) => Column

export type Metadata = {
  readonly key: string
  readonly type: Type
  /** What it is, for messages. */
  readonly summary: string
  /** Whether it is made from the keys that the sources `file` and `spool` give. */
  readonly ofFile?: true
  /** `topic`: the name of the topic on the bus. */
  open(topic: string): MetadataReader
}

/** All metadata but the headers, in the order of the reference page. */
export const metadata: readonly Metadata[] = [
  { key: 'timestamp', type: TIMESTAMP_LTZ, summary: 'the arrival of the record', open: openTimestamp },
  { key: 'partition', type: INT, summary: 'the partition', open: openPartition },
  { key: 'offset', type: BIGINT, summary: 'the offset in the partition', open: openOffset },
  { key: 'topic', type: STRING, summary: 'the name of the topic on the bus', open: openTopicName },
  { key: 'key', type: STRING, summary: 'the key of the record', open: () => openKey() },
  { key: 'file.path', type: STRING, summary: 'the path of the file', ofFile: true, open: () => openKey() },
  { key: 'file.name', type: STRING, summary: 'the name of the file', ofFile: true, open: () => openKey(nameStart) },
]

const HEADERS = 'headers.'

/** The metadata of a key; `headers.NAME` is the header of that name. Undefined where there is none. */
export function metadataOf(key: string): Metadata | undefined {
  const name = key.startsWith(HEADERS) ? key.slice(HEADERS.length) : ''
  if (name === '') return metadata.find((one) => one.key === key)
  return { key, type: STRING, summary: `header ${name} of the record`, open: () => openHeader(name) }
}

/** The keys, for a person to choose from. */
export const METADATA_KEYS: readonly string[] = [...metadata.map(({ key }) => key), `${HEADERS}NAME`]

/** Why a key that Flink has, or that a record may have, is refused here; undefined where it is not. */
export function refusedMetadata(key: string): string | undefined {
  if (key.startsWith(`${HEADERS}tailrace.`)) return 'the headers of tailrace belong to no record'
  return Object.hasOwn(REFUSED, key) ? REFUSED[key] : undefined
}

const REFUSED: Readonly<Record<string, string>> = {
  headers: "there is no type MAP yet: name one header, STRING METADATA FROM 'headers.NAME'",
  'leader-epoch': 'a topic does not keep it',
  'timestamp-type': "the timestamp of a record is its arrival, 'timestamp'",
}

function openTimestamp(): MetadataReader {
  let room = new Float64Array(0)
  return ({ timestamps }, _, { count, origin }) => {
    // Where every record is a row, the bus has the column already.
    if (origin === undefined) return { kind: 'double', values: timestamps, nulls: undefined }
    if (room.length < count) room = new Float64Array(count)
    for (let row = 0; row < count; row++) room[row] = timestamps[origin[row] as number] as number
    return { kind: 'double', values: room, nulls: undefined }
  }
}

function openPartition(): MetadataReader {
  let room = new Int32Array(0)
  return (_, partition, { count }) => {
    if (room.length < count) room = new Int32Array(count)
    room.fill(partition, 0, count)
    return { kind: 'int', values: room, nulls: undefined }
  }
}

function openOffset(): MetadataReader {
  let room = new Float64Array(0)
  return ({ baseOffset }, _, { count, origin }) => {
    if (room.length < count) room = new Float64Array(count)
    for (let row = 0; row < count; row++)
      room[row] = baseOffset + (origin === undefined ? row : (origin[row] as number))
    return { kind: 'bigint', values: room, exact: undefined, nulls: undefined }
  }
}

function openTopicName(topic: string): MetadataReader {
  const bytes = Buffer.from(topic)
  let start = new Int32Array(0)
  let end = new Int32Array(0)
  return (_, _partition, { count }) => {
    if (end.length < count) {
      start = new Int32Array(count)
      end = new Int32Array(count).fill(bytes.length)
    }
    return { kind: 'string', bytes, start, end, nulls: undefined }
  }
}

/** A record without the header is NULL. */
function openHeader(name: string): MetadataReader {
  const find = headerFinder(name)
  const ranges = makeRanges()
  return ({ values, hasHeaders = false }, _, { count, origin }) => {
    const { start, end, nulls } = ranges(count)
    for (let row = 0; row < count; row++) {
      const record = origin === undefined ? row : (origin[row] as number)
      const found = hasHeaders ? find(values.bytes, values.end[record] as number) : undefined
      nulls[row] = found?.isThere === true ? 0 : 1
      start[row] = found?.start ?? 0
      end[row] = found?.end ?? 0
    }
    return { kind: 'string', bytes: values.bytes, start, end, nulls }
  }
}

/** Room for texts or NULLs, made longer when a batch is longer. */
function makeRanges() {
  let start = new Int32Array(0)
  let end = new Int32Array(0)
  let nulls = new Uint8Array(0)
  return (count: number) => {
    if (end.length < count) {
      start = new Int32Array(count)
      end = new Int32Array(count)
      nulls = new Uint8Array(count)
    }
    return { start, end, nulls }
  }
}

const SLASH = 0x2f

/** Where the name of the file begins whose path is the bytes [start, end). */
function nameStart(bytes: Uint8Array, start: number, end: number): number {
  let at = end
  while (at > start && bytes[at - 1] !== SLASH) at--
  return at
}

/** The key from `begin` on. A bus gives the empty range for a record without a key, so an empty key is NULL, too. */
function openKey(begin = (_: Uint8Array, start: number, _end: number): number => start): MetadataReader {
  const ranges = makeRanges()
  return ({ keys }, _, { count, origin }) => {
    const { start, end, nulls } = ranges(count)
    if (keys === undefined) {
      nulls.fill(1, 0, count)
      return { kind: 'string', bytes: STRING_NONE, start, end, nulls }
    }
    for (let row = 0; row < count; row++) {
      const record = origin === undefined ? row : (origin[row] as number)
      const from = keys.start[record] as number
      const to = keys.end[record] as number
      start[row] = from === to ? from : begin(keys.bytes, from, to)
      end[row] = to
      nulls[row] = from === to ? 1 : 0
    }
    return { kind: 'string', bytes: keys.bytes, start, end, nulls }
  }
}
