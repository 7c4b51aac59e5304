/**
 * How far each sink has written, in the very SQLite database that it writes to: a position is committed together with its rows.
 *
 *   tailrace_positions   data, sink, part   which data folder, sink and partition
 *                        next               the offset of the next record
 *                        pipeline, target   of which pipeline, and into which table
 *   tailrace_refused     data, sink, part, "offset", reason
 *                        rows that SQLite refused. A row that comes again is refused again, for its dead letter may not have
 *                        been durable. Rows from before the last checkpoint are removed.
 *
 * `run --fresh` drops a table that only this pipeline made and wrote, and its positions.
 */
import { existsSync, unlinkSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import type { Duration } from '../base/quantity.ts'
import type { FolderIdentity } from './identity.ts'
import { inSqlite, inTransaction, openConnection, quoted } from './sqlite.ts'

/** The tables that tailrace makes for itself. */
export const OWN_TABLES: readonly string[] = ['tailrace_positions', 'tailrace_refused']

/** Makes them where they are not there. */
export const CREATE_OWN_TABLES = `
CREATE TABLE IF NOT EXISTS tailrace_positions (
  data TEXT NOT NULL, sink TEXT NOT NULL, part INTEGER NOT NULL, next INTEGER NOT NULL,
  pipeline TEXT NOT NULL, target TEXT NOT NULL,
  PRIMARY KEY (data, sink, part)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tailrace_refused (
  data TEXT NOT NULL, sink TEXT NOT NULL, part INTEGER NOT NULL, "offset" INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (data, sink, part, "offset")
) STRICT, WITHOUT ROWID`

/** How long `--fresh` waits for a lock. */
const PATIENCE_MS = 5000
/** How long a look waits, while everything else does, too. */
const LOOK_MS = 200

/** A table of a SQLite file before the pipeline first wrote to it. */
export type TableBefore = {
  readonly path: string
  readonly table: string
  readonly wasThere: boolean
  /** Whether the file was there. */
  readonly hadFile: boolean
}

/** What `--fresh` does to a table: drops it, with this number of rows, or leaves it. */
export type RestoredTable =
  | ({ readonly kind: 'dropped'; readonly rows: number } & TableBefore)
  | { readonly kind: 'kept'; readonly path: string; readonly why: string }

/** What is there of a table now. Throws a Failure where the file cannot be read. */
export function lookAtTable(path: string, table: string): TableBefore {
  const hadFile = existsSync(path)
  const wasThere = hadFile && withDatabase(path, (database) => hasTable(database, table), LOOK_MS)
  return { path, table, wasThere, hadFile }
}

/** By what the positions of a data folder are known. */
export const dataIdOf = ({ id, host, path }: FolderIdentity): string => id ?? `${host}:${path}`

/** What `--fresh` would do to the table; undefined: it is not there. Throws a Failure where the file cannot be read. */
export function planTable(before: TableBefore, data: FolderIdentity): RestoredTable | undefined {
  const { path, table, wasThere } = before
  if (!existsSync(path)) return undefined
  return withDatabase(path, (database) => {
    if (!hasTable(database, table)) return undefined
    const kept = (why: string): RestoredTable => ({ kind: 'kept', path: `${path}, table ${table}`, why })
    if (wasThere)
      return kept('it was there before, so its rows stay; remove those of the pipeline there, or they come again')
    const others = hasTable(database, 'tailrace_positions')
      ? database
          .prepare('SELECT DISTINCT pipeline FROM tailrace_positions WHERE lower(target) = lower(?) AND data <> ?')
          .all(table, dataIdOf(data))
          .map(({ pipeline }) => String(pipeline))
      : []
    if (others.length > 0) return kept(`pipeline ${others.join(', ')} of another data folder writes to it, too`)
    const rows = database.prepare(`SELECT COUNT(*) AS many FROM ${quoted(table)}`).get()
    return { ...before, kind: 'dropped', rows: Number(rows?.many) }
  })
}

/** Drops the table, and removes the file where the pipeline made it and nothing else is in it. Can be repeated. */
export function dropTable({ path, table, hadFile }: TableBefore, data: FolderIdentity): void {
  const isEmpty = withDatabase(path, (database) => {
    inTransaction(database, () => {
      database.exec(`DROP TABLE IF EXISTS ${quoted(table)}`)
      forget(database, data)
    })
    const left = database.prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'").all()
    return left.every(({ name }) => OWN_TABLES.includes(String(name))) && !hasPositions(database)
  })
  if (isEmpty && !hadFile) unlinkSync(path)
}

/** Removes the positions of a data folder from a file, if it is there. */
export function forgetPositions(path: string, data: FolderIdentity): void {
  if (!existsSync(path)) return
  withDatabase(path, (database) => inTransaction(database, () => forget(database, data)))
}

function forget(database: DatabaseSync, data: FolderIdentity): void {
  for (const own of OWN_TABLES.filter((name) => hasTable(database, name))) {
    database.prepare(`DELETE FROM ${own} WHERE data = ?`).run(dataIdOf(data))
  }
}

const hasPositions = (database: DatabaseSync): boolean =>
  hasTable(database, 'tailrace_positions') && database.prepare('SELECT 1 FROM tailrace_positions').get() !== undefined

const hasTable = (database: DatabaseSync, name: string): boolean =>
  database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE").get(name) !==
  undefined

function withDatabase<Result>(
  path: string,
  work: (database: DatabaseSync) => Result,
  patience: Duration = PATIENCE_MS,
): Result {
  const database = openConnection(path, patience)
  try {
    return inSqlite(path, () => work(database))
  } finally {
    database.close()
  }
}
