/**
 * Writes the tree of a regular expression for the two matchers: for JavaScript, which tries one way after another, and
 * for RE2, which follows all ways at once. Both then match what Java does, with the same groups.
 */
import { type CharacterSet, LINE_ENDS } from './character-set.ts'
import { contains, type RegexNode, type Repeat } from './tree.ts'

type Dialect = {
  /** What stands for each node that matches between characters. */
  readonly border: { readonly [kind in 'start' | 'end' | 'border' | 'no-border' | 'line-start' | 'text-end']: string }
  codePoint(code: number): string
}

const hex = (code: number): string => code.toString(16)

const lineEnds = (dialect: Pick<Dialect, 'codePoint'>): string => {
  const [newline = '', ...others] = LINE_ENDS.map(([code]) => dialect.codePoint(code))
  const [carriageReturn = ''] = others
  // A position between \r and \n is not before a line end.
  return `(?:${carriageReturn}${newline}|[${others.join('')}]|(?<!${carriageReturn})${newline})?`
}

const inScript = { codePoint: (code: number): string => `\\u{${hex(code)}}` }
const SCRIPT: Dialect = {
  ...inScript,
  border: {
    start: '^',
    end: `(?=${lineEnds(inScript)}(?![\\s\\S]))`,
    border: '\\b',
    'no-border': '\\B',
    'text-end': '(?![\\s\\S])',
    'line-start': `(?<![^${LINE_ENDS.map(([code]) => inScript.codePoint(code)).join('')}])`,
  },
}

const inRe2 = { codePoint: (code: number): string => `\\x{${hex(code)}}` }
/** Its $ is only the end of the text; see `re2Source`. */
const RE2: Dialect = {
  ...inRe2,
  border: { start: '\\A', end: '\\z', border: '\\b', 'no-border': '\\B', 'line-start': '', 'text-end': '\\z' },
}

/** The pattern for JavaScript's flag `u`. */
export const scriptSource = (tree: RegexNode): string => write(tree, SCRIPT)

export type Re2Source = {
  readonly source: string
  /** The number of the group that is the whole match. */
  readonly whole: 0 | 1
}

/** The pattern for RE2; undefined for one with a look-ahead, or with a $ elsewhere than at its end. */
export function re2Source(tree: RegexNode): Re2Source | undefined {
  if (contains(tree, 'look')) return undefined
  const parts = tree.kind === 'sequence' ? tree.parts : [tree]
  const ends = parts.at(-1)?.kind === 'end'
  const before: RegexNode = ends ? { kind: 'sequence', parts: parts.slice(0, -1) } : tree
  if (contains(before, 'end')) return undefined
  const source = write(before, RE2)
  return ends ? { source: `(${source})${lineEnds(inRe2)}\\z`, whole: 1 } : { source, whole: 0 }
}

function write(node: RegexNode, dialect: Dialect): string {
  switch (node.kind) {
    case 'set':
      return writeSet(node.set, dialect)
    case 'sequence':
      return node.parts.map((part) => write(part, dialect)).join('')
    case 'alternatives':
      return node.branches.map((branch) => write(branch, dialect)).join('|')
    case 'repeat':
      return `${write(node.of, dialect)}${quantifier(node)}`
    case 'group':
      return `${node.captures ? '(' : '(?:'}${write(node.of, dialect)})`
    case 'look':
      return `${node.negative ? '(?!' : '(?='}${write(node.of, dialect)})`
    default:
      return dialect.border[node.kind]
  }
}

function quantifier({ least, most, lazy }: Repeat): string {
  const times = least === most ? `{${least}}` : `{${least},${most ?? ''}}`
  return `${times}${lazy ? '?' : ''}`
}

function writeSet({ ranges, categories, negated }: CharacterSet, { codePoint }: Dialect): string {
  const [only] = ranges
  if (ranges.length === 1 && categories.length === 0 && !negated && only !== undefined && only[0] === only[1]) {
    return codePoint(only[0])
  }
  const items = ranges.map(([from, to]) => (from === to ? codePoint(from) : `${codePoint(from)}-${codePoint(to)}`))
  const named = categories.map(({ name, negated: not }) => `\\${not ? 'P' : 'p'}{${name}}`)
  return `[${negated ? '^' : ''}${items.join('')}${named.join('')}]`
}
