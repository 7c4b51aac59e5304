import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchOf } from '../record/batch.test-tool.ts'
import type { Value } from '../record/column.ts'
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
import { type CellForm, cellsOf } from './cells.ts'
import { openRowTable, openVerticalRows } from './row-table.ts'
import { TextTable, tableColumns } from './table.ts'
import { cutText, printable, textWidth, wrapText } from './text.ts'

function cell(type: Type, value: Value, form: CellForm = 'short'): string | undefined {
  const fields = [{ name: 'x', type }]
  return cellsOf(fields, batchOf(fields, [[value]]), form)[0]?.[0]
}

test('cells are short for a table that is watched, and exact for the rows of a query', () => {
  const morning = Date.UTC(1995, 6, 1, 4)
  expect(cell(TIMESTAMP, morning)).toBe('1995-07-01T04:00:00')
  expect(cell(TIMESTAMP, morning, 'exact')).toBe('1995-07-01T04:00:00.000')
  expect(cell(TIMESTAMP_LTZ, morning)).toBe('1995-07-01T04:00:00Z')
  expect(cell(TIMESTAMP_LTZ, morning + 120)).toBe('1995-07-01T04:00:00.120Z')
  expect(cell(DATE, 0)).toBe('1970-01-01')
  expect(cell(TIME, 3_600_000)).toBe('01:00:00')
  expect(cell(DOUBLE, 1 / 3)).toBe('0.3333')
  expect(cell(DOUBLE, 1 / 3, 'exact')).toBe('0.3333333333333333')
  expect(cell(DOUBLE, Number.NaN)).toBe('NaN')
  expect(cell(BIGINT, 2n ** 62n)).toBe('4611686018427387904')
  expect(cell(INT, -5)).toBe('-5')
  expect(cell(decimal(5, 2), -150n)).toBe('-1.50')
  expect(cell(BOOLEAN, true)).toBe('true')
  for (const type of [STRING, DOUBLE, TIMESTAMP]) expect(cell(type, null)).toBe('NULL')
})

test('nothing from a log can move the cursor or turn the direction of writing', () => {
  expect(cell(STRING, 'a\x1b[2Jb\r\n\t\u009b\u202e')).toBe('a\\x1b[2Jb\\r\\n\\t\\x9b\\u202e')
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[\p{Cc}\p{Bidi_C}]/u.test(printable(text))))
})

test('wide and combining characters are counted as the terminal shows them', () => {
  expect(['abc', '日本', 'é', 'e\u0301', '😀'].map(textWidth)).toEqual([3, 4, 1, 1, 2])
  expect(cutText('日本語', 5)).toBe('日本…')
  expect(cutText('日本語', 4)).toBe('日…')
})

const FIELDS: Field[] = [
  { name: 'window_end', type: TIMESTAMP },
  { name: 'path', type: STRING },
  { name: 'hits', type: BIGINT },
]

test('columns are aligned, numbers to the right, and the widest gives way', () => {
  const rows = [
    ['1995-07-01T04:01:00', '/', '5'],
    ['1995-07-01T04:01:00', '/shuttle/countdown/liftoff.html', '1234'],
  ]
  const table = new TextTable(tableColumns(FIELDS))
  table.widen(rows)
  const at = (limit?: number) => [table.names(), ...rows].map(table.writer(limit))
  const whole = [
    'window_end           path                             hits',
    '1995-07-01T04:01:00  /                                   5',
    '1995-07-01T04:01:00  /shuttle/countdown/liftoff.html  1234',
  ]
  expect(at()).toEqual(whole)
  expect(at(60)).toEqual(whole)
  // The text gives way first, then the days.
  expect(at(45)).toEqual([
    'window_end           path                hits',
    '1995-07-01T04:01:00  /                      5',
    '1995-07-01T04:01:00  /shuttle/countdow…  1234',
  ])
  expect(at(40)).toEqual([
    'window_end  path                    hits',
    '04:01:00    /                          5',
    '04:01:00    /shuttle/countdown/li…  1234',
  ])
})

