/** Rows of an endless answer as text that is written as they come: nothing is held back to align columns. */
import { type EncoderName, makeEncoder } from '../../format/write/encoders.ts'
import type { Batch } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import { openRowTable, openVerticalRows } from '../../terminal/row-table.ts'

/** A JSON array would never end. */
export const LIVE_FORMS = ['table', 'ndjson', 'csv', 'vertical'] as const
export type LiveForm = (typeof LIVE_FORMS)[number]

export type LiveRowsOptions = {
  readonly hasHeader: boolean
  /** Cells of a line of the terminal at this moment; undefined: the text is for a file or a pipe. */
  width(): number | undefined
}

/** What makes the text, or the bytes, of rows that come next. */
export function openLiveRows(
  form: LiveForm,
  fields: readonly Field[],
  { hasHeader, width }: LiveRowsOptions,
): (batch: Batch) => string | Uint8Array {
  switch (form) {
    case 'table':
      return fittingTable(fields, { hasHeader, width })
    case 'vertical':
      return openVerticalRows(fields, { hasHeader }).textOf
    default:
      return encoded(form, fields, hasHeader)
  }
}

/** A terminal with another width gets the table anew, with its names. */
function fittingTable(fields: readonly Field[], { hasHeader, width }: LiveRowsOptions): (batch: Batch) => string {
  let at = width()
  let table = openRowTable(fields, { width: at, hasHeader })
  return (batch) => {
    const now = width()
    if (now !== at) {
      at = now
      table = openRowTable(fields, { width: at, hasHeader })
    }
    return table.textOf(batch)
  }
}

function encoded(form: EncoderName, fields: readonly Field[], hasHeader: boolean): (batch: Batch) => Uint8Array {
  const encoder = makeEncoder(form, fields)
  let head = hasHeader ? encoder.head : undefined
  return (batch) => {
    const parts = [...(head === undefined ? [] : [head]), encoder.encode(batch, 0, batch.count)]
    head = undefined
    // A copy: the encoder writes its next rows over these.
    return Buffer.concat(parts)
  }
}
