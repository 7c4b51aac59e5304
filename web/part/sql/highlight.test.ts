import fc from 'fast-check'
import { expect, test } from 'vitest'
import { markedPieces, piecesOf } from './highlight.ts'

const kindsOf = (sql: string) =>
  piecesOf(sql).flatMap(({ start, end, kind }) => (kind === 'plain' ? [] : [`${kind} ${sql.slice(start, end)}`]))

test('words, texts, numbers and comments are told apart', () => {
  expect(kindsOf("SELECT UPPER(a), 'it''s', 1.5e3, `Select` -- from here")).toEqual([
    'keyword SELECT',
    'function UPPER',
    "string 'it''s'",
    'number 1.5e3',
    'name `Select`',
    'comment -- from here',
  ])
  expect(kindsOf('/* half')).toEqual(['comment /* half'])
  expect(kindsOf("'open SELECT")).toEqual(["string 'open SELECT"])
})

test('the pieces cover any text, each place once, whatever is marked', () => {
  const mark = fc.tuple(fc.nat(60), fc.nat(20)).map(([start, length]) => {
    return { start, end: start + length + 1, className: 'is-wrong' }
  })
  const text = fc.array(fc.constantFrom('SELECT', ' ', "'", '`', '--', '/*', '*/', '\n', '1', 'é', '(', 'x'))
  fc.assert(
    fc.property(text, fc.array(mark), (parts, marks) => {
      const sql = parts.join('')
      const pieces = markedPieces(sql, marks)
      expect(pieces.map(({ start, end }) => sql.slice(start, end)).join('')).toBe(sql)
      for (const { start, end, marks: within } of pieces) {
        const isMarked = marks.some((one) => one.start < end && one.end > start)
        expect(within.length > 0).toBe(isMarked)
      }
    }),
  )
})
