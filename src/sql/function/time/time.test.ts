import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  BIGINT,
  DATE,
  INT,
  INTERVAL_DAY,
  INTERVAL_MONTH,
  STRING,
  TIMESTAMP,
  TIMESTAMP_LTZ,
} from '../../../record/type.ts'
import { TypeProblem } from '../function.ts'
import { bind, call, column, literal, type Options, rows, utc } from '../run.test-tool.ts'

const at = (text: string) => Date.parse(`${text}Z`)
const iso = (value: unknown) => (typeof value === 'number' ? new Date(value).toISOString().slice(0, -1) : value)
const berlin = { timezone: 'Europe/Berlin', now: utc.now }
const after1970 = fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) })

test('EXTRACT takes a time apart as Date does, from 1970 on', () => {
  fc.assert(
    fc.property(after1970, (ms) => {
      const date = new Date(ms)
      const extract = (unit: string) => call('EXTRACT', [rows(TIMESTAMP, ms)], { keywords: [unit] })[0]
      expect(['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', 'DOW', 'EPOCH'].map(extract)).toEqual(
        [
          date.getUTCFullYear(),
          date.getUTCMonth() + 1,
          date.getUTCDate(),
          date.getUTCHours(),
          date.getUTCMinutes(),
          date.getUTCSeconds(),
          date.getUTCMilliseconds(),
          date.getUTCDay() + 1,
          Math.floor(ms / 1000),
        ].map(BigInt),
      )
    }),
  )
})

test('before 1970 the parts of a TIMESTAMP are rounded toward 1970, and those of a DATE are exact', () => {
  const extract = (unit: string) => call('EXTRACT', [rows(TIMESTAMP, -1)], { keywords: [unit] })[0]
  expect([extract('YEAR'), extract('HOUR'), extract('MILLISECOND')]).toEqual([1970n, 0n, -1n])
  expect(call('YEAR', [rows(DATE, -1)])).toEqual([1969n])
  expect(call('WEEK', [rows(DATE, 18630)])).toEqual([53n]) // 2021-01-03
})

test('FLOOR and CEIL go to the borders of the wall clock', () => {
  const floor = (name: string, text: string, unit: string, options: Options = {}) =>
    iso(call(name, [[options.session ? TIMESTAMP_LTZ : TIMESTAMP, [at(text)]]], { keywords: [unit], ...options })[0])
  expect(floor('FLOOR', '2024-02-29T12:34:56.789', 'HOUR')).toBe('2024-02-29T12:00:00.000')
  expect(floor('FLOOR', '2024-02-29T12:34:56.789', 'WEEK')).toBe('2024-02-25T00:00:00.000')
  expect(floor('FLOOR', '2024-12-29T12:34:56.789', 'QUARTER')).toBe('2024-10-01T00:00:00.000')
  expect(floor('CEIL', '2024-12-29T12:34:56.789', 'MONTH')).toBe('2025-01-01T00:00:00.000')
  expect(floor('CEIL', '2024-02-29T12:34:56.789', 'DAY')).toBe('2024-03-01T00:00:00.000')
  expect(floor('FLOOR', '2024-02-29T12:34:56.789', 'DAY', { session: berlin })).toBe('2024-02-28T23:00:00.000')
})

test('DATE_FORMAT writes as Java does', () => {
  const format = (pattern: string, text = '2024-02-29T12:34:56.789') =>
    call('DATE_FORMAT', [rows(TIMESTAMP, at(text)), literal(pattern, STRING)])[0]
  expect(format('yyyy-MM-dd HH:mm:ss.SSS')).toBe('2024-02-29 12:34:56.789')
  expect(format("dd/MMM/yy''EEEE h a")).toBe("29/Feb/24'Thursday 12 PM")
  expect(format('YYYY-ww DDD Q', '2023-12-31T00:00:00')).toBe('2024-01 365 4')
  expect(format('K k H m', '2023-12-31T00:05:00')).toBe('0 24 0 5')
  expect(() => bind('DATE_FORMAT', [column(0, TIMESTAMP), literal('yyyy X', STRING)])).toThrow(TypeProblem)
  expect(() => bind('DATE_FORMAT', [column(0, TIMESTAMP), column(1, STRING)])).toThrow(TypeProblem)
  expect(call('DATE_FORMAT', [rows(STRING, '2024-02-29 12:34:56', 'x'), literal('yyyyMMdd', STRING)])).toEqual([
    '20240229',
    null,
  ])
})

test('TO_TIMESTAMP reads what DATE_FORMAT writes, by any pattern that keeps the whole time', () => {
  const patterns = ['yyyy-MM-dd HH:mm:ss.SSS', "d/MMM/yyyy'T'H:m:s.SSS", 'yyyyMMddHHmmssSSS', 'yyyy D hh:mm:ss.SSS a']
  fc.assert(
    fc.property(after1970, fc.constantFrom(...patterns), (ms, pattern) => {
      const text = call('DATE_FORMAT', [rows(TIMESTAMP, ms), literal(pattern, STRING)])
      expect(call('TO_TIMESTAMP', [[STRING, text], literal(pattern, STRING)])).toEqual([ms])
    }),
  )
})

