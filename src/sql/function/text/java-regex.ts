/**
 * Java's regular expressions as JavaScript's. A pattern is parsed and written again, with whatever the two read
 * differently spelled out (`.`, `$`, `\s`, `(?i)`). A pattern that cannot be spelled so that both match the same is
 * refused.
 */
import { TypeProblem } from '../function.ts'
import { CATEGORY, CLASSES, CONTROLS, codePointEscape, LINE_END, PROPERTIES, quoted, rangeItems } from './regex-sets.ts'

export type JavaRegex = { readonly source: string; readonly groups: number }

/**
 * A piece of the pattern as JavaScript writes it, whether it can match the empty text, and the number of groups in it.
 */
type Piece = {
  readonly source: string
  readonly nullable: boolean
  readonly groups: number
  readonly quantifiable: boolean
}

/** Thrown for a pattern for which Java throws. */
class BadPattern extends Error {
  override readonly name = 'BadPattern'
}

const bad = (): never => {
  throw new BadPattern()
}

const refuse = (what: string): never => {
  throw new TypeProblem(`${what} is not supported in regular expressions`)
}

/** The pattern for JavaScript's flag `u`; undefined if Java throws for it. Throws a TypeProblem if it is not supported. */
export function translateRegex(pattern: string): JavaRegex | undefined {
  const reader = new Reader(pattern)
  try {
    const { source, groups } = reader.alternatives()
    return reader.atEnd ? { source, groups } : undefined
  } catch (error) {
    if (error instanceof BadPattern) return undefined
    throw error
  }
}

class Reader {
  readonly #characters: readonly string[]
  #at = 0
  #ignoreCase = false

  constructor(pattern: string) {
    this.#characters = Array.from(pattern)
    if (pattern.startsWith('(?i)')) {
      this.#ignoreCase = true
      this.#at = 4
    }
  }

  get atEnd(): boolean {
    return this.#at >= this.#characters.length
  }

