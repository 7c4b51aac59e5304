import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readRows } from '../pipeline/expect/expected-rows.ts'
import { INT, STRING } from '../record/type.ts'
import type { Right } from './judge.ts'
import { standsIn, updated } from './update-file.ts'

const FIELDS = [
  { name: 'path', type: STRING },
  { name: 'hits', type: INT },
]
const COLUMNS = FIELDS.map(({ name }) => name)

/** The ways in which rows may stand in a file, with the form that they are then read in. */
const PLACES: readonly (readonly [
  form: Extract<Right, { kind: 'rows' }>['form'],
  before: string,
  value: string,
  behind: string,
])[] = [
  ['table', 'q: ', '| # a comment\n        path\n        /old\n', '      # behind\n      r: 1 # last\n'],
  ['table', 'q: ', '|-\n          path\n          /old\n\n', '      r: 1\n'],
  ['none', 'q:', '', ' # nothing yet\n      r: 1\n'],
  ['none', '"q":', ' null', '\n'],
  ['ndjson', 'q: ', '|\n        {"path": "/old"}\n', '      r: 1\n'],
  ['list', 'q:\n', '        - { path: /old }\n        - path: /older\n          hits: 1\n', '      r: 1\n'],
  ['list', 'q: ', '[ { path: /old }, { path: "[" } ]', ' # behind\n'],
  ['table', 'q: { rows: ', '"path\\n/old"', ', unordered: true }\n'],
  ['none', 'q: ', '[]', '\n'],
]
const BEFORE =
  '# a file\nversion:   1\ntests:\n  "one: two": &x\n    steps: [ {send: {t: [a ,b]}} ]   # odd\n    expect:\n      '

const cell = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(
    '/a',
    'a, b',
    '"',
    '',
    ' ',
    'null',
    '1',
    'yes',
    '# no comment',
    '- x',
    '{',
    "it's",
    '\\',
    'é',
    '|',
    '%',
    'two\nlines',
    'two\r\nlines\n',
    '\u001b[2J\u0000',
    'a\tb',
  ),
)
const row = fc.tuple(cell, fc.oneof(fc.constant(undefined), fc.integer().map(String)))

test('rows that were written are read, and nothing else has changed', () => {
  fc.assert(
    fc.property(fc.constantFrom(...PLACES), fc.array(row, { minLength: 1, maxLength: 4 }), (place, rows) => {
      const [form, before, value, behind] = place
      const text = BEFORE + before + value + behind
      const after = update(text, { kind: 'rows', form, columns: COLUMNS, fields: FIELDS, rows })
      expect(after.startsWith(BEFORE + before.trimEnd()), after).toBe(true)
      // A comment on the line of the key stays on it.
      const [comment = ''] = /^ *#.*/.exec(behind) ?? []
      expect(after.slice(BEFORE.length).split('\n', 1)[0] + after.slice(-behind.length), after).toContain(comment)
      expect(after.endsWith(behind.slice(comment.length)), after).toBe(true)
      const found = parse(after).tests['one: two'].expect.q
      const written = Array.isArray(found) || typeof found === 'string' ? found : found.rows
      const typeOf = (column: string) => FIELDS.find(({ name }) => name === column)?.type
      const read = readRows(written, false, { typeOf, zone: 'UTC' })
      expect(read.rows.map((one) => COLUMNS.map((column) => one.get(column)))).toEqual(rows)
      // Again, it says the same.
      expect(update(after, { kind: 'rows', form: read.form, columns: COLUMNS, fields: FIELDS, rows })).toBe(after)
    }),
    { numRuns: 500 },
  )
})

test('no rows are an empty list, in any place', () => {
  for (const [form, before, value, behind] of PLACES) {
    const after = update(BEFORE + before + value + behind, {
      kind: 'rows',
      form,
      columns: COLUMNS,
      fields: FIELDS,
      rows: [],
    })
    const found = parse(after).tests['one: two'].expect.q
    expect(found.rows ?? found).toEqual([])
    expect(after.endsWith(behind)).toBe(true)
  }
})

test('numbers', () => {
  const text = `${BEFORE}q: 3 # three\n`
  expect(update(text, { kind: 'count', count: 12 })).toBe(`${BEFORE}q: 12 # three\n`)
})

test('what stands elsewhere cannot be changed', () => {
  const path = ['tests', 'one', 'expect', 'q']
  const text = 'x: &x { q: [] }\ntests: { one: { expect: *x } }\n'
  expect(standsIn(text, path)).toBe(false)
  const right: Right = { kind: 'count', count: 1 }
  expect(() => updated(text, [{ path, right }], 'p.yaml')).toThrow('does not stand in p.yaml itself')
})

const update = (text: string, right: Right): string =>
  updated(text, [{ path: ['tests', 'one: two', 'expect', 'q'], right }], 'p.yaml')
