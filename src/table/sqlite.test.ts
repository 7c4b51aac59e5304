import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../data/data-folder.test-tool.ts'
import { BIGINT, BOOLEAN, STRING, TIMESTAMP_LTZ } from '../record/type.ts'
import { sqliteTable } from './sqlite.ts'
import type { Cell, StoredColumn, TableContext } from './table.ts'

const time: StoredColumn = { stored: 'timestamp', field: { name: 'ts', type: TIMESTAMP_LTZ } }
const count: StoredColumn = { stored: 'n', field: { name: 'n', type: BIGINT } }
const day = Date.parse('2026-05-15T00:00:00Z')
const DAY = 86_400_000

/** A database with a table LOG of the rows, in a new folder. */
function databaseOf(
  rows: readonly (readonly [timestamp: string | number | bigint | null, n: number | bigint | null])[],
) {
  const folder = temporaryFolder()
  using database = new DatabaseSync(join(folder.path, 'out.db'))
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE LOG ("timestamp", n INTEGER, "a ""b" TEXT)')
  const insert = database.prepare('INSERT INTO LOG ("timestamp", n) VALUES (?, ?)')
  database.exec('BEGIN')
  for (const row of rows) insert.run(...row)
  database.exec('COMMIT')
  return folder
}

type Reading = Partial<TableContext> & { readonly table?: string; readonly path?: string }

async function read(
  folder: string,
  { table = 'LOG', path = 'out.db', ...context }: Reading = {},
): Promise<readonly Cell[][]> {
  const columns = [time, count]
  const whole = { name: 'day_log', folder, columns, time, since: day, until: day + DAY, ...context }
  await using reader = await sqliteTable.open({ path, table }, whole)
  const rows: Cell[][] = []
  for await (const page of reader.pages()) rows.push(...page.map((row) => [...row]))
  return rows
}

test('the wanted columns of rows around the span, whatever form their times have', async () => {
  const iso = (at: number) => new Date(at).toISOString()
  using folder = databaseOf([
    [iso(day - 40 * DAY), 1],
    [iso(day), 2],
    ['2026-05-15 23:59:59+14:00', 3],
    [day + DAY - 1, 4],
    [day + 40 * DAY, 5],
    [iso(day + 40 * DAY), 6],
    [null, 7],
    [iso(day), 9_007_199_254_740_993n],
  ])
  expect((await read(folder.path)).map(([, n]) => n)).toEqual([2n, 3n, 4n, 9_007_199_254_740_993n])
  const seconds = { ...time, unit: 's' } as const
  expect(await read(folder.path, { columns: [count, seconds], time: seconds })).toEqual([
    [2n, iso(day)],
    [3n, '2026-05-15 23:59:59+14:00'],
    [9_007_199_254_740_993n, iso(day)],
  ])
})

// Promise: A report over a table of any size takes the memory of a page of it.
test('rows come page by page, and all are of the moment at which the reading began', async () => {
  using folder = databaseOf(Array.from({ length: 10_000 }, (_, n) => [day + n, n]))
  const context = { name: 'day_log', folder: folder.path, columns: [count], time: { ...time, stored: 'timestamp' } }
  await using reader = await sqliteTable.open(
    { path: 'out.db', table: 'LOG' },
    { ...context, since: day, until: day + DAY },
  )
  using writer = new DatabaseSync(join(folder.path, 'out.db'))
  const pages: number[] = []
  for await (const page of reader.pages()) {
    pages.push(page.length)
    writer.exec(`INSERT INTO LOG ("timestamp", n) VALUES (${day}, -1)`)
  }
  expect(pages).toEqual([4096, 4096, 1808])
  expect(await read(folder.path)).toHaveLength(10_003)
})

test('names are names, whatever is in them', async () => {
  using folder = databaseOf([[day, 1]])
  const odd: StoredColumn = { stored: 'a "b', field: { name: 'odd', type: STRING } }
  expect(await read(folder.path, { columns: [odd] })).toEqual([[null]])
  await expect(read(folder.path, { table: 'LOG"; DROP TABLE LOG; --' })).rejects.toThrow('has no table LOG"; DROP')
  expect(await read(folder.path)).toHaveLength(1)
})

test('what is missing is named, with what there is', async () => {
  using folder = databaseOf([])
  await expect(read(folder.path, { path: 'other.db' })).rejects.toMatchObject({
    code: 'not-found',
    message: 'table "day_log": there is no database other.db',
  })
  await expect(read(folder.path, { table: 'LOGS' })).rejects.toMatchObject({
    message: 'table "day_log": out.db has no table LOGS',
    hint: 'Did you mean "LOG"? There are: LOG.',
  })
  const ok: StoredColumn = { stored: 'okay', field: { name: 'ok', type: BOOLEAN } }
  await expect(read(folder.path, { columns: [ok] })).rejects.toMatchObject({
    message: 'table "day_log": LOG of out.db has no column okay',
    hint: 'There are: timestamp, n, a "b.',
  })
  writeFileSync(join(folder.path, 'text.db'), 'This is no database, however long it is. '.repeat(100))
  await expect(read(folder.path, { path: 'text.db' })).rejects.toMatchObject({ code: 'corrupt' })
})

test('a database that is locked is a failure that may pass', async () => {
  using folder = temporaryFolder()
  using writer = new DatabaseSync(join(folder.path, 'out.db'))
  writer.exec('CREATE TABLE LOG ("timestamp", n); BEGIN EXCLUSIVE')
  await expect(read(folder.path)).rejects.toMatchObject({ code: 'in-use', retryable: true })
})
