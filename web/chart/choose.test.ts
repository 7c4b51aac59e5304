import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ChartWish, choose, kindsFor, latestRows } from './choose.ts'
import { type ChartColumn, type ChartRow, rolesOf } from './columns.ts'

const start: ChartColumn = { name: 'window_start', type: 'TIMESTAMP(3)', window: 'start', isKey: true }
const end: ChartColumn = { name: 'window_end', type: 'TIMESTAMP(3)', window: 'end', isKey: true }
const name = (text: string, type = 'STRING'): ChartColumn => ({ name: text, type, isKey: true })
const number = (text: string, type = 'BIGINT'): ChartColumn => ({ name: text, type, isKey: false })
const minute = (index: number): string => new Date(Date.UTC(1995, 6, 1, 0, index)).toISOString().slice(0, 23)
/** A row for each minute and name. */
const rowsOf = (minutes: number, names: readonly string[], column = 'path'): ChartRow[] =>
  Array.from({ length: minutes }, (_, index) =>
    names.map((text) => ({ window_start: minute(index), window_end: minute(index + 1), [column]: text, hits: index })),
  ).flat()
const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `/page/${index}`)

test('numbers of windows are lines over time, those of one unit together', () => {
  const columns = [start, end, number('failed'), number('requests'), number('sent_bytes'), number('avg_ms', 'DOUBLE')]
  expect(choose(columns, rowsOf(5, ['x']))).toEqual({
    kind: 'time',
    x: 'window_start',
    y: ['failed', 'requests'],
    series: [],
  })
})

test('a few names in windows are a line each, many are a heat map', () => {
  const columns = [start, end, name('path'), number('hits')]
  expect(choose(columns, rowsOf(5, numbered(4)))).toMatchObject({ kind: 'time', y: ['hits'], series: ['path'] })
  expect(choose(columns, rowsOf(5, numbered(40)))).toMatchObject({
    kind: 'heat',
    x: 'window_start',
    series: ['path'],
  })
})

test('a Top-N is bars of its last window, whether its rank is a column or shows by its rows', () => {
  const ranked = [
    start,
    end,
    { name: 'rn', type: 'BIGINT', isKey: true },
    { ...name('path'), isKey: false },
    number('hits'),
  ]
  expect(choose(ranked, rowsOf(5, numbered(3)))).toMatchObject({
    kind: 'bars',
    series: ['path'],
    latest: 'window_start',
  })
  const changing = Array.from({ length: 20 }, (_, index) => ({
    window_start: minute(index >> 1),
    path: `/page/${index}`,
    hits: index,
  }))
  const columns = [start, name('path'), number('hits')]
  expect(choose(columns, changing)).toMatchObject({ kind: 'bars', latest: 'window_start' })
  expect(latestRows(changing, 'window_start')).toEqual(changing.slice(-2))
})

test('without a time, one name is bars, two are a heat map, and a row alone is a number', () => {
  const rows = ['GET', 'POST'].flatMap((method) => [200, 404].map((status) => ({ method, status, hits: 3 })))
  expect(choose([name('method'), number('hits')], rows)).toEqual({ kind: 'bars', y: ['hits'], series: ['method'] })
  expect(choose([name('method'), name('status', 'INT'), number('hits')], rows)).toMatchObject({
    kind: 'heat',
    x: 'status',
    y: ['hits'],
    series: ['method'],
  })
  expect(choose([number('hits')], [{ hits: 7 }])).toMatchObject({ kind: 'number', y: ['hits'] })
})

test('rows without a number are a table', () => {
  expect(choose([name('path')], [{ path: '/' }]).kind).toBe('none')
  expect(choose([], []).kind).toBe('none')
})

test('where nobody knows the key, a status and an hour name something, and a count does not', () => {
  const columns = ['status', 'at_hour', 'hits'].map((text) => ({ name: text, type: 'BIGINT' }))
  expect([...rolesOf(columns).values()]).toEqual(['name', 'name', 'number'])
})

test('lines of a log are a table, though they have times and numbers', () => {
  const columns = [
    { name: 'ts', type: 'TIMESTAMP_LTZ(3)' },
    { name: 'path', type: 'STRING' },
    { name: 'bytes', type: 'BIGINT' },
  ]
  const row = { ts: '1995-07-01T00:00:00.000Z', path: '/', bytes: 3 }
  expect(choose(columns, [row, row]).kind).toBe('none')
  expect(choose(columns, [row, { ...row, path: '/a' }]).kind).toBe('bars')
})

