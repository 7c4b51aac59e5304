/**
 * Rows as CSV (RFC 4180, with LF): names in the head, quotes only where a text needs them.
 *
 * NULL is an empty field and an empty text is `""`, so that they stay different. Texts that a spreadsheet takes for formulas
 * (`=1+1`) are not changed: the file holds exactly the result of the query.
 */
import { Buffer } from 'node:buffer'
import type { Field } from '../../record/type.ts'
import type { Encoder } from '../format.ts'
import { rowWriter } from './row-writer.ts'

const NEEDS_QUOTES = /[",\n\r]/

/** An encoder of CSV; its head has the names. */
export function csvEncoder(fields: readonly Field[]): Encoder {
  return {
    head: Buffer.from(`${fields.map(({ name }) => quoted(name)).join()}\n`),
    encode: rowWriter(fields, { isJson: false, isLine: true, lead: (_, i) => (i === 0 ? '' : ',') }),
  }
}

const quoted = (name: string): string =>
  name === '' || NEEDS_QUOTES.test(name) ? `"${name.replaceAll('"', '""')}"` : name
