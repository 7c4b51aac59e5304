/**
 * Reads Java's regular expressions. A pattern that cannot be written so that JavaScript and RE2 match exactly what Java
 * does is refused.
 */
import {
  ALL,
  CATEGORY,
  type CharacterRange,
  type CharacterSet,
  CLASSES,
  CONTROLS,
  LINE_ENDS,
  PROPERTIES,
  rangesOf,
  setOf,
} from './character-set.ts'
import { PatternProblem } from './problem.ts'
import { groupsIn, isNullable, type RegexNode } from './tree.ts'

/** Thrown for a pattern for which Java throws. */
class BadPattern extends Error {
  override readonly name = 'BadPattern'
}

const bad = (): never => {
  throw new BadPattern()
}

const refuse = (what: string, hint?: string): never => {
  throw new PatternProblem(`${what} is not supported in regular expressions`, hint)
}

const CLASS_HINT = 'Write \\[ for the bracket itself.'

/**
 * The tree of the pattern; undefined if Java throws for it. `groups`: where nobody asks what a group has matched, none captures, and
 * one may be repeated inside of another. Throws a PatternProblem if it is not supported.
 */
export function readRegex(pattern: string, groups: 'asked' | 'unasked' = 'asked'): RegexNode | undefined {
  const reader = new Reader(pattern, groups === 'asked' ? 'text' : 'whole text')
  try {
    const tree = reader.alternatives()
    return reader.atEnd ? tree : undefined
  } catch (error) {
    if (error instanceof BadPattern) return undefined
    throw error
  }
}

/**
 * The tree of a pattern for whole records: `.` is any character, a line end too; a name of a group may have underscores, and may
 * be written (?P<name>…); groups without a name do not capture. Throws a PatternProblem if it is none, or is not supported.
 */
export function readRecordRegex(pattern: string): RegexNode {
  const reader = new Reader(pattern, 'record')
  try {
    const tree = reader.alternatives()
    if (reader.atEnd) return tree
  } catch (error) {
    if (!(error instanceof BadPattern)) throw error
  }
  const place = reader.atEnd ? 'it ends too early' : `look at character ${reader.at + 1}, ${reader.next}`
  throw new PatternProblem(`this is not a regular expression: ${place}`)
}

/** What the pattern is for: a text and its groups, a text alone, or a record. */
type Purpose = 'text' | 'whole text' | 'record'

class Reader {
  readonly #characters: readonly string[]
  readonly #purpose: Purpose
  #at = 0
  #ignoreCase = false

  constructor(pattern: string, purpose: Purpose) {
    this.#purpose = purpose
    this.#characters = Array.from(pattern)
    if (pattern.startsWith('(?i)')) {
      this.#ignoreCase = true
      this.#at = 4
    }
  }

  get atEnd(): boolean {
    return this.#at >= this.#characters.length
  }

  /** How many characters are read. */
  get at(): number {
    return this.#at
  }

  /** The characters that come next. */
  get next(): string {
    return this.#characters.slice(this.#at, this.#at + 10).join('')
  }

