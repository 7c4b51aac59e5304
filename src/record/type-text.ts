/**
 * Types as texts, in the declarations of columns: `STRING`, `decimal(10, 2)`, `TIMESTAMP(3) WITH LOCAL TIME ZONE`,
 * ARRAY<ROW<id BIGINT, `full name` STRING>>. What CAST takes is read by `sql/syntax/type.ts` from the tokens of a query.
 */
import { type NamedPart, type NamedType, type Refused, typeNamed, typeSynonyms } from './named-type.ts'
import type { Type } from './type.ts'

/** A name in backquotes, a word, a number, a text in quotes (a comment on a field), or a sign. */
const TOKEN = /\s*(?:`((?:[^`]|``)+)`|([A-Za-z_]\w*)|(\d+)|('(?:[^']|'')*')|([<>(),]))/y
/** How deep a type may be. */
const DEEPEST = 100

type Token = { readonly kind: 'name' | 'word' | 'number' | 'text' | 'sign' | 'end'; readonly text: string }

/** The type that a text names, or why it is refused. */
export function typeOfText(written: string): { readonly type: Type } | Refused {
  const tokens = tokensOf(written)
  const named = tokens && new TypeText(tokens).whole()
  return named === undefined ? { refused: `"${written}" is not a type` } : typeNamed(named)
}

function tokensOf(written: string): Token[] | undefined {
  const tokens: Token[] = []
  const kinds = ['name', 'word', 'number', 'text', 'sign'] as const
  const text = written.trimEnd()
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length; ) {
    const [, ...found] = TOKEN.exec(text) ?? []
    const at = found.findIndex((each) => each !== undefined)
    const kind = kinds[at]
    if (kind === undefined) return undefined
    tokens.push({ kind, text: (found[at] as string).replaceAll('``', '`') })
  }
  return tokens
}

const END: Token = { kind: 'end', text: '' }

/** Reads a type of its tokens. A part that is undefined could not be read. */
class TypeText {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): NamedType | undefined {
    const type = this.#type()
    return this.#next.kind === 'end' ? type : undefined
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? END
  }

  /** Takes these words or signs if they all come next. */
  #accept(...texts: readonly string[]): boolean {
    const isNext = texts.every((text, ahead) => {
      const token = this.#tokens[this.#at + ahead] ?? END
      return (token.kind === 'word' || token.kind === 'sign') && token.text.toUpperCase() === text
    })
    if (isNext) this.#at += texts.length
    return isNext
  }

  #type(): NamedType | undefined {
    if (this.#next.kind !== 'word' || this.#depth >= DEEPEST) return undefined
    this.#depth++
    let name = this.#next.text.toUpperCase()
    this.#at++
    if (name === 'DOUBLE') this.#accept('PRECISION')
    else if (this.#accept('VARYING')) name = `${name} VARYING`
    const type = this.#inside(typeSynonyms[name] ?? name)
    this.#depth--
    if (type === undefined) return undefined
    let whole = type
    while (this.#accept('ARRAY')) whole = { name: 'ARRAY', parameters: [], inside: [{ type: whole }] }
    return whole
  }

  #inside(name: string): NamedType | undefined {
    const isRow = name === 'ROW'
    if (isRow || name === 'ARRAY' || name === 'MAP') {
      const close = this.#accept('<') ? '>' : isRow && this.#accept('(') ? ')' : undefined
      if (close === undefined) return { name, parameters: [] }
      const inside = this.#list(() => this.#part(isRow), close)
      return inside && { name, parameters: [], inside }
    }
    const parameters = this.#accept('(') ? this.#list(() => this.#number(), ')') : []
    if (parameters === undefined) return undefined
    const isTime = name === 'TIMESTAMP'
    if (isTime && this.#accept('WITH', 'LOCAL', 'TIME', 'ZONE')) return { name: `${name}_LTZ`, parameters }
    if (isTime) this.#accept('WITHOUT', 'TIME', 'ZONE')
    return { name, parameters }
  }

  #part(isNamed: boolean): NamedPart | undefined {
    const { kind, text } = this.#next
    if (isNamed) {
      if (kind !== 'name' && kind !== 'word') return undefined
      this.#at++
    }
    const type = this.#type()
    if (!this.#accept('NOT', 'NULL')) this.#accept('NULL')
    if (isNamed && this.#next.kind === 'text') this.#at++ // a comment
    return type && (isNamed ? { name: text, type } : { type })
  }

  #number(): number | undefined {
    const { kind, text } = this.#next
    this.#at++
    return kind === 'number' && text.length <= 10 ? Number(text) : undefined
  }

  #list<T>(read: () => T | undefined, close: string): T[] | undefined {
    const items: T[] = []
    do {
      const item = read()
      if (item === undefined) return undefined
      items.push(item)
    } while (this.#accept(','))
    return this.#accept(close) ? items : undefined
  }
}
