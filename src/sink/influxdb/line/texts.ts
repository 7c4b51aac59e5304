/**
 * Texts of line protocol, written straight from the bytes of a column. A backslash before a byte makes it a plain one:
 *
 *   measurement                        comma, space
 *   tag key, tag value, field key      comma, equals sign, space
 *   string field, in double quotes     double quote, backslash
 *
 * Outside of string fields a backslash means itself where nothing special follows. So a text that ends with one, or has one
 * before a special byte, cannot be written so that every server reads it back; nor can a line break. Such texts are refused.
 * https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/#special-characters
 */
import type { StringColumn } from '../../../record/column.ts'
import { type LineBytes, lineBytes } from './digits.ts'

const BACKSLASH = 0x5c
const QUOTE = 0x22
const NEWLINE = 0x0a
const ESCAPED = 1
const REFUSED = 2
const REFUSED_BEFORE_ESCAPED = 3

/** By byte, how it is written; 0: as it is. */
export type SpecialBytes = Uint8Array

function specialBytes(escaped: string): SpecialBytes {
  const special = new Uint8Array(256)
  for (const char of escaped) special[char.charCodeAt(0)] = ESCAPED
  special[NEWLINE] = REFUSED
  special[BACKSLASH] = REFUSED_BEFORE_ESCAPED
  return special
}

export const IN_MEASUREMENT: SpecialBytes = specialBytes(', ')
/** In the keys of fields, too. */
export const IN_TAG: SpecialBytes = specialBytes(',= ')

/** Why a text cannot be written. */
export const UNWRITABLE =
  'line protocol cannot hold a line break here, nor a backslash at the end or before a comma, an equals sign or a space'

type Texts = Pick<StringColumn, 'bytes' | 'start' | 'end'>

/** Writes the text of a row with its special bytes escaped; false: it cannot be written. */
export function writeEscaped(
  { bytes, start, end }: Texts,
  row: number,
  special: SpecialBytes,
  into: LineBytes,
): boolean {
  const out = into.bytes
  const last = end[row] as number
  let to = into.at
  for (let i = start[row] as number; i < last; i++) {
    const byte = bytes[i] as number
    const kind = special[byte] as number
    if (kind !== 0) {
      if (kind === ESCAPED) out[to++] = BACKSLASH
      else if (kind === REFUSED || i + 1 === last || IN_TAG[bytes[i + 1] as number] === ESCAPED) return false
    }
    out[to++] = byte
  }
  into.at = to
  return true
}

/** Writes the text of a row in double quotes. */
export function writeQuoted({ bytes, start, end }: Texts, row: number, into: LineBytes): void {
  const out = into.bytes
  const last = end[row] as number
  let to = into.at
  out[to++] = QUOTE
  for (let i = start[row] as number; i < last; i++) {
    const byte = bytes[i] as number
    if (byte === QUOTE || byte === BACKSLASH) out[to++] = BACKSLASH
    out[to++] = byte
  }
  out[to++] = QUOTE
  into.at = to
}

/** A key or a measurement that is always the same, escaped; undefined: it cannot be written. */
export function escapedText(text: string, special: SpecialBytes): Uint8Array | undefined {
  const bytes = Buffer.from(text)
  const into = lineBytes(new Uint8Array(2 * bytes.length))
  const texts = { bytes, start: Int32Array.of(0), end: Int32Array.of(bytes.length) }
  return writeEscaped(texts, 0, special, into) ? into.bytes.slice(0, into.at) : undefined
}