  #peek(ahead = 0): string | undefined {
    return this.#characters[this.#at + ahead]
  }

  #accept(text: string): boolean {
    if (!Array.from(text).every((character, index) => this.#peek(index) === character)) return false
    this.#at += Array.from(text).length
    return true
  }

  alternatives(): Piece {
    const branches = [this.#sequence()]
    while (this.#accept('|')) branches.push(this.#sequence())
    return {
      source: branches.map(({ source }) => source).join('|'),
      nullable: branches.some(({ nullable }) => nullable),
      groups: branches.reduce((sum, { groups }) => sum + groups, 0),
      quantifiable: true,
    }
  }

  #sequence(): Piece {
    let source = ''
    let nullable = true
    let groups = 0
    while (!this.atEnd && this.#peek() !== '|' && this.#peek() !== ')') {
      const piece = this.#quantified(this.#atom())
      source += piece.source
      nullable &&= piece.nullable
      groups += piece.groups
    }
    return { source, nullable, groups, quantifiable: true }
  }

  #atom(): Piece {
    const character = this.#peek() as string
    if (character === '(') return this.#group()
    if (character === '[') return plain(this.#class())
    if (character === '\\') return this.#escape()
    if ('*+?'.includes(character)) bad()
    if (character === '{') bad()
    this.#at++
    if (character === '.') return plain(`[^${LINE_END}]`)
    if (character === '^') return { ...plain('(?<![\\s\\S])'), nullable: true, quantifiable: false }
    if (character === '$') {
      return { ...plain(`(?=(?:\\r\\n|[${LINE_END}])?(?![\\s\\S]))`), nullable: true, quantifiable: false }
    }
    return plain(this.#letter(character))
  }

  /** One character; with (?i) in both its cases if it is an ASCII letter, the only ones for which Java ignores case. */
  #letter(character: string): string {
    if (this.#ignoreCase && /[A-Za-z]/.test(character)) return `[${character.toLowerCase()}${character.toUpperCase()}]`
    return quoted(character)
  }

  #quantified(piece: Piece): Piece {
    const [least, most] = this.#quantifier()
    if (least === undefined) return piece
    if (!piece.quantifiable) refuse('a repeated anchor or look-around')
    if (this.#peek() === '+') refuse('a possessive quantifier')
    const lazy = this.#accept('?') ? '?' : ''
    const again = most === undefined || most > 1
    const inner = piece.source.startsWith('(') && !piece.source.startsWith('(?:') ? piece.groups - 1 : piece.groups
    if (again && piece.nullable) refuse('repeating what can be empty')
    if (again && inner > 0) refuse('a group inside a repeated group')
    const range = `{${least},${most ?? ''}}`
    if ('*+?{'.includes(this.#peek() ?? ' ')) bad()
    return {
      ...piece,
      source: `${piece.source}${range}${lazy}`,
      nullable: piece.nullable || least === 0,
      quantifiable: false,
    }
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

  #group(): Piece {
    this.#at++
    let open = '('
    let look = false
    if (this.#accept('?:')) open = '(?:'
    else if (this.#accept('?=')) [open, look] = ['(?=', true]
    else if (this.#accept('?!')) [open, look] = ['(?!', true]
    else if (this.#peek() === '?' && this.#peek(1) === '<' && /[A-Za-z]/.test(this.#peek(2) ?? '')) this.#groupName()
    else if (this.#peek() === '?') refuse('a group that begins with (?')
    const inner = this.alternatives()
    if (!this.#accept(')')) bad()
    if (look && inner.groups > 0) refuse('a group inside a look-around')
    const groups = inner.groups + (open === '(' ? 1 : 0)
    return { source: `${open}${inner.source})`, nullable: look || inner.nullable, groups, quantifiable: !look }
  }

  /** Skips the name, as functions ask for groups by number. */
  #groupName(): void {
    this.#at += 2
    while (/[A-Za-z0-9]/.test(this.#peek() ?? '')) this.#at++
    if (!this.#accept('>')) bad()
  }

  #escape(): Piece {
    this.#at++
    const character = this.#peek()
    if (character === undefined) return bad()
    this.#at++
    if (character === 'b' || character === 'B') {
      return { ...plain(`\\${character}`), nullable: true, quantifiable: false }
    }
    const set = this.#setEscape(character)
    if (set !== undefined) return plain(set.negated ? `[^${set.items}]` : `[${set.items}]`)
    return plain(this.#literalEscape(character))
  }

  #literalEscape(character: string): string {
    const control = CONTROLS[character]
    if (control !== undefined) return control
    if (/[0-9]/.test(character)) refuse('a back reference')
    if (/[A-Za-z]/.test(character)) refuse(`\\${character}`)
    return this.#letter(character)
  }

  /** \d, \w, \s and \p{…}, and their opposites in capitals. */
  #setEscape(character: string): { readonly items: string; readonly negated: boolean } | undefined {
    const items = CLASSES[character.toLowerCase()]
    const negated = character !== character.toLowerCase()
    if (items !== undefined) return { items, negated }
    if (character !== 'p' && character !== 'P') return undefined
    const name = /^(?:\{(\w+)\}|(\w))/.exec(this.#characters.slice(this.#at).join(''))
    if (name === null) return bad()
    this.#at += name[0].length
    const property = name[1] ?? name[2] ?? ''
    if (this.#ignoreCase) refuse('\\p with (?i)')
    const posix = PROPERTIES[property]
    if (posix !== undefined) return { items: posix, negated }
    if (!CATEGORY.test(property)) refuse(`\\p{${property}}`)
    return { items: `\\p{${property.replace(/^Is/, '')}}`, negated }
  }

  #class(): string {
    this.#at++
    const negated = this.#accept('^')
    let items = ''
    if (this.#peek() === ']') refuse('] as the first of a class')
    while (!this.#accept(']')) {
      if (this.atEnd) bad()
      if (this.#peek() === '[') refuse('a class inside a class')
      if (this.#peek() === '&' && this.#peek(1) === '&') refuse('&& in a class')
      items += this.#classItem()
    }
    return `[${negated ? '^' : ''}${items}]`
  }

  #classItem(): string {
    const first = this.#classCharacter()
    if (typeof first !== 'string') return first.set
    if (this.#peek() !== '-' || this.#peek(1) === ']' || this.#peek(1) === undefined) return this.#classLetter(first)
    if (this.#peek(1) === '[') refuse('a class inside a class')
    this.#at++
    const last = this.#classCharacter()
    if (typeof last !== 'string') return refuse('a set at the end of a range')
    const [from, to] = [first.codePointAt(0) ?? 0, last.codePointAt(0) ?? 0]
    if (from > to) bad()
    return rangeItems(from, to, this.#ignoreCase)
  }

  #classLetter(character: string): string {
    if (!this.#ignoreCase || !/[A-Za-z]/.test(character)) return codePointEscape(character.codePointAt(0) ?? 0)
    return `${character.toLowerCase()}${character.toUpperCase()}`
  }

  #classCharacter(): string | { readonly set: string } {
    const character = this.#peek()
    if (character === undefined) return bad()
    this.#at++
    if (character !== '\\') return character
    const escaped = this.#peek()
    if (escaped === undefined) return bad()
    this.#at++
    const set = this.#setEscape(escaped)
    if (set !== undefined) return set.negated ? refuse(`\\${escaped} in a class`) : { set: set.items }
    const control = { t: '\t', n: '\n', r: '\r', f: '\f' }[escaped]
    if (control !== undefined) return control
    return /[A-Za-z0-9]/.test(escaped) ? refuse(`\\${escaped} in a class`) : escaped
  }
}

const plain = (source: string): Piece => ({ source, nullable: false, groups: 0, quantifiable: true })
