/** Rows on standard output, in the form that was asked for. */
import { Option } from 'commander'
import { RowStore } from '../engine/sort/row-store.ts'
import { type EncoderName, makeEncoder } from '../format/write/encoders.ts'
import type { Batch } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import { openRowTable } from '../terminal/table.ts'
import { harmlessOn } from '../terminal/text.ts'

/** How rows are written to standard output. */
export type OutputForm = EncoderName | 'table'

/** The option `-o`. */
export const outputOption = (): Option =>
  new Option('-o, --output <form>', 'how rows are written').choices(['table', 'json', 'ndjson', 'csv']).default('table')

/** Rows that a command writes to standard output. */
export type RowsOut = {
  write(batch: Batch, fields: readonly Field[]): void
  end(fields: readonly Field[]): Promise<void>
}

/** Rows of a table that are looked at before it is drawn, so that its columns are as wide as these need. */
const ALIGNED_ROWS = 1000

/** Writes rows as they come and waits for no reader: the result bounds the bytes that a pipe has not taken. */
export function openRows(form: OutputForm): RowsOut {
  let open: FormOut | undefined
  const opened = (fields: readonly Field[]) => (open ??= form === 'table' ? openTable(fields) : openBytes(form, fields))
  return {
    write: (batch, fields) => opened(fields).write(batch),
    async end(fields) {
      opened(fields).end()
      if (process.stdout.writableLength > 0) await new Promise((resolve) => process.stdout.once('drain', resolve))
    },
  }
}

type FormOut = { write(batch: Batch): void; end(): void }

function openBytes(name: EncoderName, fields: readonly Field[]): FormOut {
  const encoder = makeEncoder(name, fields)
  const put = (bytes: Uint8Array) => void process.stdout.write(harmlessOn(process.stdout, bytes))
  if (encoder.head !== undefined) put(encoder.head)
  return {
    // A copy, because the encoder writes its next rows over these.
    write: (batch) => put(encoder.encode(batch, 0, batch.count).slice()),
    end: () => void (encoder.tail !== undefined && put(encoder.tail)),
  }
}

function openTable(fields: readonly Field[]): FormOut {
  const textOf = openRowTable(fields)
  let first: RowStore | undefined = new RowStore(fields)
  const writeFirst = () => {
    const rows = first
    first = undefined
    if (rows !== undefined) process.stdout.write(textOf(rows.batch()))
  }
  return {
    write(batch) {
      if (first === undefined) process.stdout.write(textOf(batch))
      else if (first.append(batch, undefined, batch.count) + batch.count >= ALIGNED_ROWS) writeFirst()
    },
    end: writeFirst,
  }
}
