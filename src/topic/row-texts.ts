/** Rows as the texts that a topic of results would have of them. */

import type { Batch } from '../record/column.ts'
import { recordText } from '../record/records.ts'
import type { Field } from '../record/type.ts'
import { rowEncoder } from './row-records.ts'

/** What becomes of a row: a text in JSON; of a key that is deleted, null. */
export type RowText = { readonly key: string | null; readonly row: string | null }

/** Turns batches into the texts of their rows. */
export function openRowTexts(
  fields: readonly Field[],
  rowKey?: readonly number[] | undefined,
): (batch: Batch) => readonly RowText[] {
  const encode = rowEncoder(fields, rowKey)
  return (batch) => {
    const { values, keys, nulls } = encode(batch, 0)
    const rows = Array.from({ length: values.count }, (_, row) => ({
      key: keys === undefined ? null : recordText(keys, row),
      row: nulls?.[row] === 1 ? null : recordText(values, row),
    }))
    values.lease?.release()
    return rows
  }
}
