import { expect, test } from 'vitest'
import { failureOf } from '../refusal.test-tool.ts'
import { tokenize } from './token.ts'

const read = (sql: string) => tokenize(sql).map(({ kind, text }) => (kind === 'end' ? 'end' : `${kind} ${text}`))

const refusal = (sql: string) => failureOf(() => tokenize(sql))

test('words, names, numbers, strings and signs, with comments and blanks left out', () => {
  expect(read("SELECT `a``b`, 1.50e-3 -- note\n/* more\n*/ <> 'it''s' // last")).toEqual([
    'word SELECT',
    'quoted a`b',
    'sign ,',
    'number 1.50e-3',
    'sign <>',
    "string it's",
    'end',
  ])
})

test('a token has its range of the text', () => {
  expect(tokenize("a  'bc'").map(({ range }) => range)).toEqual([
    { start: 0, end: 1 },
    { start: 3, end: 7 },
    { start: 7, end: 7 },
  ])
})

test.each(['1', '1.', '.5', '1.5', '1e3', '1.e+3', '.5E-10'])('%s is one number', (text) => {
  expect(read(text)).toEqual([`number ${text}`, 'end'])
})

test.each([
  [String.raw`U&'caf\00e9\d83d\DE00\\'`, 'café😀\\'],
  [String.raw`U&'caf\00e9\+01F600'`, 'café\u001f600'],
  ["U&'a!0062!!' UESCAPE '!'", 'ab!'],
  ["_UTF8'x'", 'x'],
  ["N'x'", 'x'],
  ["'a\nb'", 'a\nb'],
])('%s is a string', (text, value) => {
  expect(read(text)).toEqual([`string ${value}`, 'end'])
})

test('hexadecimal digits are bytes', () => {
  expect(read("X'4142fF' x''")).toEqual(['bytes AB\xff', 'bytes ', 'end'])
})

test('letters of other scripts, $ and _ make words; only ASCII makes keywords', () => {
  expect(tokenize('größe_$1 ſelect Select').map(({ key }) => key)).toEqual(['größe_$1', 'ſelect', 'SELECT', ''])
})

test.each([
  ["SELECT 'abc", 'this string has no end', 8],
  ['SELECT `abc', 'this name has no end', 8],
  ['SELECT ``', 'a name cannot be empty', 8],
  ['SELECT /* abc', 'this comment has no end', 8],
  ['SELECT /*+ x */ 1', 'hints are not supported yet', 8],
  ['SELECT "x"', 'double quotes have no meaning in Flink SQL', 8],
  ['0x1F', '0x1F is not a number', 1],
  ['1_000', '1_000 is not a number', 1],
  ["X'4'", "X'4' is half a byte too long", 1],
  ["X'4g'", "X'…' has hexadecimal digits only", 1],
  ["U&'a' UESCAPE '+'", '+ cannot begin an escape', 1],
  ['a ‘b’', 'the character ‘ has no meaning here', 3],
  [String.raw`U&'\00'`, `an escape in U&'…' has four hexadecimal digits`, 1],
])('%s: %s', (sql, message, column) => {
  expect(refusal(sql)).toMatchObject({ code: 'sql', message, place: { line: 1, column } })
})

test('the hint is the text to write', () => {
  expect(refusal('SELECT "a""b`"')?.hint).toBe('for a name write `a"b```, for a string \'a"b`\'')
  expect(refusal('1_000')?.hint).toBe('write 1000')
})

test('a text of more than a million characters is refused at once', () => {
  expect(refusal(' '.repeat((1 << 20) + 1))).toMatchObject({ code: 'limit' })
})