// Promise: a table in a narrow terminal keeps its digits, and of its times the part in which they differ.
test('in a narrow terminal times show their time of day, or their day where all are midnight', () => {
  const fields: Field[] = [{ name: 'window_start', type: TIMESTAMP }, ...FIELDS]
  const at = (limit: number, ...rows: string[][]) => {
    const table = new TextTable(tableColumns(fields))
    table.widen(rows)
    return [table.names(), ...rows].map(table.writer(limit))
  }
  const path = '/shuttle/countdown/liftoff.html'
  const minutes = ['1995-07-01T04:01:00', '1995-07-01T04:02:00', path, '1234']
  expect(at(60, minutes)).toEqual([
    'window_start  window_end  path                          hits',
    '04:01:00      04:02:00    /shuttle/countdown/liftoff.…  1234',
  ])
  expect(at(49, minutes)).toEqual([
    'window_start  window_end  path               hits',
    '04:01:00      04:02:00    /shuttle/countdo…  1234',
  ])
  expect(at(30, minutes)).toEqual(['window_…  window_…  path  hits', '04:01:00  04:02:00  /sh…  1234'])
  expect(at(45, ['1995-07-01T00:00:00', '1995-07-02T00:00:00', path, '1'])[1]).toBe(
    '1995-07-01  1995-07-02  /shuttle/count…     1',
  )
})

// Promise: times in a narrow terminal leave out their day only where all rows share it, and it is named above them.
test('the day of times is named above the rows of a query, and stays where there are several', () => {
  const path = '/shuttle/countdown/liftoff.html'
  const [first, second] = [Date.UTC(1995, 6, 1, 4), Date.UTC(1995, 6, 2, 4)]
  const shown = (batches: Value[][][], hasHeader = true) => {
    const { textOf } = openRowTable(FIELDS, { width: 45, hasHeader })
    return batches.map((rows) => textOf(batchOf(FIELDS, rows)).split('\n').slice(0, -1))
  }
  const one = [first, path, 1n]
  const other = [second, path, 1n]
  expect(shown([[one], [one], [other], [one]])).toEqual([
    [
      'times of 1995-07-01:',
      'window_end    path                       hits',
      '────────────  ─────────────────────────  ────',
      '04:00:00.000  /shuttle/countdown/lifto…     1',
    ],
    ['04:00:00.000  /shuttle/countdown/lifto…     1'],
    ['1995-07-02T04:00:00.000  /shuttle/coun…     1'],
    ['1995-07-01T04:00:00.000  /shuttle/coun…     1'],
  ])
  expect(
    shown([[one, other]])[0]
      ?.slice(2)
      .map((line) => line.slice(0, 10)),
  ).toEqual(['1995-07-01', '1995-07-02'])
  // No line is above rows without a header.
  expect(shown([[one]], false)[0]?.[0]).toMatch(/^1995-07-01T04:00:00\.000 /)
})

test('no line is wider than asked, whatever is in it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }), { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 1, max: 60 }),
      (cells, limit) => {
        const shown = cells.map(printable)
        const table = new TextTable(tableColumns(FIELDS))
        table.widen([shown])
        expect(textWidth(table.writer(limit)(shown))).toBeLessThanOrEqual(limit)
      },
    ),
  )
})

const PATHS: Field[] = [
  { name: 'path', type: STRING },
  { name: 'hits', type: BIGINT },
]

const ROWS: Value[][] = [
  ['/\x1b[31m\u202e😀', 7n],
  [null, 1234567890123456789n],
  ['x'.repeat(100), null],
]

// Promise: a cell is never cut in a file or a pipe.
test('rows of a query in a file: names, a rule, every cell whole, and a table that widens with a later batch', () => {
  const { textOf } = openRowTable(PATHS)
  expect(textOf(batchOf(PATHS, ROWS))).toBe(
    [
      `path${' '.repeat(76)}  ${' '.repeat(15)}hits`,
      `${'─'.repeat(80)}  ${'─'.repeat(19)}`,
      `${'/\\x1b[31m\\u202e😀'.padEnd(80)}  ${'7'.padStart(19)}`,
      `${'NULL'.padEnd(80)}  1234567890123456789`,
      `${'x'.repeat(100)}  ${'NULL'.padStart(19)}`,
      '',
    ].join('\n'),
  )
  expect(textOf(batchOf(PATHS, [['/', -1234567890123456789n]]))).toBe(`${'/'.padEnd(80)}  -1234567890123456789\n`)
})