test('what a person wants is done where it can be', () => {
  const columns = [start, end, name('method'), name('status', 'INT'), number('hits'), number('bytes')]
  const rows = rowsOf(3, ['GET'], 'method')
  expect(choose(columns, rows, { kind: 'bars', y: ['bytes'], series: ['method'] })).toEqual({
    kind: 'bars',
    y: ['bytes'],
    series: ['method'],
    latest: 'window_start',
    x: undefined,
  })
  const own = choose(columns, rows)
  expect(choose(columns, rows, { y: ['nothing'], x: 'hits' })).toEqual(own)
  expect(choose([name('path')], rows, { kind: 'time' }).kind).toBe('none')
})

const column: fc.Arbitrary<ChartColumn> = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'status', 'rn', 'ts', 'window_start', 'window_end', 'hits', 'bytes', 'x y', ''),
    type: fc.constantFrom(
      'BIGINT',
      'INT',
      'DOUBLE',
      'DECIMAL(10, 2)',
      'STRING',
      'BOOLEAN',
      'TIMESTAMP(3)',
      'TIMESTAMP_LTZ(3)',
      'DATE',
      'ARRAY<INT>',
      'BYTES',
      'TIME(0)',
    ),
    window: fc.constantFrom('start' as const, 'end' as const, 'time' as const, undefined),
    isKey: fc.constantFrom(true, false, undefined),
  },
  { requiredKeys: ['name', 'type'] },
)
const value = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.array(fc.integer()),
  fc.boolean(),
)

test('of any columns and rows, a choice names columns that there are, each in a role that fits', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(column, { selector: (one) => one.name, maxLength: 6 }),
      fc.array(fc.dictionary(fc.constantFrom('a', 'b', 'status', 'rn', 'ts', 'hits', 'window_start'), value), {
        maxLength: 30,
      }),
      fc.record(
        {
          kind: fc.constantFrom('time', 'bars', 'heat', 'number', 'none'),
          x: fc.string(),
          y: fc.array(fc.constantFrom('hits', 'a', 'zzz')),
          series: fc.array(fc.constantFrom('b', 'zzz')),
        },
        { requiredKeys: [] },
      ) as fc.Arbitrary<ChartWish>,
      (columns, rows, wish) => {
        const roles = rolesOf(columns)
        for (const choice of [choose(columns, rows), choose(columns, rows, wish)]) {
          expect(kindsFor(columns)).toContain(choice.kind)
          expect(choice.y.map((one) => roles.get(one)).filter((role) => role !== 'number')).toEqual([])
          expect(choice.series.filter((one) => !roles.has(one))).toEqual([])
          expect(choice.kind === 'none' || choice.y.length > 0).toBe(true)
          if (choice.kind === 'time') expect(roles.get(choice.x ?? '?')).toBe('time')
          if (choice.kind === 'bars') expect(choice.series.length).toBeGreaterThan(0)
          expect(choice.series.length > 0 && choice.y.length > 1).toBe(false)
        }
      },
    ),
    { numRuns: 1000 },
  )
})

test('lines of a log, each with names of its own, are a table; groups of windows are not', () => {
  const columns = [
    { name: 'ts', type: 'TIMESTAMP_LTZ(3)' },
    ...['host', 'path', 'agent', 'referer'].map((text) => ({ name: text, type: 'STRING' })),
    { name: 'body_bytes', type: 'BIGINT' },
  ]
  const rows = Array.from({ length: 60 }, (_, index) => ({
    ts: minute(index >> 3),
    host: `10.0.0.${index}`,
    path: `/page/${index}`,
    agent: 'curl',
    referer: null,
    body_bytes: index,
  }))
  expect(choose(columns, rows).kind).toBe('none')
  expect(choose(columns, rows, { kind: 'bars' }).kind).toBe('bars')
  // Few columns, but one or two rows for each time.
  const few = columns.filter(({ name: column }) => ['ts', 'host', 'body_bytes'].includes(column))
  expect(
    choose(
      few,
      rows.map((row, index) => ({ ...row, ts: minute(index >> 1) })),
    ).kind,
  ).toBe('none')
  expect(
    choose(
      few,
      rows.map((row, index) => ({ ...row, ts: minute(index >> 5) })),
    ).kind,
  ).not.toBe('none')
  const windows = [{ name: 'window_start', type: 'TIMESTAMP(3)' }, ...columns.slice(1)]
  expect(
    choose(
      windows,
      rows.map(({ ts, ...row }) => ({ ...row, window_start: ts })),
    ).kind,
  ).toBe('bars')
})
