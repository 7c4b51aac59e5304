/** What points are made of, the mistakes in that, and the proof that no two rows with different keys are one point. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { zoneRules } from '../../base/timezone.ts'
import { batchOf } from '../../record/batch.test-tool.ts'
import type { Value } from '../../record/column.ts'
import { recordsOf } from '../../record/records.ts'
import { arrayOf, BIGINT, type Field, INT, STRING, TIMESTAMP, TIMESTAMP_LTZ } from '../../record/type.ts'
import type { SinkRows } from '../sink.ts'
import { openTableRows } from '../table/rows.ts'
import { RECORDS, RESULT } from '../table/table.test-tool.ts'
import { pointEncoder } from './line/encoder.ts'
import { parsePoints } from './line/parse-line.test-tool.ts'
import { checkedPoint, mapPoint } from './map-point.ts'
import { influxdbOptions } from './options.ts'

const BASE = { url: 'http://127.0.0.1:8086', bucket: 'b', measurement: 'm' }
const parse = (options: object) => influxdbOptions.parse({ ...BASE, ...options })
const mistakesOf = (options: object, rows: SinkRows = RESULT) =>
  mapPoint(parse(options), rows).mistakes.map(({ path, failure, isWarning = false }) => ({
    path: path.join('.'),
    message: failure.message,
    hint: failure.hint,
    isWarning,
  }))

/** Rows of population data, which the nation and the year name. */
const NATIONS: SinkRows = {
  ...RESULT,
  from: 'people',
  fields: [
    { name: 'ID Nation', type: STRING },
    { name: 'ID Year', type: INT },
    { name: 'Population', type: BIGINT },
    { name: 'arrived', type: TIMESTAMP_LTZ, rowtime: true },
  ],
  rowKey: [0, 1],
  rowKeyParts: [[0], [1]],
}
const YEAR = "TIMESTAMPADD(YEAR, `ID Year` - 1970, TIMESTAMP '1970-01-01 00:00:00')"

test('by default the fields are what nothing else is made of, and the time is the event time', () => {
  const { mapping, mistakes } = mapPoint(parse({ tags: { path: 'path' }, time: 'window_end' }), RESULT)
  expect(mistakes).toEqual([])
  expect(mapping?.fields.map(({ name }) => name)).toEqual(['window_start', 'hits'])
  const rowtime = mapPoint(parse({ overwrites: 'accept', tags: { N: '`ID Nation`', A: "'x'" } }), NATIONS).mapping
  expect(rowtime?.fields.map(({ name }) => name)).toEqual(['ID Year', 'Population'])
  expect(rowtime?.tags.map(({ name }) => name)).toEqual(['A', 'N'])
  expect(mistakesOf({ tags: { path: 'path' } })).toEqual([
    {
      path: '',
      message: 'the rows of paths have no event time, so the sink does not know the time of a point',
      hint: 'Write time: window_start',
      isWarning: false,
    },
  ])
})

test('a tag and 1 January of the year tell population data apart, also in whole seconds', () => {
  const tags = { ID_Nation: '`ID Nation`' }
  expect(mistakesOf({ tags, time: YEAR, precision: 's' }, NATIONS)).toEqual([])
  expect(checkedPoint(parse({ tags, time: YEAR, precision: 's' }), NATIONS)).toMatchObject({
    tags: [{ name: 'ID_Nation', tellsRows: true }],
    tellsByTime: true,
  })
})

