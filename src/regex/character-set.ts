/** Sets of characters, as ranges of code points, and those that Java's regular expressions name. */

export type CharacterRange = readonly [from: number, to: number]

/** A category of Unicode, as in \p{Lu}; `negated` is \P{Lu}. */
type Category = { readonly name: string; readonly negated: boolean }

/** The characters of the ranges and of the categories; with `negated` all others. */
export type CharacterSet = {
  readonly ranges: readonly CharacterRange[]
  readonly categories: readonly Category[]
  readonly negated: boolean
}

/** The set of the ranges. */
export const setOf = (ranges: readonly CharacterRange[], negated = false): CharacterSet => ({
  ranges,
  categories: [],
  negated,
})

/** Any character. */
export const ANY: CharacterSet = setOf([], true)

/** The same as ranges, as it is written in a pattern. */
export const ALL: CharacterSet = setOf([[0, 0x10ffff]])

const charactersOf = (text: string): CharacterRange[] =>
  Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0
    return [code, code] as const
  })

const between = (...ends: readonly string[]): CharacterRange[] =>
  ends.map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)] as const)

/** The characters that `.` does not match, and before which `$` matches. */
export const LINE_ENDS: readonly CharacterRange[] = charactersOf('\n\r\u0085\u2028\u2029')
const SPACE: readonly CharacterRange[] = charactersOf(' \t\n\x0B\f\r')

/** \d, \w and \s by their letters. */
export const CLASSES: ReadonlyMap<string, readonly CharacterRange[]> = new Map([
  ['d', between('09')],
  ['w', between('az', 'AZ', '__', '09')],
  ['s', SPACE],
])

/** The names of \p{…} that mean ASCII alone. */
export const PROPERTIES: ReadonlyMap<string, readonly CharacterRange[]> = new Map([
  ['Lower', between('az')],
  ['Upper', between('AZ')],
  ['ASCII', [[0, 0x7f]]],
  ['Alpha', between('az', 'AZ')],
  ['Digit', between('09')],
  ['Alnum', between('az', 'AZ', '09')],
  ['Punct', between('!/', ':@', '[`', '{~')],
  ['XDigit', between('09', 'af', 'AF')],
  ['Space', SPACE],
])
/** The names of \p{…} that mean a category of Unicode. */
export const CATEGORY: RegExp = /^(?:L|Lu|Ll|Lt|Lm|Lo|M|N|Nd|Nl|No|P|S|Z|IsL|IsLu|IsLl|IsN|IsNd|IsP)$/
/** The characters that are written as a letter behind a backslash. */
export const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
])

const CASES: readonly CharacterRange[] = [
  [0x41, 0x61],
  [0x61, 0x41],
]

/** The range; with `ignoreCase` its ASCII letters in their other case too, the only ones for which Java ignores case. */
export function rangesOf(from: number, to: number, ignoreCase: boolean): CharacterRange[] {
  const ranges: CharacterRange[] = [[from, to]]
  if (!ignoreCase) return ranges
  for (const [first, other] of CASES) {
    const low = Math.max(from, first)
    const high = Math.min(to, first + 25)
    if (low <= high) ranges.push([low - first + other, high - first + other])
  }
  return ranges
}

const LAST = 0x10ffff

/** The ranges in order, without overlaps; with `negated` those between them. */
function normal({ ranges, negated }: CharacterSet): readonly CharacterRange[] {
  const merged: [number, number][] = []
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  if (!negated) return merged
  const gaps: CharacterRange[] = []
  let next = 0
  for (const [from, to] of merged) {
    if (from > next) gaps.push([next, from - 1])
    next = to + 1
  }
  if (next <= LAST) gaps.push([next, LAST])
  return gaps
}

/** Whether a character can be in both sets. Categories are not looked into: with one, it can. */
export function mayOverlap(a: CharacterSet, b: CharacterSet): boolean {
  if (a.categories.length > 0 || b.categories.length > 0) return true
  const others = normal(b)
  return normal(a).some(([from, to]) => others.some(([low, high]) => from <= high && low <= to))
}
