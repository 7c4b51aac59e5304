import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchOf } from '../../record/batch.test-tool.ts'
import * as types from '../../record/type.ts'
import { typeName } from '../../record/type.ts'
import { decodeAll, expectAnyChoice, sampleOf } from '../decode.test-tool.ts'
import { detectFormat } from '../detect.ts'
import { makeEncoder } from '../write/encoders.ts'
import { csv, type DelimitedOptions, openDelimited, tsv } from './csv.ts'

const ABC: DelimitedOptions = {
  name: 'csv',
  delimiter: ',',
  columns: [
    { field: { name: 'a', type: types.STRING } },
    { field: { name: 'b', type: types.INT } },
    { field: { name: 'c', type: types.STRING } },
  ],
}

const read = (line: string, options: DelimitedOptions = ABC) => {
  const { rows, rejects } = decodeAll(openDelimited(options, undefined), `${line}\n`)
  return rows.length === 1 ? Object.values(rows[0] ?? {}) : rejects[0]
}

test('quotes, delimiters within them, empty fields, CRLF', () => {
  expect(read('x,1,y')).toEqual(['x', 1, 'y'])
  expect(read('"x, ""y""",1,""\r')).toEqual(['x, "y"', 1, ''])
  expect(read(',,')).toEqual(['', null, ''])
  expect(read('x"y, 7 ,"é"')).toEqual(['x"y', 7, 'é'])
  expect(read('x;1;"a;b"', { ...ABC, delimiter: ';' })).toEqual(['x', 1, 'a;b'])
  expect(read('\\N,\\N,"\\N"', { ...ABC, null: '\\N' })).toEqual([null, null, '\\N'])
})

test('a record that does not fit the columns is a reject', () => {
  expect(read('')).toBe('0:0 the line is empty')
  expect(read('x,1')).toBe('0:3 expected 3 fields, found 2')
  expect(read('x,1,y,z,')).toBe('0:6 expected 3 fields, found 5')
  expect(read('x,one,y')).toBe("0:2 column b: 'one' is not of type INT")
  expect(read('"x",1,"y')).toBe('0:8 a quote begins this field, and none ends it')
  expect(read('"x"y,1,z')).toBe('0:3 expected a delimiter or the end behind the closing quote')
})

test('names and types are found in the sample', () => {
  const text = [
    'id,zip,price,at,ok,name,,name',
    '1,02134,1.5,2024-01-01T00:00:00Z,true,"a,b",x,',
    '-2,10115,2,2024-01-01 00:00:01+01:00,FALSE,5,,',
    '3,,,,,,,',
  ].join('\r\n')
  const open = csv.open({}, sampleOf(`\ufeff${text}`))
  expect(open.skipsFirstLine).toBe(true)
  expect(open.fields.map(({ name, type }) => `${name} ${typeName(type)}`)).toEqual([
    'id BIGINT',
    'zip STRING',
    'price DOUBLE',
    'at TIMESTAMP_LTZ(3)',
    'ok BOOLEAN',
    'name STRING',
    'column7 STRING',
    'name_2 STRING',
  ])
  const { rows, rejects } = decodeAll(open, text.slice(text.indexOf('\n') + 1))
  expect(rejects).toEqual([])
  expect(rows.map((row) => row.at)).toEqual([1704067200000, 1704063601000, null])
  expect(csv.open({ header: false }, sampleOf('1,a\n2,b')).fields.map((field) => field.name)).toEqual([
    'column1',
    'column2',
  ])
})

test('a head with more names than the rows have fields: the last columns are NULL, a shorter row is a reject', () => {
  const open = tsv.open({}, sampleOf('a\tb\tc\td\n1\t2\t3\n4\t5\t6\n7'))
  const { rows, rejects } = decodeAll(open, '1\t2\t3\n1\t2\n1\t2\t3\t4')
  expect(rows).toEqual([
    { a: 1n, b: 2n, c: 3n, d: null },
    { a: 1n, b: 2n, c: 3n, d: '4' },
  ])
  expect(rejects).toEqual(['1:3 expected 3 fields, found 2'])
})

test('options that cannot be opened fail with a hint', () => {
  expect(() => csv.open({}, undefined)).toThrow('no columns are declared')
  expect(() => openDelimited({ ...ABC, delimiter: '||' }, undefined)).toThrow('one ASCII character')
})

test('every line is a row or a reject, whichever columns are wanted and however the bytes were cut', () => {
  const line = fc
    .array(fc.constantFrom('a', '1', ',', ',', '"', '"', '\r', '\xff', ' '), { maxLength: 12 })
    .map((parts) => parts.join(''))
  const open = openDelimited(ABC, undefined)
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1 }),
      fc.subarray(['a', 'b', 'c']),
      fc.integer({ min: 1, max: 30 }),
      (lines, wanted, chunk) => {
        expectAnyChoice(open, lines, wanted, chunk)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('csv reads back all rows that it writes, except texts with line ends', () => {
  const text = fc.string().filter((value) => !/[\r\n]/.test(value))
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.option(fc.integer()), text), { minLength: 1 }), (rows) => {
      const fields = (ABC.columns ?? []).map((column) => column.field)
      const written = makeEncoder('csv', fields).encode(batchOf(fields, rows), 0, rows.length)
      expect(decodeAll(openDelimited(ABC, undefined), written).rows.map((row) => Object.values(row))).toEqual(rows)
    }),
  )
})

test('a format is detected by its first lines', async () => {
  const detect = async (...lines: string[]) => (await detectFormat(sampleOf(lines.join('\n')))).format.name
  const short = 'h - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5'
  expect(await detect(short, short, 'broken')).toBe('common')
  expect(await detect(`${short} "-" "a"`, short, `${short} "-" "a"`)).toBe('combined')
  expect(await detect('{"a":1}', '{"b":[1,2]}')).toBe('json')
  expect(await detect('a,b', '1,2', '3,"x,y"')).toBe('csv')
  expect(await detect('a\tb', '1,5\t2')).toBe('tsv')
  expect(await detect('2024-01-01 12:00:00,123 INFO started', '2024-01-01 12:00:00,124 INFO stopped')).toBe('lines')
  expect(
    await detect('Mar 24 14:02:50 web1 sshd[1]: Failed password for root', 'Mar 24 14:02:51 web1 sshd[1]: x'),
  ).toBe('syslog')
  expect(await detect('Dear all, here we go', 'no, not here')).toBe('lines')
  expect(await detect('a,b')).toBe('lines')
  expect(await detect()).toBe('lines')
})