  #peek(ahead = 0): string | undefined {
    return this.#characters[this.#at + ahead]
  }

  #accept(text: string): boolean {
    if (!Array.from(text).every((character, index) => this.#peek(index) === character)) return false
    this.#at += Array.from(text).length
    return true
  }

  alternatives(): RegexNode {
    const branches = [this.#sequence()]
    while (this.#accept('|')) branches.push(this.#sequence())
    return branches.length === 1 ? (branches[0] as RegexNode) : { kind: 'alternatives', branches }
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = []
    while (!this.atEnd && this.#peek() !== '|' && this.#peek() !== ')') parts.push(this.#quantified(this.#atom()))
    return parts.length === 1 ? (parts[0] as RegexNode) : { kind: 'sequence', parts }
  }

  #atom(): RegexNode {
    const character = this.#peek() as string
    if (character === '(') return this.#group()
    if (character === '[') return { kind: 'set', set: this.#class() }
    if (character === '\\') return this.#escape()
    if ('*+?'.includes(character)) bad()
    if (character === '{') bad()
    this.#at++
    if (character === '.') return { kind: 'set', set: this.#purpose === 'record' ? ALL : setOf(LINE_ENDS, true) }
    if (character === '^') return { kind: 'start' }
    if (character === '$') return { kind: 'end' }
    return this.#letter(character)
  }

  /** One character; with (?i) in both its cases if it is an ASCII letter, the only ones for which Java ignores case. */
  #letter(character: string): RegexNode {
    const code = character.codePointAt(0) ?? 0
    return { kind: 'set', set: setOf(rangesOf(code, code, this.#ignoreCase)) }
  }

  #quantified(node: RegexNode): RegexNode {
    const [least, most] = this.#quantifier()
    if (least === undefined) return node
    if (node.kind !== 'set' && node.kind !== 'group') refuse('a repeated anchor or look-around')
    if (this.#peek() === '+') refuse('a possessive quantifier')
    const lazy = this.#accept('?')
    const again = most === undefined || most > 1
    const inner = groupsIn(node) - (node.kind === 'group' && node.captures ? 1 : 0)
    if (again && isNullable(node)) refuse('repeating what can be empty')
    if (again && inner > 0)
      refuse('a group inside a repeated group', 'Write (?:…) for a group whose text is not asked for.')
    if ('*+?{'.includes(this.#peek() ?? ' ')) bad()
    return { kind: 'repeat', of: node, least, most, lazy }
  }

  #quantifier(): readonly [number | undefined, number | undefined] {
    if (this.#accept('*')) return [0, undefined]
    if (this.#accept('+')) return [1, undefined]
    if (this.#accept('?')) return [0, 1]
    if (this.#peek() !== '{') return [undefined, undefined]
    const match = /^\{(\d{1,5})(,(\d{0,5}))?\}/.exec(this.#characters.slice(this.#at, this.#at + 14).join(''))
    if (match === null) return bad()
    this.#at += match[0].length
    const least = Number(match[1])
    const most = match[2] === undefined ? least : match[3] === '' ? undefined : Number(match[3])
    if (most !== undefined && most < least) bad()
    return [least, most]
  }

  #group(): RegexNode {
    this.#at++
    let kind: 'captures' | 'plain' | 'look' | 'not' = this.#purpose === 'text' ? 'captures' : 'plain'
    let name: string | undefined
    if (this.#accept('?:')) kind = 'plain'
    else if (this.#accept('?=')) kind = 'look'
    else if (this.#accept('?!')) kind = 'not'
    else if (this.#startsName()) {
      name = this.#groupName()
      if (this.#purpose === 'record') kind = 'captures'
    } else if (this.#peek() === '?') refuse('a group that begins with (?')
    const of = this.alternatives()
    if (!this.#accept(')')) bad()
    if (kind === 'captures' || kind === 'plain') return { kind: 'group', of, captures: kind === 'captures', name }
    if (groupsIn(of) > 0) refuse('a group inside a look-around')
    return { kind: 'look', of, negative: kind === 'not' }
  }

  /** Whether (?<name> follows. Java knows no `(?P<`. */
  #startsName(): boolean {
    if (this.#peek() !== '?') return false
    const ahead = this.#purpose === 'record' && this.#peek(1) === 'P' ? 2 : 1
    const first = this.#purpose === 'record' ? /[A-Za-z_]/ : /[A-Za-z]/
    return this.#peek(ahead) === '<' && first.test(this.#peek(ahead + 1) ?? '')
  }

  /** The name, for which columns are called; functions ask for groups by number. */
  #groupName(): string {
    const letter = this.#purpose === 'record' ? /\w/ : /[A-Za-z0-9]/
    this.#at += this.#peek(1) === 'P' ? 3 : 2
    let name = ''
    for (; letter.test(this.#peek() ?? ''); this.#at++) name += this.#peek()
    if (!this.#accept('>')) bad()
    return name
  }

  #escape(): RegexNode {
    this.#at++
    const character = this.#peek()
    if (character === undefined) return bad()
    this.#at++
    if (character === 'b' || character === 'B') return { kind: character === 'b' ? 'border' : 'no-border' }
    const set = this.#setEscape(character)
    if (set !== undefined) return { kind: 'set', set }
    const control = CONTROLS.get(character)
    if (control !== undefined) return this.#letter(control)
    if (/[0-9]/.test(character)) refuse('a back reference')
    if (/[A-Za-z]/.test(character)) refuse(`\\${character}`)
    return this.#letter(character)
  }

  /** \d, \w, \s and \p{…}, and their opposites in capitals. */
  #setEscape(character: string): CharacterSet | undefined {
    const ranges = CLASSES.get(character.toLowerCase())
    const negated = character !== character.toLowerCase()
    if (ranges !== undefined) return setOf(ranges, negated)
    if (character !== 'p' && character !== 'P') return undefined
    const name = /^(?:\{(\w+)\}|(\w))/.exec(this.#characters.slice(this.#at).join(''))
    if (name === null) return bad()
    this.#at += name[0].length
    const property = name[1] ?? name[2] ?? ''
    if (this.#ignoreCase) refuse('\\p with (?i)')
    const posix = PROPERTIES.get(property)
    if (posix !== undefined) return setOf(posix, negated)
    if (!CATEGORY.test(property)) refuse(`\\p{${property}}`)
    return { ranges: [], categories: [{ name: property.replace(/^Is/, ''), negated }], negated: false }
  }

  #class(): CharacterSet {
    this.#at++
    const negated = this.#accept('^')
    if (this.#peek() === ']') refuse('] as the first of a class', 'Write \\] for the bracket itself.')
    const items: CharacterSet[] = []
    while (!this.#accept(']')) {
      if (this.atEnd) bad()
      if (this.#peek() === '[') refuse('a class inside a class', CLASS_HINT)
      if (this.#peek() === '&' && this.#peek(1) === '&') refuse('&& in a class')
      items.push(this.#classItem())
    }
    const ranges: CharacterRange[] = items.flatMap((item) => [...item.ranges])
    return { ranges, categories: items.flatMap(({ categories }) => categories), negated }
  }

  #classItem(): CharacterSet {
    const first = this.#classCharacter()
    if (typeof first !== 'number') return first
    const single = setOf(rangesOf(first, first, this.#ignoreCase))
    if (this.#peek() !== '-' || this.#peek(1) === ']' || this.#peek(1) === undefined) return single
    if (this.#peek(1) === '[') refuse('a class inside a class', CLASS_HINT)
    this.#at++
    const last = this.#classCharacter()
    if (typeof last !== 'number') return refuse('a set at the end of a range')
    if (first > last) bad()
    return setOf(rangesOf(first, last, this.#ignoreCase))
  }

  /** A code point, or a set. */
  #classCharacter(): number | CharacterSet {
    const character = this.#peek()
    if (character === undefined) return bad()
    this.#at++
    if (character !== '\\') return character.codePointAt(0) ?? 0
    const escaped = this.#peek()
    if (escaped === undefined) return bad()
    this.#at++
    const set = this.#setEscape(escaped)
    if (set !== undefined) {
      const inside = set.negated || set.categories.some(({ negated }) => negated)
      return inside ? refuse(`\\${escaped} in a class`) : set
    }
    const control = CONTROLS.get(escaped)
    if (control === undefined && /[A-Za-z0-9]/.test(escaped)) return refuse(`\\${escaped} in a class`)
    return (control ?? escaped).codePointAt(0) ?? 0
  }
}
