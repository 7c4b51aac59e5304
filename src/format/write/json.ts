/**
 * Rows as JSON objects: `ndjson`, one a line, and `json`, one array of them all.
 *
 * The `json` format with the same columns reads these rows back unchanged: BIGINT and DECIMAL are numbers with all of their
 * digits; doubles that JSON has no number for are strings, "NaN", "Infinity", "-Infinity"; times are strings. Only bytes
 * that are not UTF-8 are lost: they become U+FFFD.
 */
import { Buffer } from 'node:buffer'
import type { Field } from '../../record/type.ts'
import type { Encoder } from '../format.ts'
import { rowWriter } from './row-writer.ts'

/** An encoder of JSON objects, one a line. */
export function ndjsonEncoder(fields: readonly Field[]): Encoder {
  return { head: undefined, encode: objectWriter(fields, true) }
}

/** Writes JSON objects, each with a line end after it or before it with a comma. */
function objectWriter(fields: readonly Field[], isLine: boolean): Encoder['encode'] {
  const first = isLine ? '{' : ',\n{'
  if (fields.length === 0) return emptyObjects(isLine ? '{}\n' : ',\n{}')
  const lead = ({ name }: Field, i: number) => `${i === 0 ? first : ','}${JSON.stringify(name)}:`
  return rowWriter(fields, { isJson: true, isLine, lead })
}

/** Rows without a column, as of records that are all `{}`. */
function emptyObjects(text: string): Encoder['encode'] {
  return (_, from, to, ends) => {
    for (let row = 0; row < to - from; row++) if (ends !== undefined) ends[row] = (row + 1) * text.length
    return Buffer.from(text.repeat(to - from))
  }
}

/** An encoder of one JSON array, over all of its calls. */
export function jsonEncoder(fields: readonly Field[]): Encoder {
  const write = objectWriter(fields, false)
  let isFirst = true
  return {
    head: Buffer.from('['),
    tail: Buffer.from('\n]\n'),
    encode(batch, from, to, ends) {
      const bytes = write(batch, from, to, ends)
      if (!isFirst || from === to) return bytes
      isFirst = false
      // No comma before the first row.
      ends?.forEach((end, row) => {
        if (row < to - from) ends[row] = end - 1
      })
      return bytes.subarray(1)
    },
  }
}
