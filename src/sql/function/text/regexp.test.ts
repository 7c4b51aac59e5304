import fc from 'fast-check'
import { expect, test } from 'vitest'
import { STRING } from '../../../record/type.ts'
import { PatternProblem } from '../../../regex/problem.ts'
import { readRegex } from '../../../regex/read-java.ts'
import { groupsIn, type RegexNode } from '../../../regex/tree.ts'
import { scriptSource } from '../../../regex/write.ts'
import { TypeProblem } from '../function.ts'
import { bind, call, column, literal, rows } from '../run.test-tool.ts'

const extract = (text: string, pattern: string, group = 0) =>
  call('REGEXP_EXTRACT', [rows(STRING, text), literal(pattern, STRING), literal(group, { kind: 'INT' })])[0]

test('patterns mean what they mean in Java', () => {
  expect(extract('foo123bar', '([a-z]+)([0-9]+)', 2)).toBe('123')
  expect(extract('foo', '(x)?[a-z]', 1)).toBeNull()
  expect(extract('a\u0085', '.+')).toBe('a')
  expect(extract('line\n', 'e$')).toBe('e')
  expect(extract('a\u00a0b', '\\s')).toBeNull()
  expect(extract('FOO foo', '(?i)fOo')).toBe('FOO')
  expect(extract('Ünder', '(?i)[t-v]n')).toBeNull()
  expect(extract('x]y', 'x]y')).toBe('x]y')
  expect(extract('a😀b', 'a.b')).toBe('a😀b')
  expect(extract('key=v', '(?<name>\\w+)=', 1)).toBe('key')
  // A character has no start of the text within it.
  expect(extract('😀', '^a?$')).toBeNull()
})

test('a pattern for which Java throws gives FALSE or NULL', () => {
  for (const pattern of ['(', '[', 'a)', '*a', 'a{2', 'a**', '\\']) {
    expect(readRegex(pattern)).toBeUndefined()
    expect(call('REGEXP', [rows(STRING, 'a'), literal(pattern, STRING)])).toEqual([false])
    expect(extract('a', pattern)).toBeNull()
    expect(call('REGEXP_REPLACE', [rows(STRING, 'a'), literal(pattern, STRING), literal('b', STRING)])).toEqual([null])
  }
})

test('where no group is asked for, one may be repeated inside of another', () => {
  const address = literal(String.raw`^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)$`, STRING)
  const texts = rows(STRING, '10.0.255.1', '10.0.256.1', '10.0.1', '1.2.3.4', '')
  expect(call('REGEXP', [texts, address])).toEqual([true, false, false, true, false])
  expect(call('REGEXP_COUNT', [rows(STRING, 'abcab-ab'), literal('((a)b)+', STRING)])).toEqual([3])
  expect(() => bind('REGEXP', [column(0, STRING), literal(String.raw`((a)b)*\1`, STRING)])).toThrow(TypeProblem)
})

test('what JavaScript reads differently is refused', () => {
  const patterns = String.raw`a++ (a)\1 [a[b]] [a-z&&[^b]] (?<=a)b ((a)b)* (a*)* \Qa\E (?s). \h`
  for (const pattern of patterns.split(' ')) {
    expect(() => readRegex(pattern), pattern).toThrow(PatternProblem)
    expect(() => bind('REGEXP_EXTRACT', [column(0, STRING), literal(pattern, STRING)])).toThrow(TypeProblem)
  }
  expect(() => bind('REGEXP', [column(0, STRING), column(1, STRING)])).toThrow(TypeProblem)
  const hint = expect.objectContaining({ hint: String.raw`Write \] for the bracket itself.` })
  expect(() => readRegex('[^]]')).toThrow(hint)
  expect(() => readRegex('[]]')).toThrow(hint)
  expect(() => readRegex('[a[]')).toThrow(
    expect.objectContaining({ hint: String.raw`Write \[ for the bracket itself.` }),
  )
})

test('any pattern is translated, bad or refused, and a translated one is a pattern of JavaScript', () => {
  const piece = fc.constantFrom(...String.raw`a b . * + ? ( ) [ ] ^ $ | \d {2} - 😀 / \.`.split(' '))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      let regex: RegexNode | undefined
      try {
        regex = readRegex(pieces.join(''))
      } catch (error) {
        expect(error).toBeInstanceOf(PatternProblem)
      }
      if (regex === undefined) return
      expect(new RegExp(`${scriptSource(regex)}|()`, 'u').exec('')?.length).toBe(groupsIn(regex) + 2)
    }),
    { numRuns: 2000 },
  )
})

test('literal text is found where it stands', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), (text, part) => {
      const pattern = Array.from(part, (character) => (/\w/.test(character) ? character : `\\${character}`)).join('')
      expect(call('REGEXP', [rows(STRING, text + part), literal(pattern, STRING)])).toEqual([true])
    }),
  )
})

test('the replacement is taken as it is', () => {
  const replace = (text: string, pattern: string, by: string) =>
    call('REGEXP_REPLACE', [rows(STRING, text), literal(pattern, STRING), literal(by, STRING)])[0]
  expect(replace('a1b22', '([a-z])([0-9])', '$2$1')).toBe('$2$1$2$12')
  expect(replace('abc', 'x*', '-')).toBe('-a-b-c-')
  expect(call('REGEXP_COUNT', [rows(STRING, 'abc'), literal('', STRING)])).toEqual([4])
})

test('REGEXP_SUBSTR and REGEXP_INSTR tell the first match and its place', () => {
  const texts = rows(STRING, 'xfoo foo', '😀1', '', null)
  const ask = (name: string, pattern: string) => call(name, [texts, literal(pattern, STRING)])
  expect(ask('REGEXP_SUBSTR', '\\bfo+')).toEqual(['foo', null, null, null])
  expect(ask('REGEXP_INSTR', '\\bfo+')).toEqual([6, 0, 0, null])
  // As in Java, a character beyond U+FFFF counts twice.
  expect(ask('REGEXP_INSTR', '\\d')).toEqual([0, 3, 0, null])
  expect(ask('REGEXP_INSTR', '')).toEqual([1, 1, 1, null])
  expect(ask('REGEXP_SUBSTR', '(')).toEqual([null, null, null, null])
  expect(ask('REGEXP_INSTR', '(')).toEqual([null, null, null, null])
})
