/**
 * Rows as points in line protocol, written straight from columns into bytes:
 *
 *   measurement[,tag=value…] field=value[,field=value…] time LF
 *
 * A tag or field that is NULL is left out, and so is a tag whose text is empty: line protocol has no empty tag. A row that cannot
 * be a point is refused with the reason, and is not among the lines.
 */
import { assert } from '../../../base/assert.ts'
import type { ZoneRules } from '../../../base/timezone.ts'
import { copyBytes, viewOf } from '../../../record/bytes.ts'
import type { Column, Nulls } from '../../../record/column.ts'
import type { Type } from '../../../record/type.ts'
import type { TableRows } from '../../table/rows.ts'
import type { PointMapping } from '../point.ts'
import { type LineBytes, lineBytes } from './digits.ts'
import { escapedText, IN_MEASUREMENT, IN_TAG, type SpecialBytes } from './texts.ts'
import { fieldWriter, LONGEST_VALUE, tagWriter, timeWriter, type WriteValue } from './values.ts'

/** The points of rows, valid until the next are made. */
export type EncodedPoints = {
  readonly bytes: Uint8Array
  readonly count: number
  /** The row of each point, and where its line ends, behind the LF. */
  readonly rows: Int32Array
  readonly ends: Int32Array
}

/** Makes points of the rows that are not refused; rows that cannot be points are added to those. */
export type EncodePoints = (rows: TableRows) => EncodedPoints

/** InfluxDB takes 65,535 with the key of a field. What it refuses for that it repeats in a header, longer than headers may be. */
const MOST_SERIES_BYTES = 65_000
const COMMA = 0x2c
const SPACE = 0x20
const LINE_END = 0x0a
const HASH = 0x23

/** An encoder of points, by a mapping that was checked. Wall clocks are instants by the clock of the zone. */
export function pointEncoder(mapping: PointMapping, zone: ZoneRules): EncodePoints {
  const keys = keysOf(mapping)
  let bytes = new Uint8Array(0)
  let ends = new Int32Array(0)
  let pointRows = new Int32Array(0)
  return (rows) => {
    const { count, refused } = rows
    const size = count * keys.bound + textBytes(rows)
    if (bytes.length < size) bytes = new Uint8Array(size)
    if (ends.length < count) {
      ends = new Int32Array(count)
      pointRows = new Int32Array(count)
    }
    const into = lineBytes(bytes)
    const line = lineOf(mapping, keys, rows, zone)
    let points = 0
    for (let row = 0; row < count; row++) {
      if (refused.size > 0 && refused.has(row)) continue
      const start = into.at
      const reason = writeLine(line, row, into)
      if (reason === undefined) {
        pointRows[points] = row
        ends[points++] = into.at
      } else {
        refused.set(row, reason)
        into.at = start
      }
    }
    return { bytes: bytes.subarray(0, into.at), count: points, rows: pointRows, ends }
  }
}

type Keys = {
  /** The measurement, where it is always the same. */
  readonly measurement: DataView | undefined
  /** The escaped keys with their equals signs. */
  readonly tags: readonly DataView[]
  readonly fields: readonly DataView[]
  /** The most bytes of a line, without its texts. */
  readonly bound: number
}

function keysOf({ measurement, tags, fields }: PointMapping): Keys {
  const key = ({ name }: { readonly name: string }) => viewOf(Buffer.concat([escaped(name, IN_TAG), Buffer.from('=')]))
  const constant = 'name' in measurement ? viewOf(escaped(measurement.name, IN_MEASUREMENT)) : undefined
  const [tagKeys, fieldKeys] = [tags.map(key), fields.map(key)]
  const keyBytes = [...tagKeys, ...fieldKeys].reduce((sum, { byteLength }) => sum + 1 + byteLength, 0)
  const values = tags.length + fields.length + 2
  const bound = (constant?.byteLength ?? 0) + keyBytes + LONGEST_VALUE * values
  return { measurement: constant, tags: tagKeys, fields: fieldKeys, bound }
}

function escaped(text: string, special: SpecialBytes): Uint8Array {
  const bytes = escapedText(text, special)
  assert(bytes !== undefined, 'keys were checked')
  return bytes
}

/** Bytes that the texts take at most: each byte may get a backslash, and three stand for one that is not UTF-8. */
function textBytes({ columns, count }: TableRows): number {
  let sum = 0
  for (const column of columns) {
    if (column.kind !== 'string') continue
    const { start, end, nulls } = column
    for (let row = 0; row < count; row++) if (nulls?.[row] !== 1) sum += (end[row] as number) - (start[row] as number)
  }
  return 3 * sum
}

