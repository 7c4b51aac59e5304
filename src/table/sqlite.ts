/**
 * Reads a table of a SQLite database, which another process may be writing to.
 *
 * All rows are those of one moment: a statement reads a snapshot. In WAL mode, which the `sqlite` sink sets, nobody waits for
 * anybody; in other modes writers wait until the report has read what it needs.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import * as z from 'zod'
import { DAY_MS } from '../base/calendar.ts'
import { changedFailure, changeFailure, Failure } from '../base/failure.ts'
import { nearest } from '../base/nearest.ts'
import { inSqlite, isSameName, quoted, sqlitePlace } from '../data/sqlite.ts'
import { type EpochUnit, PER_SECOND } from '../format/declared-columns.ts'
import { type Cell, defineTable, type Page, type StoreType, type TableContext } from './table.ts'

const PAGE_ROWS = 4096
/** How long a read waits for a writer that has locked the database: everything else in this thread waits, too. */
const BUSY_MS = 500

const options = z.strictObject({ path: z.string().min(1), table: z.string().min(1) })

export const sqliteTable: StoreType = defineTable({
  name: 'sqlite',
  summary: 'Reads a table, or a view, of a SQLite database.',
  options,
  shown: ({ path, table }) => `table ${table} of ${path}`,
  place: ({ path, table }, folder) => sqlitePlace(resolve(folder, path), table),
  async open({ path, table }, context) {
    const file = resolve(context.folder, path)
    if (!existsSync(file)) {
      throw new Failure('not-found', `table "${context.name}": there is no database ${path}`, {
        hint: 'The first run of the sink that writes it makes it.',
      })
    }
    const reading = <Result>(work: () => Result) => inReading(`table "${context.name}": ${path}`, work)
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    const database = reading(() => new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS }))
    try {
      reading(() => refuseMissing(database, table, path, context))
    } catch (failure) {
      database.close()
      throw failure
    }
    return {
      pages: () => readPages(database, table, context, reading),
      async [Symbol.asyncDispose]() {
        database.close()
      },
    }
  },
})

async function* readPages(
  database: DatabaseSync,
  table: string,
  { columns, time, since, until }: TableContext,
  reading: <Result>(work: () => Result) => Result,
): AsyncGenerator<Page> {
  const names = columns.map(({ stored }) => quoted(stored)).join(', ')
  const at = quoted(time.stored)
  // Times are texts or numbers; numbers come before texts in SQLite's order, so each row fits one of these at most.
  const sql = `SELECT ${names} FROM ${quoted(table)} WHERE (${at} >= ? AND ${at} <= ?) OR (${at} >= ? AND ${at} <= ?)`
  const rows = reading(() => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    statement.setReadBigInts(true)
    return statement.iterate(...textBounds(since, until), ...numberBounds(since, until, time.unit ?? 'ms'))
  })
  for (;;) {
    const page: Cell[][] = []
    reading(() => {
      while (page.length < PAGE_ROWS) {
        const { done, value } = rows.next()
        if (done === true) break
        page.push(value as unknown as Cell[])
      }
    })
    if (page.length > 0) yield page
    if (page.length < PAGE_ROWS) return
  }
}

const LAST_DAY = Date.parse('9999-12-31')

/** Texts around the span: of the same instant, the text in another zone or with a blank for the T may come before or after. */
function textBounds(since: number, until: number): readonly [string, string] {
  const day = (time: number) =>
    new Date(Math.max(-62_167_219_200_000, Math.min(time, LAST_DAY))).toISOString().slice(0, 10)
  return [day(since - 2 * DAY_MS), `${day(until + 2 * DAY_MS)}~`]
}

function numberBounds(since: number, until: number, unit: EpochUnit): readonly [bigint, bigint] {
  const scaled = (ms: number) => (BigInt(ms) * BigInt(PER_SECOND[unit])) / 1000n
  return [scaled(since) - 1n, scaled(until) + 1n]
}

/** Throws a Failure where the database has no such table, or the table not all of the columns. */
function refuseMissing(database: DatabaseSync, table: string, path: string, { name, columns }: TableContext): void {
  const there = database.prepare('SELECT name FROM pragma_table_xinfo(?)').all(table).map(nameOf)
  if (there.length === 0) {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").all().map(nameOf)
    throw new Failure('not-found', `table "${name}": ${path} has no table ${table}`, { hint: choices(table, tables) })
  }
  // SQLite takes the name of a column in any case.
  const missing = columns.find(({ stored }) => !there.some((one) => isSameName(one, stored)))
  if (missing === undefined) return
  const message = `table "${name}": ${table} of ${path} has no column ${missing.stored}`
  throw new Failure('pipeline', message, { hint: choices(missing.stored, there) })
}

const nameOf = ({ name }: { readonly [column: string]: unknown }): string => String(name)

function choices(word: string, names: readonly string[]): string {
  const near = nearest(word, names)
  const all = names.length === 0 ? 'There are none.' : `There are: ${names.join(', ')}.`
  return near === undefined ? all : `Did you mean "${near}"? ${all}`
}

const LOCKED =
  'A process that writes to it has locked it. Ask again later; with PRAGMA journal_mode = WAL nobody would wait.'

/** The result of `work`; an error of SQLite is thrown as a Failure about `what`. */
const inReading = <Result>(what: string, work: () => Result): Result =>
  changeFailure(
    () => inSqlite(what, work),
    (failure) => (failure.code === 'in-use' ? changedFailure(failure, { hint: LOCKED }) : failure),
  )
