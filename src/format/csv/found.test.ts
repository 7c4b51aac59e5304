/** The search for columns and the reader agree about every line of the sample. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BIGINT, DOUBLE, typeName } from '../../record/type.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import { decodeAll, sampleOf } from '../decode.test-tool.ts'
import { csv, openDelimited } from './csv.ts'

const declared = (columns: readonly DeclaredColumn[]) =>
  openDelimited({ name: 'csv', columns, delimiter: ',' }, undefined)
const open = (text: string) => csv.open({ header: false }, sampleOf(text))
const types = (text: string) => open(text).fields.map(({ type }) => typeName(type))

test('a quoted empty field says nothing about a type, and is NULL in a column of numbers', () => {
  const text = '1,"",""\n2,3,2024-02-29\n3,"4",""\n,"",'
  expect(types(text)).toEqual(['BIGINT', 'BIGINT', 'DATE'])
  const { rows, rejects } = decodeAll(open(text), text)
  expect(rejects).toEqual([])
  expect(rows.map((row) => Object.values(row))).toEqual([
    [1n, null, null],
    [2n, 3n, 19_782],
    [3n, 4n, null],
    [null, null, null],
  ])
  expect(decodeAll(open('a,1\n"",2'), '"",\n,""').rows).toEqual([
    { column1: '', column2: null },
    { column1: '', column2: null },
  ])
})

test('whole numbers keep their digits, beyond BIGINT too', () => {
  const numbers = ['18446744073709551615', '9007199254740993', '-9223372036854775808', '1'.repeat(38)]
  const column = (values: readonly string[]) => values.map((value) => `${value},x`).join('\n')
  expect(types(column(numbers))[0]).toBe('DECIMAL(38, 0)')
  expect(types(column(numbers.slice(1, 3)))[0]).toBe('BIGINT')
  expect(types(column([...numbers, '1'.repeat(39)]))[0]).toBe('STRING')
  expect(types(column([...numbers, '0.5']))[0]).toBe('STRING')
  expect(decodeAll(open(column(numbers)), column(numbers)).rows.map(({ column1 }) => String(column1))).toEqual(numbers)
})

// Promise: Every line of the first lines of a CSV file that has the usual number of fields is a row: no type is found that it does not fit.
test('the lines in which columns were found are rows', () => {
  const field = fc.oneof(
    fc.constantFrom(
      '',
      '""',
      '" "',
      ' ',
      '1',
      ' 2 ',
      '"3"',
      '-0',
      '007',
      '1.5',
      '1e3',
      '1e400',
      '+5',
      '.5',
      '"x"',
      'x"y',
    ),
    fc.constantFrom('true', 'FALSE', ' true', '2024-02-29', '2024-02-30', '"2024-02-29 12:00"', '2024-02-29T24:00Z'),
    fc.constantFrom('2024-02-29T12:00:00.5+05', '2024-02-29T12:00:00.Z', '9223372036854775808', '9007199254740993'),
    fc.constantFrom('"a,b"', '"a""b"', 'NaN', 'null', '\\N', '1'.repeat(39), '-', '2024-02-29T12:00:00+0530'),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 8 }), (rows) => {
      const text = rows.map((row) => row.join(',')).join('\n')
      const read = decodeAll(open(text), text)
      expect([read.rejects, read.rows.length]).toEqual([[], rows.length])
    }),
    { numRuns: 3_000 },
  )
})

// Promise: Half of a quoted CSV field is never a row: where its lines are not put together, both are dead letters.
test('both halves of a quoted field over two lines are refused', () => {
  const text = fc.array(fc.constantFrom('a', '1', ',', '"', ' ', 'é'), { maxLength: 6 }).map((parts) => parts.join(''))
  const columns = ['a', 'b', 'c'].map((name) => ({ field: { name, type: { kind: 'STRING' } as const } }))
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`
  fc.assert(
    fc.property(text, text, fc.nat(2), (before, after, place) => {
      const fields = ['x', 'y', 'z']
      fields[place] = quoted(`${before}\n${after}`)
      const { rows, rejects } = decodeAll(declared(columns), fields.join(','))
      expect([rows, rejects.length]).toEqual([[], 2])
    }),
    { numRuns: 3_000 },
  )
  const { rejects } = decodeAll(declared(columns), 'x,"y\nz",w,v')
  expect(rejects).toEqual([
    '0:4 a quote begins this field, and none ends it',
    '1:1 a quote ends this field, and none begins it',
  ])
})

// Promise: A number of CSV that the found type would change (leading zeros, an exponent, more digits than a double holds) is a dead letter.
test('a later number that the found type would change is refused, and a declared type reads it', () => {
  const later = ['01234,1', '1e3,1', '-07,1', ' 7 ,2', '"08",1', '9,9007199254740993', '9,01.5', '9,1e400', '8,1e3']
  const { rows, rejects } = decodeAll(open('1,0.5'), later.join('\n'))
  expect(rows.map((row) => Object.values(row))).toEqual([
    [7n, 2],
    [8n, 1000],
  ])
  expect(rejects).toHaveLength(7)
  expect(rejects[0]).toBe(
    "0:0 column column1: '01234' is not of type BIGINT of the first lines, which would change it (declare the column as STRING to keep it)",
  )
  const columns = [{ field: { name: 'a', type: BIGINT } }, { field: { name: 'b', type: DOUBLE } }]
  expect(decodeAll(declared(columns), later.join('\n')).rejects).toEqual([
    "7:2 column b: '1e400' is not of type DOUBLE",
  ])
})

test('a quote within a field without quotes is text', () => {
  expect(decodeAll(open('5" disk,he said "hi"\n6,x'), '5" disk,he said "hi"').rows).toEqual([
    { column1: '5" disk', column2: 'he said "hi"' },
  ])
})
