/**
 * One JSON object a record. Columns are declared, each with the path of its member, or found in the sample.
 *
 * The bytes are read once and checked in full; members without a column are skipped. A record that is not JSON, or has a
 * member that is not of its column's type, is a reject.
 */
import type { DeclaredColumn, Decoder, Format } from '../format.ts'
import { parsedDecoder } from '../scan/parsed-blocks.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import { findJsonColumns, noColumns } from './found.ts'
import { openJsonKernel } from './kernel.ts'
import { Member } from './members.ts'
import { JsonReader } from './reader.ts'
import { unescapeJson } from './unescape.ts'

export const json: Format = {
  name: 'json',
  summary: 'One JSON object a line; columns are declared with their paths, or found in the first lines.',
  takes: ['columns'],
  open(options, sample) {
    if (options.columns === undefined && sample === undefined) throw noColumns('json')
    const declared = options.columns ?? findJsonColumns(sample)
    return {
      fields: declared.map((column) => column.field),
      declared,
      rowtime: undefined,
      skipsFirstLine: false,
      decoder: (columns) => makeDecoder(declared, columns),
    }
  },
  fit(sample) {
    const decode = makeDecoder([], [])
    return sample.count === 0 ? 0 : decode(sample, { add: () => undefined }).count / sample.count
  },
}

function makeDecoder(declared: readonly DeclaredColumn[], wanted: readonly number[]): Decoder {
  return parsedDecoder(declared, wanted, (columns, scratch) => {
    const root = new Member('')
    declared.forEach(({ field, path }, i) => {
      root.add(path ?? [field.name], columns[i] as ParsedColumn)
    })
    return {
      reader: new JsonReader(root, scratch),
      open: (capacity) => openJsonKernel(root, columns, capacity),
      plainText: unescapeJson,
    }
  })
}
