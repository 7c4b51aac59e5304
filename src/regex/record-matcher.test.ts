import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PatternProblem } from './problem.ts'
import { openRecordMatcher } from './record-matcher.ts'

/** The texts of the groups; undefined where the text does not match, a reason where it is not tried. */
function groupsOf(pattern: string, text: string) {
  const { names, match } = openRecordMatcher(pattern)
  const places = new Int32Array(2 * names.length)
  const found = match(text, places)
  if (found !== true) return found || undefined
  const textAt = (i: number) => ((places[2 * i] as number) < 0 ? null : text.slice(places[2 * i], places[2 * i + 1]))
  return Object.fromEntries(names.map((name, i) => [name, textAt(i)]))
}

test('named groups of a whole text, wherever they are in the pattern', () => {
  const line = '2026-11-29 WARN [main] 12 ms'
  expect(groupsOf(String.raw`(?<day>\S+) (?<level>[A-Z]+) \[(?<thread>[^\]]*)\] (?<ms>\d+) ms`, line)).toEqual({
    day: '2026-11-29',
    level: 'WARN',
    thread: 'main',
    ms: '12',
  })
  expect(groupsOf(String.raw`^(?<day>\S+) (?:(?<level>WARN|INFO)|(?<code>\d+)) .*$`, line)).toEqual({
    day: '2026-11-29',
    level: 'WARN',
    code: null,
  })
  expect(groupsOf(String.raw`(?P<year_of>\d{4})(-)(?:\d\d-?)+ (?<rest>.*)`, line)).toMatchObject({ year_of: '2026' })
  expect(groupsOf('(?<a>x)?(?<b>y)?', 'y')).toEqual({ a: null, b: 'y' })
  expect(groupsOf('(?<a>x)|(?<b>y)', 'y')).toEqual({ a: null, b: 'y' })
  expect(groupsOf('a|b(?<c>c)', 'xbc')).toBeUndefined()
})

test('the whole text has to match, and a dot is any character', () => {
  expect(groupsOf('(?<a>[a-z]+)', 'ab1')).toBeUndefined()
  expect(groupsOf('(?<a>[a-z]+)', '1ab')).toBeUndefined()
  expect(groupsOf('(?<a>.*)', 'a\nb\u2028c')).toEqual({ a: 'a\nb\u2028c' })
  expect(groupsOf('(?<a>.*)$', 'a\n')).toEqual({ a: 'a\n' })
  expect(groupsOf('(?<a>.*)(?<b>x)$', 'a\nx')).toEqual({ a: 'a\n', b: 'x' })
})

test('a pattern that is none, or that is not supported, is refused with its place', () => {
  for (const [pattern, message] of [
    ['(?<a>x', 'it ends too early'],
    ['(?<a>x)) b', 'character 8, ) b'],
    ['(?<a>x)(?<a>y)', 'the name a'],
    ['(?<a>x)(?<=b)', 'begins with (?'],
    ['(?<a>(?!x)(?:a|aa)+)', 'busy for years'],
  ] as const) {
    expect(() => openRecordMatcher(pattern), pattern).toThrow(PatternProblem)
    expect(() => openRecordMatcher(pattern), pattern).toThrow(message)
  }
})

test('no text keeps a pattern busy', () => {
  const busy = 'a'.repeat(100_000)
  expect(groupsOf('(?<a>(?:a|aa)+)!', busy)).toBeUndefined()
  expect(groupsOf('(?<a>(?:a|aa)+)(?<b>!)', `${busy}!`)).toEqual({ a: busy, b: '!' })
  expect(groupsOf(String.raw`(?<a>.*)(?<b>\s+)(?<c>\s+)x`, `${' '.repeat(50_000)}x`)).toMatchObject({ c: ' ' })
  expect(groupsOf(String.raw`(?=.)(?<a>\s*)(?<b>\s*)(?<c>\s*)x`, ' '.repeat(50_000))).toContain('characters')
})

test('all ways to find the places agree with those of JavaScript', () => {
  const piece = fc.constantFrom(
    ...String.raw`(?<A>a*) (?<A>[ab]+?) (?<A>\d)? (?:(?<A>a)|b) (?<A>(?:a|aa)+) b* [^a]* (?:a|b)+ (x)? \b`.split(' '),
  )
  const made = fc
    .array(piece, { minLength: 1, maxLength: 6 })
    .map((pieces) => pieces.map((one, i) => one.replace('A', `g${i}`)).join(''))
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', 'x', '\n', 'é', '😀'), maxLength: 10 })
  fc.assert(
    fc.property(made, text, (pattern, subject) => {
      const match = new RegExp(`^(?:${pattern})$`, 'u').exec(subject)
      const groups = match && Object.fromEntries(Object.entries(match.groups ?? {}).map(([k, v]) => [k, v ?? null]))
      expect(groupsOf(pattern, subject)).toEqual(groups ?? undefined)
    }),
    { numRuns: 3000 },
  )
})
