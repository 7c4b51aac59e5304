/**
 * Reads a table of an SQLite database, which another process may be writing to.
 *
 * All rows are those of one moment: a statement reads a snapshot. In WAL mode, which the `sqlite` sink sets, nobody waits for
 * anybody; in other modes writers wait until the report has read what it needs.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import * as z from 'zod'
import { DAY_MS } from '../base/calendar.ts'
import { Failure } from '../base/failure.ts'
import { nearest } from '../base/nearest.ts'
import type { EpochUnit } from '../format/declared-columns.ts'
import { type Cell, defineTable, type Page, type TableContext, type TableType } from './table.ts'

const PAGE_ROWS = 4096
/** How long a read waits for a writer that has locked the database: everything else in this thread waits, too. */
const BUSY_MS = 500

const options = z.strictObject({ path: z.string().min(1), table: z.string().min(1) })

export const sqliteTable: TableType = defineTable({
  name: 'sqlite',
  summary: 'Reads a table, or a view, of an SQLite database.',
  options,
  shown: ({ path, table }) => `table ${table} of ${path}`,
  async open({ path, table }, context) {
    const file = resolve(context.folder, path)
    if (!existsSync(file)) {
      throw new Failure('not-found', `table "${context.name}": there is no database ${path}`, {
        hint: 'The first run of the sink that writes it makes it.',
      })
    }
    const trouble = (cause: unknown) => troubleOf(cause, `table "${context.name}" of ${path}`)
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    const database = attempted(() => new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS }), trouble)
    try {
      attempted(() => refuseMissing(database, table, path, context), trouble)
    } catch (failure) {
      database.close()
      throw failure
    }
    return {
      pages: () => readPages(database, table, context, trouble),
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
  trouble: (cause: unknown) => unknown,
): AsyncGenerator<Page> {
  const names = columns.map(({ stored }) => quoted(stored)).join(', ')
  const at = quoted(time.stored)
  // Times are texts or numbers; numbers come before texts in SQLite's order, so each row fits one of these at most.
  const sql = `SELECT ${names} FROM ${quoted(table)} WHERE (${at} >= ? AND ${at} <= ?) OR (${at} >= ? AND ${at} <= ?)`
  const rows = attempted(() => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    statement.setReadBigInts(true)
    return statement.iterate(...textBounds(since, until), ...numberBounds(since, until, time.unit ?? 'ms'))
  }, trouble)
  for (;;) {
    const page: Cell[][] = []
    attempted(() => {
      while (page.length < PAGE_ROWS) {
        const { done, value } = rows.next()
        if (done === true) break
        page.push(value as unknown as Cell[])
      }
    }, trouble)
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

const PER_MS: { readonly [unit in EpochUnit]: number } = { s: 0.001, ms: 1, us: 1000, ns: 1_000_000 }

function numberBounds(since: number, until: number, unit: EpochUnit): readonly [bigint, bigint] {
  const factor = PER_MS[unit]
  const scaled = (ms: number) => (factor < 1 ? BigInt(Math.trunc(ms * factor)) : BigInt(ms) * BigInt(factor))
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
  const missing = columns.find(({ stored }) => !there.some((one) => one.toLowerCase() === stored.toLowerCase()))
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

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

function attempted<Result>(work: () => Result, trouble: (cause: unknown) => unknown): Result {
  try {
    return work()
  } catch (cause) {
    throw trouble(cause)
  }
}

/** SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const BUSY = [5, 6]
const DAMAGED = [11, 26]

/** What went wrong, in words; our own bugs stay what they are. */
function troubleOf(cause: unknown, what: string): unknown {
  const { code, errcode = 0, message = '' } = cause as { code?: string; errcode?: number; message?: string }
  if (code !== 'ERR_SQLITE_ERROR') return cause
  const primary = errcode & 0xff
  if (BUSY.includes(primary)) {
    const hint =
      'A process that writes to it has locked it. Ask again later; with PRAGMA journal_mode = WAL nobody would wait.'
    return new Failure('in-use', `${what} cannot be read: ${message}`, { hint, retryable: true, cause })
  }
  if (DAMAGED.includes(primary)) return new Failure('corrupt', `${what} cannot be read: ${message}`, { cause })
  return new Failure('io', `${what} cannot be read: ${message}`, { cause })
}
