import { expect, test } from 'vitest'
import { piecesOf } from './sql-text.tsx'

test('the pieces are the text, and each is told apart', () => {
  const sql = "-- a comment\nSELECT COUNT(*) AS `from`, 'it''s' FROM t WHERE v >= 1.5 /* open"
  const pieces = piecesOf(sql)
  expect(pieces.map(({ text }) => text).join('')).toBe(sql)
  const of = (kind: string) => pieces.filter((piece) => piece.kind === kind).map(({ text }) => text)
  expect(of('word')).toEqual(['SELECT', 'AS', 'FROM', 'WHERE'])
  expect(of('comment')).toEqual(['-- a comment', '/* open'])
  expect(of('text')).toEqual(["'it''s'"])
  expect(of('call')).toEqual(['COUNT'])
  expect(of('number')).toEqual(['1.5'])
})
