/**
 * Finds the columns of CSV, where they are not declared, in a sample: names in the head, types in the rows, as in `json/found.ts`.
 * Numbers with leading zeros are text (post codes, ids). A row has as many fields as most rows of the sample: where the head
 * names more columns, the last ones are NULL.
 */
import type { Records } from '../../record/column.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import { type Kind, kindOfNumber, kindOfText, typeOfKinds } from '../json/found.ts'
import { NUMBER } from '../scan/exact-number.ts'
import { columnNames, NAME } from './head.ts'
import { fieldsOf } from './reader.ts'

const MOST_RECORDS = 1000

/** Columns, and the fewest fields that a row may have. */
export type CsvFound = { readonly columns: readonly DeclaredColumn[]; readonly fewest: number }

/** Names and types of the columns of a sample. A field that is `nullText` says nothing about the type. */
export function findCsvColumns(
  sample: Records | undefined,
  delimiter: number,
  hasHead: boolean,
  nullText: string | undefined,
): CsvFound {
  const rows = sampleRows(sample, delimiter)
  const head = hasHead ? (rows.shift() ?? []) : []
  const usual = usualLength(rows) ?? head.length
  const kinds = Array.from({ length: Math.max(head.length, usual) }, () => new Set<Kind>())
  for (const row of rows) {
    row.forEach((text, i) => {
      const seen = kinds[i]
      // One text makes the column a STRING.
      if (seen !== undefined && !seen.has('text') && text !== '' && text !== nullText) seen.add(kindOf(text))
    })
  }
  const names = columnNames(head, kinds.length)
  const columns = kinds.map((seen, i) => ({
    field: { name: names[i] as string, type: typeOfKinds(seen) },
    isFound: true as const,
  }))
  return { columns, fewest: Math.min(usual, columns.length) }
}

/** The share of the sample that is rows of more than one field after a head of names; 0 without such a head. */
export function csvFit(sample: Records, delimiter: number): number {
  const [head, ...rows] = sampleRows(sample, delimiter)
  if (head === undefined || head.length < 2 || rows.length === 0) return 0
  // A column may have no name (the index of a data frame), or that of another one.
  const named = head.filter((name) => name.trim() !== '')
  if (2 * named.length < head.length || !named.every((name) => NAME.test(name))) return 0
  const usual = usualLength(rows) ?? 0
  const fitting = rows.filter((row) => row.length === usual).length
  return usual < 2 || usual > head.length ? 0 : (0.98 * fitting) / (Math.min(sample.count, MOST_RECORDS) - 1)
}

function sampleRows(sample: Records | undefined, delimiter: number): string[][] {
  const rows: string[][] = []
  if (sample === undefined) return rows
  for (let i = 0; i < Math.min(sample.count, MOST_RECORDS); i++) {
    const fields = fieldsOf(sample.bytes.subarray(sample.start[i], sample.end[i]), delimiter)
    if (fields !== undefined) rows.push(fields)
  }
  return rows
}

/** The number of fields that most rows have; of equally frequent ones, the first in the sample. */
function usualLength(rows: readonly (readonly string[])[]): number | undefined {
  const counts = new Map<number, number>()
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1)
  const [usual] = [...counts].sort(([, a], [, b]) => b - a)
  return usual?.[0]
}

function kindOf(text: string): Kind {
  const word = text.replace(/^ +| +$/g, '')
  if (NUMBER.test(word)) return kindOfNumber(word)
  return /^(?:true|false)$/i.test(text) ? 'boolean' : kindOfText(text)
}
