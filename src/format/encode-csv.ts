/**
 * Rows as CSV (RFC 4180, with LF): names in the head, quotes only where a text needs them.
 *
 * NULL is nothing and an empty text is `""`, so that they stay apart. Nothing is done to texts that a spreadsheet takes
 * for formulas (`=1+1`): what is in the file is what the query gave.
 */
import { Buffer } from 'node:buffer'
import type { Column } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import { ValueWriter } from './encode-value.ts'
import type { Encoder } from './format.ts'
import { csvStopIn } from './scan-word.ts'
import { TextOut } from './text-out.ts'

const LF = 10
const CR = 13
const QUOTE = 34
const COMMA = 44
/** Top bits: none is set in a word of ASCII. */
const NOT_ASCII = 0x80808080

export function csvEncoder(fields: readonly Field[]): Encoder {
  const out = new TextOut()
  const writers = fields.map((field) => new ValueWriter(field.type))
  return {
    head: headOf(fields),
    encode({ columns }, from, to, ends) {
      out.length = 0
      for (let row = from; row < to; row++) {
        for (let i = 0; i < writers.length; i++) {
          if (i > 0) out.byte(COMMA)
          const column = columns[i] as Column
          if (column.nulls !== undefined && column.nulls[row] === 1) continue
          if (column.kind === 'string') {
            writeText(out, column.bytes, column.start[row] as number, column.end[row] as number)
          } else (writers[i] as ValueWriter).write(out, column, row)
        }
        if (ends !== undefined) ends[row - from] = out.length
        out.byte(LF)
      }
      return out.written()
    },
  }
}

function headOf(fields: readonly Field[]): Uint8Array {
  const head = new TextOut()
  fields.forEach(({ name }, i) => {
    if (i > 0) head.byte(COMMA)
    const bytes = Buffer.from(name)
    writeText(head, bytes, 0, bytes.length)
  })
  head.byte(LF)
  return head.written()
}

function writeText(out: TextOut, source: Uint8Array, from: number, end: number): void {
  // A byte becomes three at most, where it is not UTF-8; a quote two.
  out.reserve(3 * (end - from) + 2)
  const start = out.length
  if (from < end && writePlain(out, source, from, end)) return
  out.length = start
  out.byte(QUOTE)
  for (let at = from; at < end; ) {
    if (source[at] === QUOTE) out.byte(QUOTE)
    at = out.character(source, at, end)
  }
  out.byte(QUOTE)
}

/** Writes a text as it is; false where it needs quotes. */
function writePlain(out: TextOut, source: Uint8Array, from: number, end: number): boolean {
  const { bytes, view } = out
  const words = out.viewOf(source)
  let to = out.length
  for (let at = from; at < end; ) {
    for (; at + 4 <= end; at += 4, to += 4) {
      const word = words.getInt32(at, true)
      if ((csvStopIn(word) | (word & NOT_ASCII)) !== 0) break
      view.setInt32(to, word, true)
    }
    if (at === end) break
    const byte = source[at] as number
    if (byte === QUOTE || byte === COMMA || byte === LF || byte === CR) return false
    if (byte < 0x80) {
      bytes[to++] = byte
      at++
    } else {
      out.length = to
      at = out.character(source, at, end)
      to = out.length
    }
  }
  out.length = to
  return true
}
