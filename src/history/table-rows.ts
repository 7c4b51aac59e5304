/** Reads a table of a store for a query over a span: page by page, as records that the decoder of the table reads. */
import { setImmediate } from 'node:timers/promises'
import { assert } from '../base/assert.ts'
import { refuseStopped } from '../base/turns.ts'
import type { KeptRecords } from '../format/format.ts'
import type { CheckedTable } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import { openRowsAsJson } from '../table/rows-as-json.ts'
import type { StoredColumn } from '../table/table.ts'

type Reading = {
  readonly span: Span
  /** Folder that relative paths of the table's options start from. */
  readonly folder?: string
  /** Once aborted, the reading ends with a Failure ('in-use'). */
  readonly stop?: AbortSignal | undefined
}

/**
 * Hands over the rows of the wanted columns, by index, and of the column of event time: all rows of the span, and perhaps
 * others. Rejects with the Failure of the store.
 */
export async function readTable(
  table: CheckedTable,
  wanted: readonly number[],
  { span, folder = '.', stop }: Reading,
  take: (rows: KeptRecords) => void,
): Promise<void> {
  const { name, type, options, rowtime } = table
  const column = (index: number): StoredColumn => {
    const found = table.columns[index]
    assert(found !== undefined, `table ${name} has a column ${index}`)
    return found
  }
  const time = column(rowtime)
  const columns = [...new Set([...wanted, rowtime])].map(column)
  const asRecords = openRowsAsJson(columns)
  await using reader = await type.open(options, { name, folder, columns, time, ...span })
  let baseOffset = 0
  for await (const page of reader.pages()) {
    refuseStopped(stop)
    take({ baseOffset, values: asRecords(page), keys: undefined, timestamps: new Float64Array(page.length) })
    baseOffset += page.length
    await setImmediate()
  }
}
