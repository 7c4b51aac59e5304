/** Rows as the texts of one column, by an encoder of lines. */
import type { Encoder } from '../../format/format.ts'
import { type Batch, batchOfRows, type StringColumn } from '../../record/column.ts'

/** The lines of rows without their line ends; `constant`: of rows without columns, which no encoder writes. */
export function textColumn(encoder: Encoder, constant?: string): (batch: Batch) => StringColumn {
  let start = new Int32Array(0)
  let end = new Int32Array(0)
  return (batch) => {
    const { count, columns } = batch
    if (start.length < count) {
      start = new Int32Array(count)
      end = new Int32Array(count)
    }
    if (constant !== undefined) {
      const bytes = Buffer.from(constant)
      start.fill(0)
      end.fill(bytes.length)
      return { kind: 'string', bytes, start, end, nulls: undefined }
    }
    const bytes = encoder.encode(batchOfRows(count, columns), 0, count, end)
    for (let row = 1; row < count; row++) start[row] = (end[row - 1] as number) + 1
    return { kind: 'string', bytes, start, end, nulls: undefined }
  }
}