test('TO_TIMESTAMP is strict in the text and smart in the values, and has a second try', () => {
  const read = (text: string, pattern: string) =>
    iso(call('TO_TIMESTAMP', [rows(STRING, text), literal(pattern, STRING)])[0])
  const clf = 'dd/MMM/yyyy:HH:mm:ss'
  expect(read('10/Oct/2000:13:55:36', clf)).toBe('2000-10-10T13:55:36.000')
  expect(read('31/Feb/2000:00:00:00', clf)).toBe('2000-02-29T00:00:00.000')
  expect(read('1/Jan/2024:00:00:00', clf)).toBeNull()
  expect(read('10/OCT/2000:13:55:36', clf)).toBeNull()
  expect(read('10/Oct/2000:13:55:36 -0700', `${clf} Z`)).toBe('2000-10-10T13:55:36.000')
  expect(read('2023-02-29 00:00:00', 'yyyy-MM-dd')).toBe('2023-03-01T00:00:00.000')
  expect(read('2024-02-29', 'bad pattern')).toBeNull()
  expect(read('12:30', 'HH:mm')).toBe('1970-01-01T12:30:00.000')
})

test('the old formats read leniently, and take the later of two times', () => {
  const unix = (text: string, pattern = 'yyyy-MM-dd HH:mm:ss') =>
    call('UNIX_TIMESTAMP', [rows(STRING, text), literal(pattern, STRING)], { session: berlin })[0]
  expect(unix('2024-10-27 02:30:00')).toBe(1729992600n)
  expect(unix('2024-03-31 02:30:00')).toBe(1711848600n)
  expect(unix('10/oct/2000:13:55:36 -0700 and more', 'dd/MMM/yyyy:HH:mm:ss Z')).toBe(971211336n)
  expect(unix('x')).toBe(-(2n ** 63n))
  expect(call('FROM_UNIXTIME', [rows(BIGINT, 0n)], { session: berlin })).toEqual(['1970-01-01 01:00:00'])
  expect(call('TO_DATE', [rows(STRING, '2024-2-9', '20240229'), literal('yyyyMMdd', STRING)])).toEqual([19621, 19782])
  expect(
    call('CONVERT_TZ', [rows(STRING, '2024-07-01 12:00:00'), literal('UTC', STRING), literal('No/Where', STRING)]),
  ).toEqual(['2024-07-01 12:00:00'])
})

test('intervals: milliseconds are added, months clamp', () => {
  const jan31 = at('2024-01-31T12:00:00')
  expect(call('+', [rows(TIMESTAMP, jan31), literal(1, INTERVAL_MONTH)]).map(iso)).toEqual(['2024-02-29T12:00:00.000'])
  expect(call('-', [rows(TIMESTAMP_LTZ, jan31), literal(1000, INTERVAL_DAY)])).toEqual([jan31 - 1000])
  expect(call('+', [literal(86_400_000, INTERVAL_DAY), rows(DATE, 0)])).toEqual([1])
  expect(() => bind('-', [column(0, TIMESTAMP), column(1, TIMESTAMP)])).toThrow(TypeProblem)
  expect(call('TIMESTAMPADD', [rows(INT, -1), rows(TIMESTAMP, jan31)], { keywords: ['QUARTER'] }).map(iso)).toEqual([
    '2023-10-31T12:00:00.000',
  ])
})

test('TIMESTAMPDIFF counts whole units: adding them does not pass the end, adding one more does', () => {
  fc.assert(
    fc.property(after1970, after1970, fc.constantFrom('MONTH', 'YEAR', 'DAY', 'HOUR'), (a, b, unit) => {
      const [from, to] = a < b ? [a, b] : [b, a]
      const [count] = call('TIMESTAMPDIFF', [rows(TIMESTAMP, from), rows(TIMESTAMP, to)], { keywords: [unit] }) as [
        number,
      ]
      const added = (more: number) =>
        call('TIMESTAMPADD', [rows(INT, count + more), rows(TIMESTAMP, from)], { keywords: [unit] })[0] as number
      expect(added(0)).toBeLessThanOrEqual(to)
      expect(added(1)).toBeGreaterThan(to - 1)
    }),
  )
  expect(call('TIMESTAMPDIFF', [rows(TIMESTAMP, 0), rows(TIMESTAMP, 1999)], { keywords: ['MILLISECOND'] })).toEqual([
    1000,
  ])
})

test('now is the session’s instant, shown by its clock in types without a zone', () => {
  const now = (name: string) => call(name, [], { session: berlin })[0]
  expect(now('CURRENT_TIMESTAMP')).toBe(utc.now)
  expect(iso(now('LOCALTIMESTAMP'))).toBe('2024-02-29T13:34:56.789')
  expect(now('CURRENT_DATE')).toBe(19782)
  expect(now('CURRENT_TIME')).toBe(48_896_000)
  expect(call('TO_TIMESTAMP_LTZ', [rows(BIGINT, 0n, 1700000000123n), literal(0, INT)])).toEqual([0, null])
})
