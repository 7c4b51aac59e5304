/** Options of a table over the rows of a topic or a query: columns, their types, and every mistake at its place. */
import { expect, test } from 'vitest'
import { typeName } from '../../record/type.ts'
import type { SinkRows } from '../sink.ts'
import { mapTable } from './map-table.ts'
import type { TableOptions } from './options.ts'
import { RECORDS, RESULT } from './table.test-tool.ts'

const map = (options: Partial<TableOptions>, rows: SinkRows = RESULT, keyed = false) =>
  mapTable({ table: 't', ...options }, rows, { keyed })

/** The mistakes as `option: message`. */
const mistakesOf = (...given: Parameters<typeof map>) =>
  map(...given).mistakes.map(
    ({ path, failure, isWarning }) => `${isWarning ? 'warning ' : ''}${path.join('.')}: ${failure.message}`,
  )

test('without columns, each column of the row is one of the table, and the row key is its key', () => {
  const { table, mistakes } = map({})
  expect(mistakes).toEqual([])
  expect(table.columns.map(({ name, type }) => `${name} ${typeName(type)}`)).toEqual([
    'window_start TIMESTAMP(3)',
    'window_end TIMESTAMP(3)',
    'path STRING',
    'hits BIGINT',
  ])
  // Either end of the window is enough.
  expect(table.key).toEqual([0, 2])
  expect(map({}, RECORDS).table.key).toBeUndefined()
})

test('the type of a column follows from what goes into it', () => {
  const { table, mistakes } = map({
    columns: {
      id: { row_key: 'uuid' },
      name: { row_key: 'json' },
      at: 'window_end',
      double: 'hits * 2e0',
      kind: "'realtime'",
      came: "TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'",
      offset: 'BIGINT METADATA',
      trace: "STRING METADATA FROM 'headers.trace'",
      summary: { row: 'json' },
      raw: { record: 'value' },
    },
  })
  expect(mistakes).toEqual([])
  expect(table.columns.map(({ name, type }) => `${name} ${typeName(type)}`)).toEqual([
    'id STRING',
    'name STRING',
    'at TIMESTAMP(3)',
    'double DOUBLE',
    'kind STRING',
    'came TIMESTAMP_LTZ(3)',
    'offset BIGINT',
    'trace STRING',
    'summary STRING',
    'raw STRING',
  ])
  expect(table.key).toEqual([0])
})

test('all mistakes are found at once, each at its option and its place in the SQL', () => {
  const { mistakes, table } = map({
    columns: {
      id: { row_key: 'uuid' },
      page: 'pth',
      now: 'CURRENT_TIMESTAMP',
      came: "INT METADATA FROM 'timestamp'",
      file: "STRING METADATA FROM 'file.path'",
      fine: 'hits / hits',
      many: 'COUNT(*)',
    },
    key: ['id', 'pgae', 'id'],
  })
  expect(mistakes.map(({ path, failure }) => [path.join('.'), failure.message, failure.place?.column])).toEqual([
    ['columns.page', 'there is no column pth', 1],
    ['columns.now', expect.stringContaining('a column of a table cannot use the clock'), 1],
    ['columns.came', "metadata 'timestamp' is TIMESTAMP_LTZ(3)", 1],
    ['columns.file', expect.stringContaining("metadata 'file.path' is not supported: give the topic a column"), 22],
    ['columns.many', expect.stringContaining('COUNT'), 1],
    ['key.1', 'there is no column pgae to be in the key', undefined],
    ['key.2', 'column id is in the key twice', undefined],
  ])
  expect(table.columns.map(({ name }) => name)).toEqual(['id', 'fine'])
})

test('an advice about an expression is a warning', () => {
  expect(mistakesOf({ columns: { id: { row_key: 'uuid' }, when: "UNIX_TIMESTAMP('nope')" } })).toEqual([
    expect.stringMatching(/^warning columns\.when: .*the text cannot be read so/),
  ])
})

test('a key that tells not all rows apart is refused, with both ways out', () => {
  const { mistakes } = map({ key: ['path'] })
  expect(mistakes).toHaveLength(1)
  expect(mistakes[0]).toMatchObject({
    path: ['key'],
    failure: {
      message: 'rows of paths that differ only in window_start or window_end would overwrite each other in table t',
      hint: 'Either put window_start or window_end into columns of the key, or let the key be a column id: { row_key: uuid }; or accept that the last row wins: overwrites: [window_end].',
    },
  })
  expect(mistakesOf({ key: ['path'], overwrites: 'accept' })).toEqual([])
  expect(mistakesOf({ key: ['window_start', 'path'] })).toEqual([])
})