test('rows of a query on a terminal fit its width: texts are cut, and where too little is left, columns are lines', () => {
  const shown = (width: number, hasHeader = true) => {
    const table = openRowTable(PATHS, { width, hasHeader })
    return { lines: table.textOf(batchOf(PATHS, ROWS)).split('\n').slice(0, -1), isCut: table.isCut() }
  }
  expect(shown(121)).toEqual({ isCut: false, lines: shown(500).lines })
  const { lines, isCut } = shown(40)
  expect(isCut).toBe(true)
  expect(lines.every((line) => textWidth(line) <= 40)).toBe(true)
  expect(lines[4]).toBe(`${'x'.repeat(18)}…${' '.repeat(17)}NULL`)
  const vertical = shown(30)
  expect(vertical).toEqual({
    isCut: false,
    lines: [
      `── row 1 ${'─'.repeat(23)}`,
      'path  /\\x1b[31m\\u202e😀',
      'hits  7',
      `── row 2 ${'─'.repeat(23)}`,
      'path  NULL',
      'hits  1234567890123456789',
      `── row 3 ${'─'.repeat(23)}`,
      `path  ${'x'.repeat(100)}`,
      'hits  NULL',
    ],
  })
  expect(shown(30, false).lines.slice(2, 4)).toEqual(['', 'path  NULL'])
  expect(openVerticalRows(PATHS).textOf(batchOf(PATHS, ROWS))).toBe(`${vertical.lines.join('\n')}\n`)
})

/** Characters and how many cells a terminal shows them in (Unicode's East Asian Width; combining marks take none). */
const CHARACTERS = { a: 1, é: 1, ｱ: 1, 日: 2, 한: 2, '！': 2, '😀': 2, '\u0301': 0, '\u200d': 0 }

test('columns line up below each other, whatever characters are in them', () => {
  const text = fc.array(fc.constantFrom(...Object.entries(CHARACTERS)), { maxLength: 30 })
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (texts) => {
      const rows = texts.map((characters) => [characters.map(([character]) => character).join(''), 1n])
      const [names, rule, ...lines] = openRowTable(PATHS).textOf(batchOf(PATHS, rows)).trimEnd().split('\n')
      const widest = Math.max(4, ...texts.map((characters) => characters.reduce((sum, [, width]) => sum + width, 0)))
      expect(names).toBe(`${'path'.padEnd(widest)}  hits`)
      expect(rule).toBe(`${'─'.repeat(widest)}  ────`)
      for (const [i, characters] of texts.entries()) {
        const blanks = ' '.repeat(widest - characters.reduce((sum, [, width]) => sum + width, 0))
        expect(lines[i]).toBe(`${rows[i]?.[0]}${blanks}     1`)
      }
    }),
  )
})

test('a wrapped text has its words in their order, and no line is too wide', () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '漢', 'e\u0301'), minLength: 1, maxLength: 8 }))
  fc.assert(
    fc.property(words, fc.integer({ min: 16, max: 40 }), (some, width) => {
      const lines = wrapText(some.join(' '), width)
      expect(lines.join(' ')).toBe(some.join(' '))
      expect(lines.every((line) => textWidth(line) <= width)).toBe(true)
      // A line ends only where the next word has no room.
      const firsts = lines.slice(1).map((line) => line.split(' ')[0] ?? '')
      expect(firsts.every((word, i) => textWidth(`${lines[i]} ${word}`) > width)).toBe(true)
    }),
  )
  expect(wrapText('a longer-than-that b', 6)).toEqual(['a', 'longe…', 'b'])
})
