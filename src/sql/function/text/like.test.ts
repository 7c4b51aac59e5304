import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BOOLEAN, STRING } from '../../../record/type.ts'
import { TypeProblem } from '../function.ts'
import { bind, call, column, literal, rows } from '../run.test-tool.ts'
import { toBytes } from './bytes.ts'
import { likeMatches, parseLike } from './like-pattern.ts'

const character = fc.constantFrom('a', 'b', 'c', '\n', 'é', '😀', '\u2028', '%', '_')
const text = fc.array(character, { maxLength: 8 }).map((characters) => characters.join(''))
const pattern = fc
  .array(fc.constantFrom('a', 'b', 'é', '😀', '%', '_', '%', 'ab'), { maxLength: 6 })
  .map((parts) => parts.join(''))

/** The definition of LIKE, which tries every way to match. */
function matches(of: readonly string[], by: readonly string[]): boolean {
  const [first, ...rest] = by
  if (first === undefined) return of.length === 0
  if (first === '%') return matches(of, rest) || (of.length > 0 && matches(of.slice(1), by))
  const [head, ...tail] = of
  if (head === undefined) return false
  const fits = first === '_' ? !/[\n\r\u0085\u2028\u2029]/.test(head) : head === first
  return fits && matches(tail, rest)
}

test('LIKE matches as a naive matcher does, for literal patterns and those of a column', () => {
  fc.assert(
    fc.property(text, pattern, (of, by) => {
      const wanted = matches(Array.from(of), Array.from(by))
      expect(call('LIKE', [rows(STRING, of), literal(by, STRING)])).toEqual([wanted])
      expect(call('LIKE', [rows(STRING, of), rows(STRING, by)])).toEqual([wanted])
    }),
    { numRuns: 2000 },
  )
})

test('an escaped sign stands for itself', () => {
  const like = (of: string, by: string) =>
    call('LIKE', [rows(STRING, of), literal(by, STRING), literal('#', STRING)])[0]
  expect([like('50%', '50#%'), like('500', '50#%'), like('a_c', 'a#_c'), like('abc', 'a#_c'), like('#', '##')]).toEqual(
    [true, false, true, false, true],
  )
})

test('a bad escape is refused in the statement and fails the row in a column', () => {
  expect(() => bind('LIKE', [column(0, STRING), literal('a#', STRING), literal('#', STRING)])).toThrow(TypeProblem)
  expect(() => bind('LIKE', [column(0, STRING), literal('a', STRING), literal('##', STRING)])).toThrow(TypeProblem)
  expect(call('LIKE', [rows(STRING, 'a', 'a'), rows(STRING, 'a#', 'a'), literal('#', STRING)])).toEqual([
    'failed',
    true,
  ])
})

test('bytes that are no UTF-8 do not stop the matching', () => {
  const parsed = parseLike('_%\u00e9', undefined)
  const bytes = new Uint8Array([0xff, 0x80, 0xc3, ...toBytes('é')])
  expect('refused' in parsed || likeMatches(parsed, bytes, 0, bytes.length)).toBe(true)
})

test('IN finds what = finds; with NULL in the list the others are NULL', () => {
  const list = ['a', 'bb', '', 'é', 'ab', 'ba', 'aa', 'c'].map((value) => literal(value, STRING))
  const values = ['a', 'bb', 'b', '', 'é', 'ba', null, 'cc']
  expect(call('IN', [[STRING, values], ...list])).toEqual([true, true, false, true, true, true, null, false])
  expect(call('IN', [[STRING, values], ...list.slice(0, 2), literal(null, STRING)])).toEqual([
    true,
    true,
    null,
    null,
    null,
    null,
    null,
    null,
  ])
  expect(call('IN', [rows(BOOLEAN, true, false), literal(true, BOOLEAN)])).toEqual([true, false])
})
