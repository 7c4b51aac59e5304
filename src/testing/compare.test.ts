import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ExpectedRows } from '../pipeline/expect/expected-rows.ts'
import { compareRows } from './compare.ts'

const rowsOf = (letters: readonly string[]) =>
  letters.map(
    (a, i) =>
      new Map([
        ['a', a],
        ['b', String(i)],
      ] as const),
  )
const expected = (letters: readonly string[], unordered = false): ExpectedRows => ({
  form: 'table',
  columns: ['a'],
  rows: letters.map((a) => new Map([['a', a]])),
  unordered,
})
const letters = fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 8 })
const withSign = (signs: string, lines: readonly { readonly sign: string; readonly cells: readonly unknown[] }[]) =>
  lines.filter(({ sign }) => signs.includes(sign)).map(({ cells }) => cells[0])

test('a difference has all rows that were expected and all that came, in their order, and as few changes as can be', () => {
  fc.assert(
    fc.property(letters, letters, (wanted, came) => {
      const diff = compareRows(expected(wanted), rowsOf(came), ['a', 'b'])
      expect(diff === undefined).toBe(wanted.join() === came.join())
      if (diff === undefined) return
      expect(withSign(' -', diff.lines)).toEqual(wanted)
      expect(withSign(' +', diff.lines)).toEqual(came)
      expect(diff.lines.filter(({ sign }) => sign === ' ').length).toBe(longestCommon(wanted, came))
    }),
  )
})

test('in any order, the same rows are no difference', () => {
  fc.assert(
    fc.property(letters, letters, (wanted, came) => {
      const diff = compareRows(expected(wanted, true), rowsOf(came), ['a', 'b'])
      expect(diff === undefined).toBe(wanted.toSorted().join() === came.toSorted().join())
      if (diff === undefined) return
      expect(withSign(' -', diff.lines).toSorted()).toEqual(wanted.toSorted())
      expect(withSign(' +', diff.lines)).toEqual(came)
    }),
  )
})

test('only the columns count that a row names, and all are shown where none is', () => {
  const came = rowsOf(['x', 'y'])
  const rows = [new Map([['b', '0']]), new Map([['a', 'y']])]
  expect(compareRows({ form: 'list', columns: ['b', 'a'], rows, unordered: false }, came, ['a', 'b'])).toBeUndefined()
  expect(compareRows({ form: 'none', columns: [], rows: [], unordered: false }, came, ['a', 'b'])).toEqual({
    columns: ['a', 'b'],
    lines: [
      { sign: '+', cells: ['x', '0'] },
      { sign: '+', cells: ['y', '1'] },
    ],
  })
})

function longestCommon([one, ...ones]: readonly string[], [other, ...others]: readonly string[]): number {
  if (one === undefined || other === undefined) return 0
  if (one === other) return 1 + longestCommon(ones, others)
  return Math.max(longestCommon(ones, [other, ...others]), longestCommon([one, ...ones], others))
}
