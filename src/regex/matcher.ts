/**
 * Matches texts with a regular expression of Java in a time that no text can stretch. JavaScript's matcher is fast, but
 * tries one way after another, and with some patterns some texts have more ways than can be tried in years. So its cost is
 * bounded first (`bounded.ts`): up to the length at which its steps may be too many it is used, and beyond it RE2, whose
 * time is proportional to the text. Both give the same matches.
 */
import { boundedBy, tooLongText } from './bounded.ts'
import { ALL, LINE_ENDS } from './character-set.ts'
import type { Failed, Matcher } from './matching.ts'
import { openRe2 } from './re2.ts'
import { readRecordRegex, readRegex } from './read-java.ts'
import type { RegexNode } from './tree.ts'
import { re2Source, scriptSource } from './write.ts'

/** The matcher; undefined if Java throws for the pattern. `groups`: see `readRegex`. Throws a PatternProblem for one that is not supported. */
export function openMatcher(pattern: string, groups: 'asked' | 'unasked' = 'asked'): Matcher | undefined {
  const tree = readRegex(pattern, groups)
  if (tree === undefined) return undefined
  const every = bounded(tree)
  const searched = withoutAnyText(tree)
  if (searched === tree) return every
  // The first match of .*x begins where a line does, if there is one at all.
  const first = bounded({ kind: 'sequence', parts: [{ kind: 'line-start' }, ...partsOf(tree)] })
  return { ...every, test: bounded(searched).test, find: first.find, extract: first.extract }
}

/**
 * Whether a pattern for records is found anywhere in a text. Throws a PatternProblem for one that is none, or is not supported.
 */
export const openSearch = (pattern: string): Matcher['test'] => bounded(withoutAnyText(readRecordRegex(pattern))).test

/**
 * Whether a pattern fits a text from its start to its very end; undefined if Java throws for the pattern. Throws a PatternProblem for one
 * that is not supported.
 */
export function openWhole(pattern: string): Matcher['test'] | undefined {
  const tree = readRegex(pattern, 'unasked')
  if (tree === undefined) return undefined
  const inside: RegexNode = { kind: 'group', of: tree, captures: false }
  return bounded({ kind: 'sequence', parts: [{ kind: 'start' }, inside, { kind: 'text-end' }] }).test
}

/** What is looked for in place of the tree: whether .*x is anywhere is whether x is. */
function withoutAnyText(tree: RegexNode): RegexNode {
  const [head, ...rest] = partsOf(tree)
  return head !== undefined && isAnyText(head) ? { kind: 'sequence', parts: rest } : tree
}

const partsOf = (tree: RegexNode): readonly RegexNode[] => (tree.kind === 'sequence' ? tree.parts : [tree])

const isAnyText = (node: RegexNode): boolean =>
  node.kind === 'repeat' &&
  node.least === 0 &&
  node.most === undefined &&
  node.of.kind === 'set' &&
  (node.of.set === ALL || node.of.set.ranges === LINE_ENDS)

/** The matcher of the tree, whose time is bounded for every text. */
function bounded(tree: RegexNode): Matcher {
  const script = scriptMatcher(new RegExp(scriptSource(tree), 'gu'))
  const { longest, linear } = boundedBy(tree, () => {
    const source = re2Source(tree)
    return source && openRe2(source)
  })
  return longest === Infinity ? script : either(script, linear ?? refusing(longest), longest)
}

/** The first for texts up to that length, the second for longer ones. */
function either(first: Matcher, second: Matcher, longest: number): Matcher {
  const of = (text: string): Matcher => (text.length <= longest ? first : second)
  return {
    test: (text) => of(text).test(text),
    find: (text) => of(text).find(text),
    extract: (text, group) => of(text).extract(text, group),
    all: (text, group) => of(text).all(text, group),
    replace: (text, replacement) => of(text).replace(text, replacement),
    count: (text) => of(text).count(text),
  }
}

function refusing(longest: number): Matcher {
  const refuse = (text: string): Failed => ({ failed: tooLongText(text, longest) })
  return { test: refuse, find: refuse, extract: refuse, all: refuse, replace: refuse, count: refuse }
}

function scriptMatcher(regex: RegExp): Matcher {
  return {
    test: (text) => text.search(regex) >= 0,
    find(text) {
      regex.lastIndex = 0
      const match = regex.exec(text)
      return match === null ? undefined : [match.index, match.index + match[0].length]
    },
    extract(text, group) {
      regex.lastIndex = 0
      return regex.exec(text)?.[group]
    },
    all(text, group) {
      regex.lastIndex = 0
      return Array.from(text.matchAll(regex), (match) => match[group])
    },
    replace: (text, replacement) => text.replace(regex, () => replacement),
    count: (text) => text.match(regex)?.length ?? 0,
  }
}
