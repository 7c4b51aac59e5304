import { expect, test } from 'vitest'
import { linePattern } from './line-pattern.ts'

test('a pattern is found anywhere in a line, and is read as those of the format regex are', () => {
  for (const pattern of ['b+', '.*b', '(?<a_name>b)', '(?P<name>b)', '^.b']) {
    const begins = linePattern(pattern, 'begins')
    expect([begins('abc'), begins('acc')], pattern).toEqual([true, false])
  }
  expect(linePattern('a.c', 'begins')('a\u2028c')).toBe(true)
  expect(() => linePattern('(?<a-b>x)', 'begins')).toThrow('begins: this is not a regular expression')
})