test('what does not tell the rows apart is an error with what to write', () => {
  expect(mistakesOf({ time: YEAR, precision: 's' }, NATIONS)).toEqual([
    {
      path: '',
      message:
        'rows of people that differ only in ID Nation would be one point of m, and only the last of them would be kept',
      hint: 'Either write tags: { ID_Nation: "`ID Nation`" }; or accept that the last row wins: overwrites: [ID Nation].',
      isWarning: false,
    },
  ])
  expect(mistakesOf({ tags: { ID_Nation: '`ID Nation`' } }, NATIONS)).toMatchObject([
    {
      message: expect.stringContaining('differ only in ID Year'),
      hint: `Either write tags: { ID_Year: "\`ID Year\`" }, or a time of its own for each, as ${YEAR}; or accept that the last row wins: overwrites: [ID Year].`,
    },
  ])
  expect(mistakesOf({ overwrites: 'accept' }, NATIONS)).toEqual([])
  const revised: SinkRows = { ...NATIONS, rowKey: [0, 1, 2], rowKeyParts: [[0], [1], [2]] }
  const tags = { ID_Nation: '`ID Nation`' }
  expect(mistakesOf({ tags, time: YEAR }, revised)).toMatchObject([
    { message: expect.stringContaining('differ only in Population would be one point') },
  ])
  expect(mistakesOf({ tags, time: YEAR, overwrites: ['Population'] }, revised)).toEqual([])
  expect(mistakesOf({ time: YEAR, overwrites: ['Population'] }, revised)).toMatchObject([
    { message: expect.stringContaining('differ only in ID Nation would be one point') },
  ])
  expect(mistakesOf({ tags, time: YEAR, overwrites: ['Population', 'Nation'] }, revised)).toMatchObject([
    { path: 'overwrites.1', message: expect.stringContaining('differ only in Nation do not overwrite each other') },
  ])
  expect(mistakesOf({ time: 'window_end' })).toMatchObject([{ message: expect.stringContaining('only in path') }])
  expect(mistakesOf({ tags: { path: 'UPPER(path)' }, time: 'window_end' })).toMatchObject([
    { message: expect.stringContaining('only in path') },
  ])
  expect(mistakesOf({ tags: { path: 'path' }, time: 'FLOOR(window_end TO HOUR)' })).toMatchObject([
    { message: expect.stringContaining('only in window_start or window_end') },
  ])
})

test('records of a topic are told apart by their place', () => {
  const places = { partition: "INT METADATA FROM 'partition'", offset: "BIGINT METADATA FROM 'offset'" }
  expect(mistakesOf({ tags: places, time: 'window_end' }, RECORDS)).toEqual([])
  expect(mistakesOf({ tags: { id: { row_key: 'uuid' } }, time: 'window_end' }, RECORDS)).toEqual([])
  expect(mistakesOf({ time: 'window_end' }, RECORDS)).toMatchObject([
    {
      message: expect.stringContaining('differ only in partition and offset'),
      hint: expect.stringContaining(
        `count them in a query first, write tags: { partition: "INT METADATA FROM 'partition'", offset: "BIGINT METADATA FROM 'offset'" }`,
      ),
    },
  ])
})

test('whole seconds are proved, or believed of windows, or refused', () => {
  const fields: readonly Field[] = [
    { name: 'ts', type: TIMESTAMP, rowtime: true },
    { name: 'path', type: STRING },
    { name: 'hits', type: BIGINT },
  ]
  const rows: SinkRows = { ...RESULT, from: 'q', fields, rowKey: [0, 1], rowKeyParts: [[0], [1]] }
  const options = { tags: { path: 'path' }, precision: 's' }
  expect(mistakesOf(options, rows)).toEqual([
    {
      path: 'precision',
      message: 'rows of q within one second would be one point, because `precision: s` cuts their times',
      hint: 'Either write precision: ms; or accept that the last row wins: overwrites: accept.',
      isWarning: false,
    },
  ])
  expect(mistakesOf({ ...options, precision: 'ms' }, rows)).toEqual([])
  expect(mistakesOf({ ...options, time: 'window_end' })).toEqual([])
  expect(checkedPoint(parse({ ...options, time: 'window_end' }), RESULT).tellsByTime).toBe(true)
})

