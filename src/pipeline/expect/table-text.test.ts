import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  DOUBLE,
  decimal,
  INT,
  rowOf,
  STRING,
  TIMESTAMP,
  TIMESTAMP_LTZ,
} from '../../record/type.ts'
import { cellOf } from './cell.ts'
import { jsonText, parseExactly } from './json.ts'
import { readTableText, writeTableText } from './table-text.ts'

const cell = fc.oneof(
  fc.constant(undefined),
  fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => !/[\r\n]/.test(text)),
  fc.constantFrom('', ' ', '"', '","', 'NULL', ' a', 'a, b'),
)
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 5 }))

test('a table that is written is read as it was', () => {
  fc.assert(
    fc.property(table, (rows) => {
      const columns = (rows[0] ?? ['x']).map((_, i) => `c ${i},"`)
      // A row of one NULL is an empty line, which nobody could tell from none.
      const told = rows.filter((row) => row.length > 1 || row[0] !== undefined)
      expect(readTableText(writeTableText({ columns, rows: told }).join('\n'))).toEqual({ columns, rows: told })
    }),
  )
})

test('blanks around a value are no part of it; no value is NULL, and "" is the empty text', () => {
  const text = '\n  a ,  b,c\n 1,   , ""\n\n"x ""y"", z" , 2 , " 3 "\n'
  expect(readTableText(text)).toEqual({
    columns: ['a', 'b', 'c'],
    rows: [
      ['1', undefined, ''],
      ['x "y", z', '2', ' 3 '],
    ],
  })
  expect(() => readTableText('a\n"b')).toThrow('this value has no " at its end')
  expect(() => readTableText('a, b\n1')).toThrow('this row has 1 values, and the header has 2')
})

test.each([
  [INT, '007', '7'],
  [BIGINT, '9007199254740993', '9007199254740993'],
  [BIGINT, 'x', 'x'],
  [DOUBLE, '0.50', '0.5'],
  [DOUBLE, '1e3', '1000'],
  [decimal(10, 2), '-01.50', '-1.5'],
  [decimal(10, 2), '.00', '0'],
  [STRING, '0.50', '0.50'],
  [BOOLEAN, 'TRUE', 'true'],
  [TIMESTAMP, '2026-01-01', '2026-01-01T00:00:00'],
  [TIMESTAMP, '2026-01-01 10:00:00.5', '2026-01-01T10:00:00.500'],
  [TIMESTAMP_LTZ, '2026-01-01T10:00', '2026-01-01T09:00:00Z'],
  [TIMESTAMP_LTZ, '2026-01-01T10:00:00.000Z', '2026-01-01T10:00:00Z'],
  [TIMESTAMP_LTZ, '2026-01-01T10:00:00+05:00', '2026-01-01T05:00:00Z'],
])('%o: %s is %s', (type, written, meant) => expect(cellOf(written, type, 'Europe/Berlin')).toBe(meant))

test('values within values are compared by their types, and numbers keep their digits', () => {
  const type = arrayOf(
    rowOf([
      { name: 'n', type: decimal(20, 2) },
      { name: 't', type: TIMESTAMP },
      { name: 's', type: STRING },
    ]),
  )
  const value = parseExactly(
    '[{"n":12345678901234567.50,"t":"2026-01-01 00:00","s":"1.0","x":[9007199254740993,null,true]}]',
  )
  expect(cellOf(value, type, 'UTC')).toBe(
    '[{"n": 12345678901234567.5, "t": "2026-01-01T00:00:00", "s": "1.0", "x": [9007199254740993, null, true]}]',
  )
  fc.assert(
    fc.property(fc.jsonValue(), (any) => {
      expect(JSON.parse(jsonText(parseExactly(JSON.stringify(any))))).toEqual(JSON.parse(JSON.stringify(any)))
    }),
  )
})
