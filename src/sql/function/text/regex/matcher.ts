/**
 * Matches texts with a regular expression of Java in a time that no text can stretch. JavaScript's matcher is fast, but
 * tries one way after another, and with some patterns some texts have more ways than can be tried in years. So its cost is
 * bounded first (`cost.ts`): up to the length at which its steps may exceed MOST_STEPS it is used, and beyond it RE2, whose
 * time is proportional to the text. Both give the same matches.
 */
import { RE2JS } from 're2js'
import { TypeProblem } from '../../function.ts'
import { LINE_ENDS } from './character-set.ts'
import { powerOf } from './cost.ts'
import { readRegex } from './read-java.ts'
import type { RegexNode } from './tree.ts'
import { type Re2Source, re2Source, scriptSource } from './write.ts'

/** What the functions of regular expressions ask. A failure says why a text is not matched. */
export type Matcher = {
  test(text: string): boolean | Failed
  /** The text of a group in the first match; group 0 is the whole of it. */
  extract(text: string, group: number): string | undefined | Failed
  replace(text: string, replacement: string): string | Failed
  count(text: string): number | Failed
}

type Failed = { readonly failed: string }

/** About a tenth of a second of JavaScript's matcher. */
const MOST_STEPS = 2 ** 24

/** The matcher; undefined if Java throws for the pattern. Throws a TypeProblem for one that is not supported. */
export function openMatcher(pattern: string): Matcher | undefined {
  const tree = readRegex(pattern)
  if (tree === undefined) return undefined
  const every = bounded(tree)
  const [head, ...rest] = tree.kind === 'sequence' ? tree.parts : [tree]
  if (head === undefined || !isAnyText(head)) return every
  // Whether .*x is anywhere is whether x is; and its first match begins where a line does, if there is one at all.
  const searched = bounded({ kind: 'sequence', parts: rest })
  const first = bounded({ kind: 'sequence', parts: [{ kind: 'line-start' }, head, ...rest] })
  return { ...every, test: searched.test, extract: first.extract }
}

const isAnyText = (node: RegexNode): boolean =>
  node.kind === 'repeat' &&
  node.least === 0 &&
  node.most === undefined &&
  node.of.kind === 'set' &&
  node.of.set.ranges === LINE_ENDS

/** The matcher of the tree, whose time is bounded for every text. */
function bounded(tree: RegexNode): Matcher {
  const script = scriptMatcher(new RegExp(scriptSource(tree), 'gu'))
  const power = powerOf(tree)
  if (power === 1) return script
  const source = re2Source(tree)
  const linear = source && compiled(source)
  const longest = power === Infinity ? 0 : Math.floor(MOST_STEPS ** (1 / power))
  if (linear === undefined && longest === 0) {
    throw new TypeProblem(
      'some texts would keep this pattern busy for years, as they fit its repeats in too many ways',
      'repeat nothing that has a repeat or alike branches inside, or take out the look-ahead, or the $ that is not its end',
    )
  }
  return either(script, linear ?? refusing(longest), longest)
}

/** The first for texts up to that length, the second for longer ones. */
function either(first: Matcher, second: Matcher, longest: number): Matcher {
  const of = (text: string): Matcher => (text.length <= longest ? first : second)
  return {
    test: (text) => of(text).test(text),
    extract: (text, group) => of(text).extract(text, group),
    replace: (text, replacement) => of(text).replace(text, replacement),
    count: (text) => of(text).count(text),
  }
}

function refusing(longest: number): Matcher {
  const refuse = (text: string): Failed => ({
    failed: `a text of ${text.length} characters could take this pattern too long; up to ${longest} are matched`,
  })
  return { test: refuse, extract: refuse, replace: refuse, count: refuse }
}

function scriptMatcher(regex: RegExp): Matcher {
  return {
    test: (text) => text.search(regex) >= 0,
    extract(text, group) {
      regex.lastIndex = 0
      return regex.exec(text)?.[group]
    },
    replace: (text, replacement) => text.replace(regex, () => replacement),
    count: (text) => text.match(regex)?.length ?? 0,
  }
}

/** undefined for what RE2 does not take, such as a repeat of more than 1,000 times. */
function compiled({ source, whole }: Re2Source): Matcher | undefined {
  let regex: RE2JS
  try {
    regex = RE2JS.compile(source, RE2JS.LOOKBEHINDS)
  } catch {
    return undefined
  }
  const eachMatch = (text: string, found: (start: number, end: number) => void): void => {
    const matcher = regex.matcher(text)
    for (let from = 0; from <= text.length && matcher.find(from); ) {
      const [start, end] = [matcher.start(whole), matcher.end(whole)]
      found(start, end)
      from = end > start ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1)
    }
  }
  return {
    test: (text) => regex.test(text),
    extract(text, group) {
      const matcher = regex.matcher(text)
      if (group < 0 || group + whole > matcher.groupCount() || !matcher.find()) return undefined
      return matcher.group(group + whole) ?? undefined
    },
    replace(text, replacement) {
      let result = ''
      let kept = 0
      eachMatch(text, (start, end) => {
        result += text.slice(kept, start) + replacement
        kept = end
      })
      return result + text.slice(kept)
    },
    count(text) {
      let count = 0
      eachMatch(text, () => count++)
      return count
    },
  }
}