test('other mistakes are found in one go, with their places', () => {
  const rows: SinkRows = {
    ...NATIONS,
    fields: [...NATIONS.fields, { name: 'list', type: arrayOf(INT) }, { name: 'time', type: INT }],
  }
  expect(
    mistakesOf(
      { tags: { time: '`ID Nation`', a: 'nope', 'b\\': '1' }, time: '`ID Year`', fields: { l: 'list' } },
      rows,
    ),
  ).toMatchObject([
    { path: 'tags.time', message: "'time' cannot be the key of a tag or field: InfluxDB keeps this name for itself" },
    { path: 'tags.b\\' },
    { path: 'tags.a', message: expect.stringContaining('nope') },
    { path: 'fields.l', message: 'InfluxDB has no value for l, which is ARRAY<INT>' },
    { path: 'time', hint: "Of a year write TIMESTAMPADD(YEAR, … - 1970, TIMESTAMP '1970-01-01 00:00:00')." },
  ])
  expect(mistakesOf({ measurement: { sql: '`ID Year`' } }, NATIONS)).toMatchObject([
    { path: 'measurement.sql', message: 'a measurement is a STRING, and this is INT' },
  ])
  expect(mistakesOf({ measurement: '#m' }, NATIONS)).toMatchObject([{ path: 'measurement' }])
  expect(mistakesOf({ time: 'CURRENT_TIMESTAMP' }, NATIONS)).toMatchObject([
    { path: 'time', message: expect.stringContaining('a part of a point cannot use the clock') },
  ])
  expect(mistakesOf({ tags: { hits: 'path' }, fields: { hits: 'hits' }, time: 'window_end' })).toMatchObject([
    { path: 'tags.hits', isWarning: true, message: expect.stringContaining('both a tag and a field') },
  ])
  expect(mistakesOf({ tags: { N: '`ID Nation`', P: 'Population' }, time: YEAR }, NATIONS)).toMatchObject([
    { path: 'tags.P', isWarning: true, hint: 'The row key of people is ID Nation and ID Year.' },
  ])
})

/** What may tell rows apart, as tags or as the time. */
const TAGS = ['path', 'UPPER(path)', 'hits', 'id', 'window_start'] as const
const TIMES = [
  'window_end',
  'window_start',
  'FLOOR(window_end TO HOUR)',
  "window_end + INTERVAL '1' DAY",
  "TIMESTAMP '2026-01-01 00:00:00'",
] as const

// Promise point-key: Two rows of a result never are one point, unless `overwrites: accept` says so.
test('whatever is proved, rows with different row keys are different points or are refused', () => {
  const rows = fc.uniqueArray(fc.tuple(fc.nat(7), fc.constantFrom('/a', '/A', '', null)), {
    minLength: 2,
    maxLength: 12,
    selector: ([half, path]) => `${half} ${path}`,
  })
  const precision = fc.constantFrom('s', 'ms', 'ns')
  let proofs = 0
  fc.assert(
    fc.property(fc.subarray([...TAGS]), fc.constantFrom(...TIMES), precision, rows, (tags, time, precision, made) => {
      const contents = tags.map((tag, i) => [`t${i}`, tag === 'id' ? ({ row_key: 'uuid' } as const) : tag] as const)
      const options = parse({ tags: Object.fromEntries(contents), time, precision, fields: { n: 'hits' } })
      const { mapping } = mapPoint(options, RESULT)
      if (mapping === undefined) return
      proofs++
      const cells = made.map(([half, path]): Value[] => {
        const end = 1_772_366_700_000 + half * 500
        return [end - 60_000, end, path, BigInt(half)]
      })
      const batch = batchOf(RESULT.fields, cells)
      const delivery = { partition: 0, baseOffset: 0, records: recordsOf(made.map(() => '')), rows: batch }
      const table = openTableRows({ name: 'm', columns: mapping.columns, key: undefined }, RESULT)(delivery)
      const { bytes, count } = pointEncoder(mapping, zoneRules('UTC'))(table)
      const names = parsePoints(Buffer.from(bytes).toString()).map(({ tags, time }) => JSON.stringify([tags, time]))
      expect(new Set(names).size).toBe(count)
      expect(count + table.refused.size).toBe(made.length)
    }),
    { numRuns: 1000 },
  )
  expect(proofs).toBeGreaterThan(100)
})
