/**
 * Rows as JSON objects: `ndjson`, one a line, and `json`, one array of them all.
 *
 * What is written here is read again by the `json` format with the same columns, and then is the same: BIGINT and
 * DECIMAL are numbers with all of their digits; what JSON has no number for is a string, "NaN", "Infinity",
 * "-Infinity"; times are strings. Only bytes that are not UTF-8 are lost: they become U+FFFD.
 */
import { Buffer } from 'node:buffer'
import type { Batch, Column } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import { ValueWriter } from './encode-value.ts'
import type { Encoder } from './format.ts'
import { stringEndIn } from './scan-word.ts'
import { TextOut } from './text-out.ts'

const TAB = 9
const LF = 10
const CR = 13
const QUOTE = 34
const COMMA = 44
const BACKSLASH = 92
const BRACE_CLOSE = 125
/** Top bits: none is set in a word of ASCII. */
const NOT_ASCII = 0x80808080
const HEX = Buffer.from('0123456789abcdef')
const NULL = Buffer.from('null')
const SHORT_ESCAPES: ReadonlyMap<number, number> = new Map([
  [8, 98],
  [TAB, 116],
  [LF, 110],
  [12, 102],
  [CR, 114],
])

export function ndjsonEncoder(fields: readonly Field[]): Encoder {
  const writeRow = rowWriter(fields)
  const out = new TextOut()
  return {
    head: undefined,
    encode(batch, from, to, ends) {
      out.length = 0
      for (let row = from; row < to; row++) {
        writeRow(out, batch, row)
        if (ends !== undefined) ends[row - from] = out.length
        out.byte(LF)
      }
      return out.written()
    },
  }
}

export function jsonEncoder(fields: readonly Field[]): Encoder {
  const writeRow = rowWriter(fields)
  const out = new TextOut()
  let isFirst = true
  return {
    head: Buffer.from('['),
    tail: Buffer.from('\n]\n'),
    encode(batch, from, to, ends) {
      out.length = 0
      for (let row = from; row < to; row++) {
        if (!isFirst) out.byte(COMMA)
        isFirst = false
        out.byte(LF)
        writeRow(out, batch, row)
        if (ends !== undefined) ends[row - from] = out.length
      }
      return out.written()
    },
  }
}

function rowWriter(fields: readonly Field[]): (out: TextOut, batch: Batch, row: number) => void {
  const names = fields.map(({ name }, i) => Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`))
  const writers = fields.map((field) => new ValueWriter(field.type))
  const isQuoted = fields.map(({ type }) => QUOTED.has(type.kind))
  return (out, { columns }, row) => {
    for (let i = 0; i < names.length; i++) {
      out.raw(names[i] as Buffer)
      const column = columns[i] as Column
      if (column.nulls !== undefined && column.nulls[row] === 1) out.raw(NULL)
      else if (column.kind === 'string') {
        writeString(out, column.bytes, column.start[row] as number, column.end[row] as number)
      } else {
        const isText =
          isQuoted[i] === true || (column.kind === 'double' && !Number.isFinite(column.values[row] as number))
        if (isText) out.byte(QUOTE)
        ;(writers[i] as ValueWriter).write(out, column, row)
        if (isText) out.byte(QUOTE)
      }
    }
    out.byte(BRACE_CLOSE)
  }
}

const QUOTED: ReadonlySet<string> = new Set(['DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMP_LTZ'])

function writeString(out: TextOut, source: Uint8Array, from: number, end: number): void {
  // A byte becomes six at most: \u0000.
  out.reserve(6 * (end - from) + 2)
  const { bytes, view } = out
  const words = out.viewOf(source)
  let to = out.length
  bytes[to++] = QUOTE
  for (let at = from; at < end; ) {
    for (; at + 4 <= end; at += 4, to += 4) {
      const word = words.getInt32(at, true)
      if ((stringEndIn(word) | (word & NOT_ASCII)) !== 0) break
      view.setInt32(to, word, true)
    }
    if (at === end) break
    const byte = source[at] as number
    if (byte >= 0x80) {
      out.length = to
      at = out.character(source, at, end)
      to = out.length
      continue
    }
    at++
    if (byte === QUOTE || byte === BACKSLASH) {
      bytes[to++] = BACKSLASH
      bytes[to++] = byte
    } else if (byte < 0x20) to = writeEscape(bytes, to, byte)
    else bytes[to++] = byte
  }
  bytes[to++] = QUOTE
  out.length = to
}

function writeEscape(bytes: Uint8Array, at: number, byte: number): number {
  let to = at
  bytes[to++] = BACKSLASH
  const short = SHORT_ESCAPES.get(byte)
  if (short !== undefined) {
    bytes[to++] = short
    return to
  }
  bytes[to++] = 117
  bytes[to++] = 48
  bytes[to++] = 48
  bytes[to++] = HEX[byte >> 4] as number
  bytes[to++] = HEX[byte & 15] as number
  return to
}
