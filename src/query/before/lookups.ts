/**
 * Tables that a statement over files looks rows up in: those behind FOR SYSTEM_TIME AS OF. Each is read whole before the statement
 * runs, with the formats and files that any table may have; other threads get its rows.
 */
import { Failure } from '../../base/failure.ts'
import type { LookupContent } from '../../engine/lookup/content.ts'
import { RowStore } from '../../engine/sort/row-store.ts'
import type { Batch } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import { quote } from '../../sql/bind/name.ts'
import type { Catalog, Table } from '../../sql/catalog.ts'
import { parseScript } from '../../sql/syntax/script.ts'

/** A table with its rows; plain values, so that other threads can be sent it. */
export type ReadLookup = { readonly name: string; readonly fields: readonly Field[]; readonly content: LookupContent }

/** The names of the tables that the statement looks rows up in; none where it cannot be parsed. */
export function lookupNames(sql: string): ReadonlySet<string> {
  const names = new Set<string>()
  // Parsing twice would cost a small query more than its work.
  if (!/SYSTEM_TIME/i.test(sql)) return names
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { kind, asOf, path } = node as { kind?: string; asOf?: unknown; path?: readonly { readonly name: string }[] }
    if (kind === 'table' && asOf !== undefined) for (const { name } of path ?? []) names.add(name)
    for (const part of Object.values(node)) visit(part)
  }
  try {
    visit(parseScript(sql, () => false).query)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
  }
  return names
}

/** Runs a statement over the files of one table: its result rows go to `emit`; a batch is valid during the call. */
export type ReadAll = (
  sql: string,
  emit: (rows: Batch, fields: readonly Field[]) => void,
) => Promise<{ readonly fields: readonly Field[] }>

/** Reads all rows of a table. Rejects with a Failure where it cannot be read, or takes more memory than the query may. */
export async function readLookup(name: string, memory: number, readAll: ReadAll): Promise<ReadLookup> {
  let rows: RowStore | undefined
  const { fields } = await readAll(`SELECT * FROM ${quote(name)}`, (batch, found) => {
    rows ??= new RowStore(found)
    rows.append(batch, undefined, batch.count)
    if (rows.bytes > memory) throw tooLarge(name)
  })
  const { count, columns } = (rows ?? new RowStore(fields)).snapshot()
  return { name, fields, content: { count, columns } }
}

const tooLarge = (name: string): Failure =>
  new Failure('limit', `table ${name} is too large to look rows up in`, {
    hint: 'Let the query have more memory (--memory 8GiB), or give it a smaller file.',
  })

/** The tables of a statement, with those that it looks rows up in. Nobody has said which of their columns are a key. */
export const withLookups = (catalog: Catalog, lookups: readonly ReadLookup[]): Catalog =>
  new Map([...catalog, ...lookups.map((found): [string, Table] => [found.name, lookupTable(found)])])

const lookupTable = ({ name, fields }: ReadLookup): Table => ({
  name,
  fields,
  rowtime: undefined,
  lookup: { key: [], unique: false },
})

/** The rows of each, by name. */
export const contentsOf = (lookups: readonly ReadLookup[]): ReadonlyMap<string, LookupContent> =>
  new Map(lookups.map(({ name, content }) => [name, content]))
