import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnOf, type Value } from '../record/column.ts'
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  type Field,
  INT,
  STRING,
  TIME,
  TIMESTAMP,
  TIMESTAMP_LTZ,
  type Type,
} from '../record/type.ts'
import { cellText, columnWidths, cutText, fitWidths, printable, tableLine, textWidth } from './table.ts'

const cell = (type: Type, value: Value): string => cellText(type, columnOf(type, [value]), 0)

test('cells are written for people', () => {
  expect(cell(TIMESTAMP, Date.UTC(1995, 6, 1, 4))).toBe('1995-07-01 04:00:00')
  expect(cell(TIMESTAMP_LTZ, Date.UTC(1995, 6, 1, 4) + 120)).toBe('1995-07-01 04:00:00.120Z')
  expect(cell(DATE, 0)).toBe('1970-01-01')
  expect(cell(TIME, 3_600_000)).toBe('01:00:00')
  expect(cell(DOUBLE, 1 / 3)).toBe('0.333333')
  expect(cell(DOUBLE, Number.NaN)).toBe('NaN')
  expect(cell(BIGINT, 2n ** 62n)).toBe('4611686018427387904')
  expect(cell(INT, -5)).toBe('-5')
  expect(cell(decimal(5, 2), -150n)).toBe('-1.50')
  expect(cell(BOOLEAN, true)).toBe('true')
  expect(cell(STRING, null)).toBe('-')
})

test('nothing from a log can move the cursor', () => {
  expect(cell(STRING, 'a\x1b[2Jb\r\n\t\u009b\u202e')).toBe('a\\x1b[2Jb\\x0d\\x0a\\x09\\x9b\\u202e')
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/\p{Cc}/u.test(printable(text))))
})

test('wide and combining characters are counted as the terminal shows them', () => {
  expect(['abc', '日本', 'é', 'e\u0301', '😀'].map(textWidth)).toEqual([3, 4, 1, 1, 2])
  expect(cutText('日本語', 5)).toBe('日本…')
  expect(cutText('日本語', 4)).toBe('日…')
})

const fields: Field[] = [
  { name: 'window_end', type: TIMESTAMP },
  { name: 'path', type: STRING },
  { name: 'hits', type: BIGINT },
]

test('columns are aligned, numbers to the right, and the widest gives way', () => {
  const rows = [
    ['1995-07-01 04:01:00', '/', '5'],
    ['1995-07-01 04:01:00', '/shuttle/countdown/liftoff.html', '1234'],
  ]
  const wanted = columnWidths(fields, rows)
  expect(wanted).toEqual([19, 31, 4])
  const at = (limit: number) => {
    const widths = fitWidths(wanted, limit)
    return [fields.map(({ name }) => name), ...rows].map((cells) => tableLine(fields, cells, widths, limit))
  }
  expect(at(60)).toEqual([
    'window_end           path                             hits',
    '1995-07-01 04:01:00  /                                   5',
    '1995-07-01 04:01:00  /shuttle/countdown/liftoff.html  1234',
  ])
  expect(at(40)).toEqual([
    'window_end        path              hits',
    '1995-07-01 04:0…  /                    5',
    '1995-07-01 04:0…  /shuttle/countd…  1234',
  ])
})

test('no line is wider than asked, whatever is in it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }), { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 1, max: 60 }),
      (cells, limit) => {
        const shown = cells.map(printable)
        const line = tableLine(fields, shown, fitWidths(columnWidths(fields, [shown]), limit), limit)
        expect(textWidth(line)).toBeLessThanOrEqual(limit)
      },
    ),
  )
})
