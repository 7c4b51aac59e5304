/**
 * Any text: one column, `line`, with the bytes of the record as they are, without its line end.
 * Where a pattern says which line begins a record, it has several lines. No record is rejected.
 */
import type { Records } from '../record/column.ts'
import { STRING } from '../record/type.ts'
import { type Decoder, defineFormat, type Format } from './format.ts'
import { type MultiLineOptions, multiLine, multiLineOptions } from './multi-line/options.ts'
import { withoutCr } from './scan/record-decoder.ts'

export const lines: Format = defineFormat<MultiLineOptions>({
  name: 'lines',
  summary: 'Any text: the line as one column.',
  options: multiLineOptions,
  open(options) {
    const spanning = multiLine(options)
    return {
      fields: [{ name: 'line', type: STRING }],
      rowtime: undefined,
      skipsFirstLine: false,
      ...(spanning !== undefined && { spanning }),
      decoder: (columns) => makeDecoder(columns.length),
    }
  },
  fit: () => 0,
})

function makeDecoder(columns: number): Decoder {
  let end = new Int32Array(0)
  return (records: Records) => {
    const { bytes, start, count } = records
    if (columns > 0) {
      if (end.length < count) end = new Int32Array(count)
      for (let row = 0; row < count; row++) {
        end[row] = withoutCr(bytes, start[row] as number, records.end[row] as number)
      }
    }
    const column = { kind: 'string', bytes, start, end, nulls: undefined } as const
    return {
      count,
      columns: new Array(columns).fill(column),
      partition: 0,
      origin: undefined,
      watermark: undefined,
    }
  }
}