type Part = {
  /** What it is called in reasons. */
  readonly called: string
  readonly key: DataView
  readonly nulls: Nulls
  readonly write: WriteValue
  /** Whether an empty text is refused. */
  readonly isNeeded: boolean
}

type Line = {
  readonly measurement: DataView | Part
  readonly tags: readonly Part[]
  readonly fields: readonly Part[]
  readonly time: Part
}

const NO_KEY = viewOf(new Uint8Array(0))

/** What writes lines of these rows. */
function lineOf(mapping: PointMapping, keys: Keys, { columns, count }: TableRows, zone: ZoneRules): Line {
  const part = (called: string, index: number, open: (type: Type, column: Column) => WriteValue): Part => {
    const { type } = mapping.columns[index] as PointMapping['columns'][number]
    const column = columns[index] as Column
    return { called, key: NO_KEY, nulls: column.nulls, write: open(type, column), isNeeded: false }
  }
  const { measurement } = mapping
  return {
    measurement:
      'name' in measurement
        ? (keys.measurement ?? NO_KEY)
        : part('measurement', measurement.column, (type, column) => tagWriter(type, column, count, IN_MEASUREMENT)),
    tags: mapping.tags.map(({ name, column: index, tellsRows }, i) => ({
      ...part(`tag ${name}`, index, (type, column) => tagWriter(type, column, count)),
      key: keys.tags[i] ?? NO_KEY,
      isNeeded: tellsRows,
    })),
    fields: mapping.fields.map(({ name, column: index }, i) => ({
      ...part(`field ${name}`, index, (type, column) => fieldWriter(type, column, count)),
      key: keys.fields[i] ?? NO_KEY,
    })),
    time: part('time', mapping.time, (type, column) => timeWriter(type, column, { ...mapping, zone })),
  }
}

/** Writes the line of a row; gives the reason where the row cannot be a point. */
function writeLine({ measurement, tags, fields, time }: Line, row: number, into: LineBytes): string | undefined {
  const { bytes, at: first } = into
  if (measurement instanceof DataView) writeView(measurement, into)
  else {
    const reason = writeMeasurement(measurement, row, into)
    if (reason !== undefined) return reason
  }
  for (let i = 0; i < tags.length; i++) {
    const { called, key, nulls, write, isNeeded } = tags[i] as Part
    if (nulls?.[row] === 1) continue
    const before = into.at
    bytes[into.at++] = COMMA
    writeView(key, into)
    const start = into.at
    const reason = write(row, into)
    if (reason !== undefined) return `${called}: ${reason}`
    if (into.at > start) continue
    if (isNeeded) return `${called}: it is empty, which line protocol cannot tell from NULL`
    into.at = before
  }
  if (into.at - first > MOST_SERIES_BYTES) return 'its measurement and tags are longer than 64 KiB'
  let separator = SPACE
  for (let i = 0; i < fields.length; i++) {
    const { called, key, nulls, write } = fields[i] as Part
    if (nulls?.[row] === 1) continue
    bytes[into.at++] = separator
    separator = COMMA
    writeView(key, into)
    const reason = write(row, into)
    if (reason !== undefined) return `${called}: ${reason}`
  }
  if (separator === SPACE) return 'all of its fields are NULL, and InfluxDB has no point without a field'
  if (time.nulls?.[row] === 1) return 'time: it is NULL'
  bytes[into.at++] = SPACE
  const reason = time.write(row, into)
  if (reason !== undefined) return `time: ${reason}`
  bytes[into.at++] = LINE_END
  return undefined
}

/** A line that begins with # is a comment; blanks before a line are passed over. */
function writeMeasurement({ called, nulls, write }: Part, row: number, into: LineBytes): string | undefined {
  if (nulls?.[row] === 1) return `${called}: it is NULL`
  const start = into.at
  const reason = write(row, into)
  if (reason !== undefined) return `${called}: ${reason}`
  const first = into.bytes[start] as number
  if (into.at === start) return `${called}: it is empty`
  return first === HASH || first < SPACE ? `${called}: it begins with # or a control character` : undefined
}

function writeView(view: DataView, into: LineBytes): void {
  copyBytes(view, 0, view.byteLength, into.view, into.at)
  into.at += view.byteLength
}
