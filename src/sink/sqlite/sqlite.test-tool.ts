/** The SQLite sink in folders of its own, for tests: what it gets, and what is in the file afterwards. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSinkAt } from '../../../test/contract/sink.ts'
import type { Delivery, Sink, SinkContext, SinkType } from '../sink.ts'
import { deliveryOfRows, RESULT } from '../table/table.test-tool.ts'
import { sqliteWith } from './sqlite.ts'
import { SqliteWriter } from './writer.ts'

const scratch = mkdtempSync(join(tmpdir(), 'tailrace-sqlite-'))
let folders = 0
/** A folder that does not exist yet. */
export const newFolder = (): string => join(scratch, String(++folders))
/** Removes the folders of all tests. */
export const removeFolders = (): void => rmSync(scratch, { recursive: true, force: true })

/** What a statement gives in the file of a folder. */
export function ask(folder: string, sql: string, file = 'out.db'): readonly Record<string, unknown>[] {
  if (!existsSync(join(folder, file))) return []
  using database = new DatabaseSync(join(folder, file))
  return database.prepare(sql).all()
}

/** The sink without a thread, as a test opens it hundreds of times. What is posted is copied as a thread would copy it. */
export const unthreaded: SinkType = sqliteWith(async (options) => {
  const writer = new SqliteWriter(structuredClone(options))
  return {
    write: async (request) => structuredClone(writer.write(structuredClone(request))),
    flush: async () => writer.flush(),
    close: async () => writer.close(),
  }
})

/** Rows of the query `paths` at minutes after 1970, with a number of hits. */
export const hits = (
  baseOffset: number,
  ...rows: readonly (readonly [minute: number, path: string | null, hits: bigint])[]
): Delivery =>
  deliveryOfRows(
    rows.map(([minute, path, count]) => [minute * 60_000 - 60_000, minute * 60_000, path, count]),
    { baseOffset },
  )

/** Opens the sink of the rows of `paths` in a folder. */
export const openPaths = (folder: string, options: object = {}, context: Partial<SinkContext> = {}): Promise<Sink> =>
  openSinkAt(unthreaded, { options: { path: 'out.db', table: 'paths', ...options }, folder }, { ...RESULT, ...context })

/** Columns that tell not all rows apart, so the table has no key. */
export const KEYLESS: { readonly [column: string]: string } = {
  path: 'path',
  hits: 'hits',
  window_end: 'FLOOR(window_end TO MINUTE)',
}

/** Makes the file of a folder beforehand. */
export function made(sql: string): string {
  const folder = newFolder()
  mkdirSync(folder, { recursive: true })
  using database = new DatabaseSync(join(folder, 'out.db'))
  database.exec(sql)
  return folder
}

/** Paths and hits of the rows, by their windows. */
export const pathsIn = (folder: string): readonly string[] =>
  ask(folder, 'SELECT path, hits FROM paths ORDER BY window_end, path').map(({ path, hits }) => `${path} ${hits}`)
