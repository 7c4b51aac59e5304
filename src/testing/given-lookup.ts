/** A lookup table whose content a test gives: rows, or a file. The file that the pipeline names is not read. */
import * as z from 'zod'
import { digestOf } from '../data/table-contents.ts'
import type { CheckedLookup } from '../pipeline/checked.ts'
import type { ExpectedRow } from '../pipeline/expect/expected-rows.ts'
import { decodeTable } from '../table/lookup/decode.ts'
import { defineLookup } from '../table/lookup/lookup.ts'
import { openRowsAsJson } from '../table/rows-as-json.ts'
import { cellOfStore } from './given-table.ts'

export type GivenLookup = {
  /** The table with what the test gives it, which is nothing at first. */
  readonly checked: CheckedLookup
  giveRows(rows: readonly ExpectedRow[]): void
  /** The content of a file, in the table's own format. */
  giveFile(bytes: Uint8Array): void
}

/** The table of a test in place of one of the pipeline. */
export function openGivenLookup(own: CheckedLookup): GivenLookup {
  const columns = own.columns.map(({ field, unit }) => ({ stored: field.name, field, unit }))
  const toJson = openRowsAsJson(columns)
  /** The contents that are rows of a test, as JSON. */
  const rowsOfTest = new Set<string>()
  let content: Uint8Array = new Uint8Array(0)
  let number = 0
  const give = (bytes: Uint8Array) => {
    content = bytes
    number++
  }
  const giveRows = (rows: readonly ExpectedRow[]) => {
    const { bytes, start, end, count } = toJson(
      rows.map((row) => columns.map(({ field }) => cellOfStore(row.get(field.name), field.type))),
    )
    const lines = Array.from(
      { length: count },
      (_, i) => `${Buffer.from(bytes.subarray(start[i], end[i])).toString()}\n`,
    )
    const text = Buffer.from(lines.join(''))
    rowsOfTest.add(digestOf(text))
    give(text)
  }
  giveRows([])
  const type = defineLookup<unknown>({
    name: 'test',
    summary: 'Has the content that a test gives it.',
    options: z.unknown(),
    shown: () => `table ${own.name} of the test`,
    pollMs: () => own.type.pollMs(own.options),
    form: () => undefined,
    look: () => String(number),
    read: async () => content,
    async decode(bytes, options, context) {
      if (!rowsOfTest.has(digestOf(bytes))) return await own.type.decode(bytes, options, context)
      const declared = columns.map(({ field, unit }) => ({ field, ...(unit !== undefined && { unit }) }))
      return decodeTable(bytes, { path: 'the rows of the test', format: 'json' }, { ...context, columns: declared })
    },
  })
  return { checked: { ...own, type }, giveRows, giveFile: give }
}
