import fc from 'fast-check'
import { expect, test } from 'vitest'
import { STRING } from '../../../record/type.ts'
import { TypeProblem } from '../function.ts'
import { bind, call, column, literal, rows } from '../run.test-tool.ts'
import { similarToJava } from './similar-pattern.ts'

const similarTo = (text: string, pattern: string, escaping?: string) => {
  const rest = escaping === undefined ? [] : [literal(escaping, STRING)]
  const [fixed] = call('SIMILAR TO', [rows(STRING, text), literal(pattern, STRING), ...rest])
  expect(call('SIMILAR TO', [rows(STRING, text), rows(STRING, pattern), ...rest])).toEqual([fixed])
  return fixed
}

test.each([
  ['abc', '(b|c|abc)', true],
  ['abc', '(b|c)', false],
  ['abc', '%(b|d)%', true],
  ['a\nb', 'a%b', true],
  ['a\nb', 'a_b', false],
  ['aab', 'a{2}b', true],
  ['a1', '[[:alpha:]][[:DIGIT:]]', true],
  ['a-', '[a-c][^a-c]', true],
  ['a$b', 'a$b', true],
  ['a\\b', 'a\\b', true],
  ['a\n', 'a', false],
  ['axb', 'a.b', true],
])('%j SIMILAR TO %j is %j', (text, pattern, wanted) => {
  expect(similarTo(text, pattern)).toBe(wanted)
})

test('an escaped sign is itself', () => {
  expect(similarTo('a%', 'a!%', '!')).toBe(true)
  expect(similarTo('ab', 'a!%', '!')).toBe(false)
  expect(similarTo('a|b', 'a!|b', '!')).toBe(true)
  expect(similarTo('a!b', 'a!!b', '!')).toBe(true)
})

test.each(['a]', '[a', '[a(]', '[[:word:]]', '(a', '*'])(
  'the pattern %j is refused, and fails the rows of a column',
  (pattern) => {
    expect(() => bind('SIMILAR TO', [column(0, STRING), literal(pattern, STRING)])).toThrow(TypeProblem)
    expect(call('SIMILAR TO', [rows(STRING, 'a'), rows(STRING, pattern)])).toEqual(['failed'])
  },
)

test('an escape that is none is refused', () => {
  expect(similarToJava('a!b', '!')).toEqual({ refused: "Invalid escape sequence 'a!b', 1" })
  expect(similarToJava('a!', '!')).toEqual({ refused: "Invalid escape sequence 'a!', 1" })
  expect(similarToJava('a', '!!')).toEqual({ refused: "Invalid escape character '!!'" })
})

test('a pattern of letters, % and _ fits the same texts as with LIKE', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', 'é', '😀'), maxLength: 6 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '%', '_'), maxLength: 6 })
  fc.assert(
    fc.property(text, pattern, (of, by) => {
      expect([similarTo(of, by)]).toEqual(call('LIKE', [rows(STRING, of), literal(by, STRING)]))
    }),
  )
})
