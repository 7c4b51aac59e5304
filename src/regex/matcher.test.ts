import fc from 'fast-check'
import { expect, test } from 'vitest'
import { powerOf } from './cost.ts'
import { openMatcher } from './matcher.ts'
import { readRegex } from './read-java.ts'
import type { RegexNode } from './tree.ts'
import { scriptSource } from './write.ts'

const power = (pattern: string): number => powerOf(readRegex(pattern) as RegexNode)

test.each([
  ['foo', 1],
  ['"([A-Z]+) ([^ "]+)', 1],
  [String.raw`^(\S+) (\S+) \[([^\]]+)\] "([^"]*)" (\d+)`, 1],
  [String.raw`^(\d{1,3}\.){3}\d{1,3}$`, 1],
  ['^(?=.*foo)(?!.*bar).*$', 1],
  [String.raw`\s+$`, 2],
  ['foo.*bar', 2],
  ['^.*foo.*bar', 2],
  ['a+a+b', 3],
  ['(a|aa)+$', Infinity],
  ['^(/?[a-z]+)+$', Infinity],
  [String.raw`(\w+\s?)+$`, Infinity],
  ['(?:a|b|ab)*c', Infinity],
  ['(a|a){30}', Infinity],
  ['(x+x+)+y', Infinity],
  ['(.*?,){11}P', Infinity],
  ['(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)x', Infinity],
])('the time of %s grows with power %d of the length', (pattern, expected) => {
  expect(power(pattern)).toBe(expected)
})

const piece = fc.constantFrom(
  ...String.raw`a b ab . [ab] \d c? a* b+ a{1,3} (a|b) (a|ab) (?:ab|b)+ (a*b)+ [^a]*? \b $`.split(' '),
)
const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''))
const nested = fc.oneof(
  pattern,
  fc.tuple(pattern, pattern).map(([a, b]) => `(?:${a}|${b})+c?`),
  pattern.map((inner) => `^(?:${inner})+$`),
  pattern.map((inner) => `.*${inner}.*`),
)
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '\n', '\r', '😀'), maxLength: 12 })

/** The tree, where the pattern is supported. */
function treeOf(source: string): RegexNode | undefined {
  try {
    return readRegex(source)
  } catch {
    return undefined
  }
}

test('a pattern that is left to RE2 matches what JavaScript matches', () => {
  fc.assert(
    fc.property(nested, text, fc.nat(2), (source, subject, group) => {
      const tree = treeOf(source)
      if (tree === undefined) return
      const regex = new RegExp(scriptSource(tree), 'gu')
      let matcher: ReturnType<typeof openMatcher>
      try {
        matcher = openMatcher(source)
      } catch {
        return
      }
      expect(matcher?.test(subject)).toBe(new RegExp(scriptSource(tree), 'u').test(subject))
      expect(matcher?.extract(subject, group)).toBe(new RegExp(scriptSource(tree), 'u').exec(subject)?.[group])
      expect(matcher?.replace(subject, '-$1')).toBe(subject.replace(regex, () => '-$1'))
      expect(matcher?.count(subject)).toBe(subject.match(regex)?.length ?? 0)
      const first = new RegExp(scriptSource(tree), 'u').exec(subject)
      expect(matcher?.find(subject)).toEqual(first === null ? undefined : [first.index, first.index + first[0].length])
      expect(matcher?.all(subject, group)).toEqual(Array.from(subject.matchAll(regex), (match) => match[group]))
    }),
    { numRuns: 4000 },
  )
})

/** The characters that a matcher looks at which tries every way in turn and finds none good enough. */
function stepsOf(tree: RegexNode, subject: string, most: number): number {
  let steps = 0
  const walk = (node: RegexNode, at: number, then: (at: number) => void): void => {
    if (steps > most) return
    switch (node.kind) {
      case 'set':
        steps++
        if (at < subject.length && new RegExp(`^${scriptSource(node)}$`, 'u').test(subject[at] as string)) then(at + 1)
        return
      case 'sequence': {
        const from = (index: number, here: number): void =>
          node.parts[index] === undefined ? then(here) : walk(node.parts[index], here, (next) => from(index + 1, next))
        from(0, at)
        return
      }
      case 'alternatives':
        for (const branch of node.branches) walk(branch, at, then)
        return
      case 'repeat': {
        const again = (times: number, here: number): void => {
          if (times < (node.most ?? Infinity)) walk(node.of, here, (next) => again(times + 1, next))
          if (times >= node.least) then(here)
        }
        again(0, at)
        return
      }
      case 'group':
        walk(node.of, at, then)
        return
      case 'start':
        if (at === 0) then(at)
        return
      default:
        then(at)
    }
  }
  for (let at = 0; at <= subject.length; at++) walk(tree, at, () => undefined)
  return steps
}

test('no text makes a matcher take more steps than the power allows', () => {
  const simple = fc.constantFrom(
    'a',
    'b',
    'a+',
    'a*b',
    '(?:a|b)',
    '(?:a|ab)',
    '(?:ab?)+',
    '(?:a|b)+',
    'a{1,2}',
    '[ab]*',
    'b?',
  )
  const made = fc
    .tuple(fc.boolean(), fc.array(simple, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([anchored, parts, loop]) => `${anchored ? '^' : ''}${loop ? `(?:${parts.join('')})+` : parts.join('')}`)
  fc.assert(
    fc.property(made, fc.constantFrom('a', 'b', 'ab', 'aab', 'abb'), (source, unit) => {
      const tree = treeOf(source)
      const bound = tree === undefined ? Infinity : powerOf(tree)
      if (tree === undefined || bound === Infinity) return
      const steps = [24, 48].map((length) => stepsOf(tree, unit.repeat(length / unit.length), 3_000_000))
      const [short = 0, long = 0] = steps
      expect(long).toBeLessThanOrEqual(6 * 2 ** bound * short)
    }),
    { numRuns: 300 },
  )
})

// Promise: No text makes a regular expression take longer than in proportion to the text's length.
test('texts that keep a backtracking matcher busy for years are matched', () => {
  const busy = `/${'a'.repeat(100_000)}!`
  expect(openMatcher('^(/?[a-z]+)+$')?.test(busy)).toBe(false)
  expect(openMatcher('^(/?[a-z]+)+!$')?.extract(busy, 0)).toBe(busy)
  expect(openMatcher('(a|aa)+$')?.count(busy)).toBe(0)
  expect(openMatcher('(x+x+)+y')?.replace('x'.repeat(100_000), '-')).toBe('x'.repeat(100_000))
  const blanks = `${' '.repeat(200_000)}x`
  expect(openMatcher(String.raw`\s+$`)?.test(blanks)).toBe(false)
  expect(openMatcher(String.raw`(\s+)x$`)?.extract(blanks, 1)).toBe(' '.repeat(200_000))
})

test('where only a backtracking matcher can do it, a pattern or a text that is too much for it is refused', () => {
  expect(() => openMatcher('(?!x)(a|aa)+$')).toThrow('busy for years')
  expect(openMatcher(String.raw`(?=x)\s+$`)?.test('x')).toBe(false)
  expect(openMatcher(String.raw`(?=\s*x)\s+$`)?.test(' '.repeat(100_000))).toHaveProperty('failed')
})
