/** What `--fresh` does to tables of a SQLite file, also where it is interrupted between its steps. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { CREATE_OWN_TABLES, dropTable, forgetPositions, planTable, tableBefore } from './table-positions.ts'

const scratch = mkdtempSync(join(tmpdir(), 'tailrace-tables-'))
let files = 0
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const OURS = { path: '/d', id: 'ours', host: 'here' }

/** A file that pipelines have written to: table `log`, with two rows, by the data folders `writers`. */
function written(writers: readonly string[], more = ''): string {
  const path = join(scratch, `${++files}.db`)
  using database = new DatabaseSync(path)
  database.exec(`CREATE TABLE Log (x TEXT); INSERT INTO log VALUES ('a'), ('b'); ${CREATE_OWN_TABLES}; ${more}`)
  for (const writer of writers) {
    database.exec(`INSERT INTO tailrace_positions VALUES ('${writer}', 's', 0, 2, 'pipeline of ${writer}', 'log')`)
    database.exec(`INSERT INTO tailrace_refused VALUES ('${writer}', 's', 0, 1, 'bad')`)
  }
  return path
}
const before = (path: string, change: object = {}) => ({
  path,
  table: 'log',
  wasThere: false,
  hadFile: false,
  ...change,
})
const ownersIn = (path: string) => {
  using database = new DatabaseSync(path)
  return database.prepare('SELECT data FROM tailrace_positions UNION SELECT data FROM tailrace_refused').all()
}

test('a table and a file are looked at before they are made', () => {
  const path = join(scratch, 'none.db')
  expect(tableBefore(path, 'log')).toEqual({ path, table: 'log', wasThere: false, hadFile: false })
  const there = written([])
  expect(tableBefore(there, 'LOG')).toMatchObject({ wasThere: true, hadFile: true })
  expect(tableBefore(there, 'other')).toMatchObject({ wasThere: false, hadFile: true })
  expect(existsSync(path)).toBe(false)
})

test('a table that only this data folder writes is dropped, and the file removed with what SQLite has beside it', () => {
  const path = written(['ours'])
  expect(planTable(before(path), OURS)).toEqual({ kind: 'dropped', rows: 2, ...before(path) })
  dropTable(before(path), OURS)
  expect(readdirSync(scratch).filter((name) => name.startsWith(`${files}.`))).toEqual([])
  // The next start plans the rest: nothing.
  expect(planTable(before(path), OURS)).toBeUndefined()
  forgetPositions(path, OURS)
  expect(existsSync(path)).toBe(false)
})

test.each([
  ['another table', ['ours'], 'CREATE TABLE mine (x)', {}],
  [
    'positions of another pipeline',
    ['ours'],
    "INSERT INTO tailrace_positions VALUES ('b', 's', 0, 2, 'b', 'other')",
    {},
  ],
  ['the file before', ['ours'], '', { hadFile: true }],
])('a file with %s is kept, without the table and its positions', (_, writers, more, change) => {
  const path = written(writers, more)
  dropTable(before(path, change), OURS)
  expect(tableBefore(path, 'log')).toMatchObject({ wasThere: false, hadFile: true })
  expect(ownersIn(path).some(({ data }) => data === 'ours')).toBe(false)
  expect(planTable(before(path), OURS)).toBeUndefined()
})

test('a table that was there, or that another data folder writes, is kept with the reason, and without our positions', () => {
  const shared = written(['ours', 'theirs'])
  expect(planTable(before(shared), OURS)).toEqual({
    kind: 'kept',
    path: `${shared}, table log`,
    why: 'pipeline pipeline of theirs of another data folder writes to it, too',
  })
  expect(planTable(before(shared, { wasThere: true }), OURS)).toMatchObject({
    why: expect.stringContaining('it was there before'),
  })
  forgetPositions(shared, OURS)
  expect(ownersIn(shared)).toEqual([{ data: 'theirs' }])
  expect(tableBefore(shared, 'log')).toMatchObject({ wasThere: true })
})
