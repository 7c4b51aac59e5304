/**
 * Tables that a statement over files looks rows up in: those behind FOR SYSTEM_TIME AS OF. Each is read whole before the statement
 * runs, with the formats and files that any table may have; other threads get its rows.
 */
import { Failure } from '../base/failure.ts'
import type { LookupContent } from '../engine/lookup/content.ts'
import { RowStore } from '../engine/sort/row-store.ts'
import type { Field } from '../record/type.ts'
import { quote } from '../sql/bind/name.ts'
import type { Catalog, Table } from '../sql/catalog.ts'
import { parseQuery } from '../sql/syntax/parse.ts'
import type { FileQueryOptions, QueryOutcome } from './file-query.ts'
import type { TableSpec } from './table-files.ts'

/** A table with its rows; plain values, so that other threads can be sent it. */
export type ReadLookup = { readonly name: string; readonly fields: readonly Field[]; readonly content: LookupContent }

/** Runs a statement over files: passed, as running a statement and reading its tables would import each other. */
export type RunOver = (sql: string, specs: readonly TableSpec[], options: FileQueryOptions) => Promise<QueryOutcome>

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
    visit(parseQuery(sql))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
  }
  return names
}

/** Reads all rows of a table. Rejects with a Failure where it cannot be read, or takes more memory than the query may. */
export async function readLookup(spec: TableSpec, options: FileQueryOptions, run: RunOver): Promise<ReadLookup> {
  let rows: RowStore | undefined
  const { fields } = await run(`SELECT * FROM ${quote(spec.name)}`, [spec], {
    ...options,
    workers: 1,
    helper: undefined,
    opened() {},
    progress() {},
    warn() {},
    emit(batch, found) {
      rows ??= new RowStore(found)
      rows.append(batch, undefined, batch.count)
      if (rows.bytes > options.memory) throw tooLarge(spec.name)
    },
  })
  const { count, columns } = (rows ?? new RowStore(fields)).snapshot()
  return { name: spec.name, fields, content: { count, columns } }
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
