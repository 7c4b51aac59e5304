/** Delimited text, `csv` and `tsv`: columns in order, named in the first line, declared, or both. */
import { Buffer } from 'node:buffer'
import { Failure } from '../../base/failure.ts'
import type { Format } from '../format.ts'
import { noColumns } from '../json/found.ts'
import { parsedDecoder } from '../scan/parsed-blocks.ts'
import { plainBytes } from '../scan/word.ts'
import { csvFit, findCsvColumns } from './found.ts'
import { openCsvKernel } from './kernel.ts'
import { CsvReader, undouble } from './reader.ts'

export const csv: Format = delimited('csv', ',', 'Comma-separated values with quotes')
export const tsv: Format = delimited('tsv', '\t', 'Tab-separated values')

function delimited(name: string, usualDelimiter: string, what: string): Format {
  return {
    name,
    summary: `${what}; columns are named in the first line, or declared in their order.`,
    takes: ['columns', 'header', 'delimiter', 'null'],
    open({ columns, header, delimiter = usualDelimiter, nullText }, sample) {
      const byte = delimiterByte(name, delimiter)
      // A topic has no first line: where columns are declared, there is a head only if `header` says so.
      const hasHead = header ?? columns === undefined
      if (columns === undefined && sample === undefined) throw noColumns(name)
      const found =
        columns === undefined ? findCsvColumns(sample, byte, hasHead, nullText) : { columns, fewest: columns.length }
      const shape = {
        delimiter: byte,
        fewest: found.fewest,
        nullText: nullText === undefined ? undefined : plainBytes(Buffer.from(nullText)),
      }
      return {
        fields: found.columns.map((column) => column.field),
        declared: found.columns,
        rowtime: undefined,
        skipsFirstLine: hasHead,
        decoder: (wanted) =>
          parsedDecoder(found.columns, wanted, (parsed, scratch) => ({
            reader: new CsvReader(parsed, shape, scratch),
            open: (capacity) => openCsvKernel(parsed, shape, capacity),
            plainText: undouble,
          })),
      }
    },
    fit: (sample) => csvFit(sample, usualDelimiter.charCodeAt(0)),
  }
}

function delimiterByte(name: string, delimiter: string): number {
  const byte = delimiter.charCodeAt(0)
  if (delimiter.length === 1 && byte < 0x80 && !'"\r\n'.includes(delimiter)) return byte
  throw new Failure(
    'usage',
    `format ${name}: the delimiter is to be one ASCII character, not ${JSON.stringify(delimiter)}`,
  )
}
