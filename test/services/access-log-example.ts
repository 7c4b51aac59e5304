/** The files of examples/access-log in a folder of a test, with nginx on free ports, and the rows of its tables. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import { copyOfSite } from '../../scripts/services/nginx.ts'
import { type Environment, type Folder, folderWith } from '../cli/tailrace.ts'

export const EXAMPLE = 'examples/access-log'
/** Ten pages at most, of each minute. */
export const PARAMS: readonly string[] = ['--set', 'N=10', '--set', 'P=1m']

/** The pipeline, its overlays, and nginx in `nginx`. */
export async function exampleFolder(environment: Environment = {}): Promise<Folder> {
  const files = readdirSync(EXAMPLE).filter((name) => name.endsWith('.yaml'))
  const content = files.map((name) => [name, readFileSync(join(EXAMPLE, name))] as const)
  const folder = folderWith(Object.fromEntries(content), environment)
  await copyOfSite(folder.at('nginx'))
  return folder
}

/** A configuration of the example with other texts in it. */
export const changed = (name: string, changes: Readonly<Record<string, string>>): string =>
  Object.entries(changes).reduce(
    (conf, [from, to]) => {
      expect(conf).toContain(from)
      return conf.replaceAll(from, to)
    },
    readFileSync(join(EXAMPLE, name), 'utf8'),
  )

/** A row of a table, without what differs from run to run: when it came. Times are ISO texts. */
export type StoredRow = Readonly<Record<string, unknown>>

/** The rows of a table of the folder's database, in the order of their ids; none where there is no such table yet. */
export function rowsIn(folder: Folder, table: 'RESULTS' | 'LOG'): readonly StoredRow[] {
  using database = new DatabaseSync(folder.at('out/logspace.db'), { readOnly: true })
  const known = database.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(table)
  return known === undefined ? [] : inOrder(database.prepare(`SELECT * FROM ${table}`).all())
}

/** The same for rows that a client of another store gives. */
export const inOrder = (rows: readonly StoredRow[]): readonly StoredRow[] =>
  rows
    .map(({ created_at: _, ...row }) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
    )
    .toSorted((a, b) => (String(a.id) < String(b.id) ? -1 : 1))

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'object' && value !== null) return String(value)
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d[T ][\d:.]+Z?$/.test(value)) {
    return new Date(`${value.replace(' ', 'T').replace('Z', '')}Z`).toISOString()
  }
  return value
}

/** The requests that rows of RESULTS count, by page: of all windows together. */
export function hitsOf(
  rows: readonly StoredRow[],
  batch: 'realtime' | 'batch' = 'realtime',
): Readonly<Record<string, number>> {
  const hits: Record<string, number> = {}
  for (const row of rows) {
    if (row.batch_or_realtime !== batch) continue
    const page = String(row.processed_data)
    hits[page] = (hits[page] ?? 0) + (JSON.parse(String(row.summary)) as { hits: number }).hits
  }
  return hits
}

/** The number of requests that rows of RESULTS count. */
export const sumOf = (rows: readonly StoredRow[]): number =>
  Object.values(hitsOf(rows)).reduce((sum, hits) => sum + hits, 0)
