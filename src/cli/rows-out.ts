/** Rows on standard output, in the form that was asked for. */
import { Option } from 'commander'
import { RowStore } from '../engine/sort/row-store.ts'
import type { Encoder } from '../format/format.ts'
import { type EncoderName, makeEncoder } from '../format/write/encoders.ts'
import type { Batch } from '../record/column.ts'
import type { Field } from '../record/type.ts'

export const outputOption = (): Option =>
  new Option('-o, --output <form>', 'how rows are written').choices(['table', 'json', 'ndjson', 'csv']).default('table')

export type RowsOut = {
  write(batch: Batch, fields: readonly Field[]): void
  end(fields: readonly Field[]): Promise<void>
}

/** Rows of a table that are looked at before it is drawn, so that its columns are as wide as these need. */
const ALIGNED_ROWS = 1000

/** Writes rows as they come, and waits for nobody: what the reader of a pipe has not taken is bounded by the result. */
export function openRows(output: EncoderName): RowsOut {
  let encoder: Encoder | undefined
  let first: RowStore | undefined
  const open = (fields: readonly Field[]): Encoder => {
    if (encoder === undefined) {
      encoder = makeEncoder(output, fields)
      if (encoder.head !== undefined) process.stdout.write(encoder.head)
      if (output === 'table') first = new RowStore(fields)
    }
    return encoder
  }
  const write = (batch: Batch, fields: readonly Field[]) => {
    // A copy, because the encoder writes its next rows over these.
    process.stdout.write(open(fields).encode(batch, 0, batch.count).slice())
  }
  const writeFirst = (fields: readonly Field[]) => {
    const rows = first
    first = undefined
    if (rows !== undefined) write(rows.batch(), fields)
  }
  return {
    write(batch, fields) {
      open(fields)
      if (first === undefined) write(batch, fields)
      else if (first.append(batch, undefined, batch.count) + batch.count >= ALIGNED_ROWS) writeFirst(fields)
    },
    async end(fields) {
      const { tail } = open(fields)
      writeFirst(fields)
      if (tail !== undefined) process.stdout.write(tail)
      if (process.stdout.writableLength > 0) await new Promise((resolve) => process.stdout.once('drain', resolve))
    },
  }
}
