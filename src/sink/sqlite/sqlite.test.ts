/** The SQLite sink: every row once through any end, rows that it refuses, and files that are not as they should be. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { deliveryOf } from '../../../test/contract/made-deliveries.ts'
import { deliveredSinkContract, openSinkAt, type SinkTarget, sinkContract } from '../../../test/contract/sink.ts'
import { sqliteWith } from './sqlite.ts'
import { SqliteWriter } from './writer.ts'

const scratch = mkdtempSync(join(tmpdir(), 'tailrace-sqlite-'))
let folders = 0
const newFolder = () => join(scratch, String(++folders))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** What a statement gives in the file of a folder. */
function ask(folder: string, sql: string, file = 'out.db'): readonly Record<string, unknown>[] {
  if (!existsSync(join(folder, file))) return []
  using database = new DatabaseSync(join(folder, file))
  return database.prepare(sql).all()
}

const textsIn = (folder: string): readonly string[] =>
  ask(folder, "SELECT name FROM sqlite_schema WHERE name = 'log'").length === 0
    ? []
    : ask(folder, 'SELECT text FROM log').map(({ text }) => String(text))

/** The sink without a thread, as a test opens it hundreds of times. What is posted is copied as a thread would copy it. */
const unthreaded = sqliteWith(async (options) => {
  const writer = new SqliteWriter(structuredClone(options))
  return {
    write: async (request) => structuredClone(writer.write(structuredClone(request))),
    flush: async () => writer.flush(),
    close: async () => writer.close(),
  }
})

/** A target of these options in a folder of its own. */
async function start(options: object = {}): Promise<SinkTarget> {
  const folder = newFolder()
  return {
    options: { path: 'out.db', table: 'log', ...options },
    folder,
    stored: async () => textsIn(folder),
  }
}

// Holds append-once.
sinkContract(unthreaded, 'rows', start)
deliveredSinkContract(unthreaded, start)
