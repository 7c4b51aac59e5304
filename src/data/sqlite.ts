/**
 * A connection to a SQLite file, and its errors as Failures. The file is in WAL mode, so readers and this writer do not wait for
 * each other. A commit is in the file for every reader at once; it is durable after `syncedCommit`, or once SQLite copies the
 * WAL into the file.
 */
import type { DatabaseSync } from 'node:sqlite'
import { realPathOf } from '../base/disk/links.ts'
import { Failure, type FailureCode } from '../base/failure.ts'
import type { Duration } from '../base/quantity.ts'

/** Pages of 4 KiB in the WAL at which SQLite copies them into the file: fewer, larger syncs than its own 1000. */
const WAL_PAGES = 4000
/** Memory for pages, in KiB; SQLite's own 2 MiB are little for an index. */
const CACHE_KIB = 16 << 10

/** What tells a table of the file at `path` from all others: SQLite takes its name in any case. */
export const sqlitePlace = (path: string, table: string): string => `${realPathOf(path)} ${table.toLowerCase()}`

type SqliteError = Error & { readonly errcode?: number; readonly errstr?: string }

const BESIDE = 'Its folder has to be writable too, for the files beside it (-wal, -shm).'

/** Results of SQLite by their primary code (https://sqlite.org/rescode.html): what went wrong, and what to do. */
const TROUBLE: ReadonlyMap<number, { readonly code: FailureCode; readonly what: string; readonly hint?: string }> =
  new Map([
    [3, { code: 'denied', what: 'may not be written by this user' }],
    [5, { code: 'in-use', what: 'is locked: another program is writing to it' }],
    [6, { code: 'in-use', what: 'is locked by another statement' }],
    [8, { code: 'denied', what: 'is read-only', hint: BESIDE }],
    [10, { code: 'io', what: 'cannot be read or written' }],
    [11, { code: 'corrupt', what: 'is damaged', hint: 'sqlite3 FILE .recover saves what is left.' }],
    [13, { code: 'full', what: 'has no room: the disk is full' }],
    [14, { code: 'io', what: 'cannot be opened', hint: BESIDE }],
    [26, { code: 'corrupt', what: 'is not a SQLite database', hint: 'Take another path.' }],
  ])
const LASTING: readonly FailureCode[] = ['corrupt']
/** A row that breaks a constraint, has a value of a wrong type, or is longer than SQLite's 1 GB. */
const BAD_ROW: readonly number[] = [18, 19, 20]

const codeOf = (error: unknown): number | undefined => {
  const { errcode } = error as SqliteError
  return errcode === undefined ? undefined : errcode & 0xff
}

/** Why SQLite will never take a row; undefined where the error is about something else. */
export function badRow(error: unknown): string | undefined {
  const code = codeOf(error)
  return code !== undefined && BAD_ROW.includes(code) ? (error as SqliteError).message : undefined
}

/** The error as a Failure about the file that is called `path`; what is no error of SQLite is itself. */
export function sqliteFailure(error: unknown, path: string): unknown {
  const code = codeOf(error)
  if (code === undefined) return error
  const { message, errstr } = error as SqliteError
  const trouble = TROUBLE.get(code)
  if (trouble === undefined) return new Failure('io', `${path}: ${message}`, { cause: error })
  const { what, hint } = trouble
  const details = message === errstr || message === 'database is locked' ? '' : ` (${message})`
  const retryable = !LASTING.includes(trouble.code)
  return new Failure(trouble.code, `${path} ${what}${details}`, { hint, retryable, cause: error })
}

/** The result of `work`; an error of SQLite is thrown as a Failure. */
export function inSqlite<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw sqliteFailure(error, path)
  }
}

/**
 * Opens the file at `path`, and makes it if there is none. A statement waits for a lock of another connection as long as
 * `patience` (ms), and blocks its thread meanwhile. Throws a Failure.
 */
export function openConnection(path: string, patience: Duration): DatabaseSync {
  const sqlite = process.getBuiltinModule('node:sqlite')
  return inSqlite(path, () => {
    const database = new sqlite.DatabaseSync(path, { timeout: patience })
    try {
      database.exec(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${WAL_PAGES}; PRAGMA cache_size = -${CACHE_KIB}`,
      )
    } catch (error) {
      database.close()
      throw error
    }
    return database
  })
}

/** The outcome of `work`, whose writes are committed together, or none of them. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // Where the disk is full, or a trigger says so, SQLite has rolled back itself.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Commits `work`, which must write something, and makes it and all commits before it durable. */
export function syncedCommit(database: DatabaseSync, work: () => void): void {
  database.exec('PRAGMA synchronous = FULL')
  try {
    inTransaction(database, work)
  } finally {
    database.exec('PRAGMA synchronous = NORMAL')
  }
}

/** A name as SQL has it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Whether two names are one to SQLite: of all letters, only A to Z have no case there. */
export const isSameName = (a: string, b: string): boolean => folded(a) === folded(b)

const folded = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