test('rows may overwrite each other where they differ in the named columns alone, and the rest is proved', () => {
  expect(mistakesOf({ key: ['path'], overwrites: ['window_start'] })).toEqual([])
  expect(mistakesOf({ key: ['path'], overwrites: ['window_end'] })).toEqual([])
  expect(mistakesOf({ key: ['hits'], overwrites: ['window_end'] })).toEqual([
    expect.stringContaining('that differ only in path would overwrite each other'),
  ])
  expect(map({ key: ['path'], overwrites: ['window_ende'] }).mistakes).toMatchObject([
    {
      path: ['overwrites', 0],
      failure: {
        message: 'rows of paths that differ only in window_ende do not overwrite each other',
        hint: 'Did you mean window_end? Those that differ only in window_start and window_end do.',
      },
    },
  ])
  expect(mistakesOf({ key: ['window_start', 'path'], overwrites: ['path'] })).toEqual([
    expect.stringContaining('that differ only in path do not overwrite each other'),
  ])
})

test('a column of the row key counts only where it comes unchanged', () => {
  const columns = { day: 'FLOOR(window_end TO HOUR)', page: 'UPPER(path)', path: 'path', at: 'window_end' }
  expect(mistakesOf({ columns, key: ['day', 'page'] })).toEqual([
    'key: rows of paths that differ only in window_start or window_end and path would overwrite each other in table t',
  ])
  expect(mistakesOf({ columns, key: ['day', 'page', 'path', 'at'] })).toEqual([])
})

test('the key of the record of a result is its whole row key', () => {
  const columns = { name: "STRING METADATA FROM 'key'", hits: 'hits' }
  expect(map({ columns })).toMatchObject({ table: { key: [0] }, mistakes: [] })
  // In a topic it is whatever a producer has sent.
  expect(map({ columns }, RECORDS, true).table.key).toBeUndefined()
})

test('a record of a topic is named by partition and offset', () => {
  const columns = { p: "INT METADATA FROM 'partition'", o: "BIGINT METADATA FROM 'offset'", path: 'path' }
  expect(map({ columns }, RECORDS, true)).toMatchObject({ table: { key: [0, 1] }, mistakes: [] })
  // A store that can do without has no index to keep: each record is written once.
  expect(map({ columns }, RECORDS).table.key).toBeUndefined()
  expect(mistakesOf({ columns, key: ['o'] }, RECORDS)).toEqual([
    'key: rows of RAWLOG that differ only in partition would overwrite each other in table t',
  ])
  expect(mistakesOf({ columns, key: ['o'] }, { ...RECORDS, partitions: 1 })).toEqual([])
})

test('a key made of more than the row key is a warning: the row that comes again may be another one', () => {
  const columns = { at: 'window_end', path: 'path', hits: 'hits', came: "TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'" }
  const said = (name: string, i: number) =>
    `warning key.${i}: column ${name} of the key is not made of the row key alone: a row that backfill computes again, with another value there, is a second row`
  expect(mistakesOf({ columns, key: ['at', 'hits', 'path', 'came'] })).toEqual([said('hits', 1), said('came', 3)])
  expect(map({ columns, key: ['at', 'hits', 'path'] }).table.key).toEqual([0, 2, 1])
})

test('a store that wants a key is given one, or it is an error', () => {
  expect(mistakesOf({ columns: { path: 'path' } }, RESULT, true)).toEqual([
    'columns: table t needs a key, and the columns have none that tells all rows of paths apart',
  ])
  expect(mistakesOf({}, RECORDS, true)).toEqual([expect.stringContaining('table: table t needs a key')])
  expect(mistakesOf({}, RESULT, true)).toEqual([])
  expect(mistakesOf({ columns: { path: 'path' }, key: ['path'], overwrites: 'accept' }, RESULT, true)).toEqual([])
  // One column has a mistake of its own, which may be why there is no key.
  expect(mistakesOf({ columns: { path: 'pth' } }, RESULT, true)).toEqual(['columns.path: there is no column pth'])
})

// Promise: `check` warns of a key of a table with columns that are NULL in the rows of ROLLUP, CUBE and GROUPING SETS.
test('a key that some grouping sets lack', () => {
  const rows: SinkRows = { ...RESULT, nullKeys: [2] }
  const message = `column path of the key of table t is NULL in the rows of ${RESULT.from} whose grouping set lacks it: they will be dead letters`
  expect(mistakesOf({}, rows)).toEqual([`warning table: ${message}`])
  expect(mistakesOf({ key: ['window_start', 'path'] }, rows)).toEqual([`warning key: ${message}`])
  expect(mistakesOf({ columns: { id: { row_key: 'uuid' }, path: 'path' }, key: ['id'] }, rows)).toEqual([])
})
