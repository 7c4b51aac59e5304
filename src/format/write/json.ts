/**
 * Rows as JSON objects: `ndjson`, one a line, and `json`, one array of them all.
 *
 * What is written here is read again by the `json` format with the same columns, and then is the same: BIGINT and
 * DECIMAL are numbers with all of their digits; what JSON has no number for is a string, "NaN", "Infinity",
 * "-Infinity"; times are strings. Only bytes that are not UTF-8 are lost: they become U+FFFD.
 */
import { Buffer } from 'node:buffer'
import type { Field } from '../../record/type.ts'
import type { Encoder } from '../format.ts'
import { rowWriter } from './row-writer.ts'

export function ndjsonEncoder(fields: readonly Field[]): Encoder {
  const write = rowWriter(fields, {
    isJson: true,
    isLine: true,
    lead: ({ name }, i) => `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`,
  })
  return { head: undefined, encode: (batch, from, to, ends) => write(batch, from, to, ends) }
}

export function jsonEncoder(fields: readonly Field[]): Encoder {
  const write = rowWriter(fields, {
    isJson: true,
    isLine: false,
    lead: ({ name }, i) => `${i === 0 ? ',\n{' : ','}${JSON.stringify(name)}:`,
  })
  let isFirst = true
  return {
    head: Buffer.from('['),
    tail: Buffer.from('\n]\n'),
    encode(batch, from, to, ends) {
      const bytes = write(batch, from, to, ends)
      if (!isFirst || from === to) return bytes
      isFirst = false
      // There is no row before the first, and so no comma.
      ends?.forEach((end, row) => {
        if (row < to - from) ends[row] = end - 1
      })
      return bytes.subarray(1)
    },
  }
}
