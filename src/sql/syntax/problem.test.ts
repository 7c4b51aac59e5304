import { expect, test } from 'vitest'
import { describeFailure, Failure } from '../../base/failure.ts'
import { placedInFile, placeInSql, problem } from './problem.ts'

const sql = 'SELECT a,\n  method\nFROM t'
const range = { start: 12, end: 18 }

test('a place is the line, the column and how far the caret goes', () => {
  expect(placeInSql(sql, range)).toEqual({ file: undefined, line: 2, column: 3, text: '  method', length: 6 })
  expect(placeInSql(sql, { start: 0, end: 25 })).toMatchObject({ line: 1, column: 1, length: 9 })
})

test('the end of the text, also after a last newline, is a place', () => {
  expect(placeInSql(sql, { start: 25, end: 25 })).toMatchObject({ line: 3, column: 7, text: 'FROM t', length: 1 })
  expect(placeInSql('a\r\n', { start: 3, end: 3 })).toMatchObject({ line: 2, column: 1, text: '' })
  expect(placeInSql('', { start: 0, end: 0 })).toMatchObject({ line: 1, column: 1, text: '' })
  expect(placeInSql('a\r\nb', { start: 0, end: 1 })).toMatchObject({ line: 1, text: 'a' })
})

test('a failure shows its caret and hint', () => {
  expect(describeFailure(problem(sql, range, 'no', 'write `method`'))).toBe(
    'line 2:3: no\n    method\n    ^^^^^^\n  write `method`',
  )
})

const yaml = 'queries:\n  q: |\n    SELECT a,\n      method\n    FROM t\n'

test('in a block scalar every line is shifted by the indent', () => {
  const moved = placedInFile(problem(sql, range, 'no', 'hint'), {
    file: 'p.yaml',
    line: 3,
    column: 5,
    indent: 4,
    text: yaml,
  })
  expect(moved.place).toEqual({ file: 'p.yaml', line: 4, column: 7, text: '      method', length: 6 })
  expect(moved).toMatchObject({ code: 'sql', message: 'no', hint: 'hint' })
})

test('in a plain scalar the first line is shifted, and is shown whole', () => {
  const inner = 'SELECT method'
  const failure = problem(inner, { start: 7, end: 13 }, 'no')
  const moved = placedInFile(failure, { file: 'p.yaml', line: 2, column: 6, text: 'queries:\n  q: SELECT method' })
  expect(moved.place).toEqual({ file: 'p.yaml', line: 2, column: 13, text: '  q: SELECT method', length: 6 })
})

test('where the file writes the line otherwise, or is not given, the line of the SQL is shown', () => {
  const failure = problem("SELECT 'it''s' !", { start: 15, end: 16 }, 'no')
  const origin = { file: 'p.yaml', line: 1, column: 5, text: "q: 'SELECT ''it''''s'' !'" }
  expect(placedInFile(failure, origin).place).toMatchObject({ column: 20, text: "    SELECT 'it''s' !" })
  expect(placedInFile(failure, { file: undefined, line: 1, column: 1 }).place).toEqual(failure.place)
})

test('a failure without a place stays as it is', () => {
  const failure = new Failure('limit', 'too long')
  expect(placedInFile(failure, { file: 'p.yaml', line: 1, column: 1 })).toBe(failure)
})
