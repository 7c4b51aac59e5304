/**
 * The tokens of a query and the parser's position in them. Every part of the grammar looks at, takes and expects tokens
 * through it, and refuses them in the same words.
 *
 * The parts of the grammar call each other through `Grammar`, since a query contains expressions and an expression
 * queries. Nesting is counted here, so that no text overflows the stack.
 */
import type { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import type { ExpressionSyntax, Identifier, QuerySyntax, TextRange } from './ast.ts'
import { OTHER_CLAUSES } from './other-clauses.ts'
import { argumentTexts, hintFor, otherFunctionHint } from './other-dialects.ts'
import { OTHER_OPERATORS, STRANGERS, signHint } from './other-signs.ts'
import { isProblem, limitProblem, problem } from './problem.ts'
import { clauseWords, reserved, reservedFunctions } from './reserved.ts'
import { type Token, tokenize } from './token.ts'

export type Grammar = {
  /** Reads a query, up to the first token that cannot belong to it. */
  query(tokens: TokenReader): QuerySyntax
  /** Reads an expression whose operators bind at least as tightly as `tightness`; 0 reads all. */
  expression(tokens: TokenReader, tightness: number): ExpressionSyntax
}

/** How deep parentheses, sub-queries, CASE and calls can be nested. */
const deepest = 200

/** Words that a mistyped word between two clauses may stand for. */
const clauseStarts = 'FROM WHERE GROUP HAVING ORDER LIMIT OFFSET UNION JOIN LEFT INNER CROSS'.split(' ')

/** Where reading goes on after a mistake. */
const recoveries = ', FROM WHERE GROUP HAVING ORDER LIMIT UNION EXCEPT INTERSECT ;'.split(' ')

/** Words that a mistyped word after an expression may stand for. */
const continuations = [
  ...clauseStarts,
  ...'AND OR AS IN IS LIKE BETWEEN THEN ELSE END WHEN ON DESC ASC OVER FILTER BY VALUES'.split(' '),
]

/** Reads the tokens of a query in order, for the parts of the grammar. */
export class TokenReader {
  readonly sql: string
  readonly #grammar: Grammar
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  /** The last alias without AS: it may be a mistyped keyword. */
  #bareAlias: Token | undefined
  /** The mistakes after which reading went on. */
  readonly problems: Failure[] = []

  /** Throws a Failure where the text cannot be cut into tokens. */
  constructor(sql: string, grammar: Grammar) {
    this.sql = sql
    this.#grammar = grammar
    this.#tokens = tokenize(sql)
  }

  /** The token `ahead` after the next one; past the end, the token of kind 'end'. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token
  }

  take(): Token {
    const token = this.peek()
    this.#at++
    return token
  }

  /** Whether these keywords or signs come next, in this order. */
  sees(...keys: readonly string[]): boolean {
    return keys.every((key, ahead) => this.peek(ahead).key === key)
  }

  seesAny(keys: readonly string[]): boolean {
    return keys.includes(this.peek().key)
  }

  /** Takes these keywords or signs if they all come next. */
  accept(...keys: readonly string[]): boolean {
    if (!this.sees(...keys)) return false
    this.#at += keys.length
    return true
  }

  expect(key: string, why?: string): Token {
    if (this.peek().key !== key) throw this.unexpected(why === undefined ? key : `${key} ${why}`)
    return this.take()
  }

  /** Takes a whole number of at most `most` digits. A refusal calls it `wanted`. */
  digits(wanted: string, most: number = Infinity): Token {
    const { kind, text } = this.peek()
    if (kind !== 'number' || !/^[0-9]+$/.test(text) || text.length > most) throw this.unexpected(wanted)
    return this.take()
  }

  /** The range from `start` to the end of the token that was taken last. */
  since(start: number): TextRange {
    const last = this.#tokens[Math.max(0, Math.min(this.#at, this.#tokens.length) - 1)] as Token
    return { start, end: Math.max(start, last.range.end) }
  }

  expression(tightness = 0): ExpressionSyntax {
    return this.nested(() => this.#grammar.expression(this, tightness))
  }

  query(): QuerySyntax {
    return this.nested(() => this.#grammar.query(this))
  }

  /** One or more items, with commas between them. */
  list<Item>(item: () => Item): Item[] {
    const items = [item()]
    while (this.accept(',')) items.push(item())
    return items
  }

  /**
   * What `read` reads. A mistake in it is kept, and reading goes on at the next comma or clause outside of its parentheses;
   * the result is undefined then.
   */
  attempt<Result>(read: () => Result): Result | undefined {
    const [start, depth] = [this.#at, this.#depth]
    try {
      return read()
    } catch (error) {
      if (!isProblem(error)) throw error
      this.problems.push(error)
      this.#depth = depth
      this.#bareAlias = undefined
      this.#skip(start)
      return undefined
    }
  }

  #skip(start: number): void {
    const from = this.#at
    let open = 0
    for (this.#at = start; this.peek().kind !== 'end'; this.#at++) {
      const { key } = this.peek()
      if (key === ')' && open === 0) return
      if (key === '(') open++
      if (key === ')') open--
      const isWithinGroup = key === 'GROUP' && this.#at > 0 && this.peek(-1).key === 'WITHIN'
      if (open === 0 && this.#at >= from && recoveries.includes(key) && !isWithinGroup) return
    }
  }

  /** Counts what `parse` reads as one level of nesting. */
  nested<Result>(parse: () => Result): Result {
    if (this.#depth >= deepest) {
      throw limitProblem(this.sql, this.peek().range, `the query is nested more than ${deepest} deep here`)
    }
    this.#depth++
    const result = parse()
    this.#depth--
    return result
  }

  /** Whether the next token can be a name: in backquotes, or a word that is not reserved. */
  seesName(): boolean {
    const token = this.peek()
    return token.kind === 'quoted' || (token.kind === 'word' && !reserved.has(token.key))
  }

  /** Takes a name. A refusal calls it `what`: "a column", "a table". */
  name(what: string): Identifier {
    // After these only a name can stand: even FROM and END are meant as one.
    const isName = this.#at > 0 && ['.', 'AS'].includes(this.peek(-1).key)
    if (!this.seesName()) throw this.unexpected(what, isName)
    const { text, range } = this.take()
    return { name: text, range }
  }

  /** [AS] name; without AS, only a word that cannot be anything else. */
  alias(): Identifier | undefined {
    if (this.accept('AS')) return this.name('an alias')
    if (!this.seesName()) return undefined
    if (this.peek().kind === 'word') this.#bareAlias = this.peek()
    return this.name('an alias')
  }

  /** What `read` reads between parentheses; `why` says what they are for. */
  enclosed<Inner>(read: () => Inner, why?: string): Inner {
    this.expect('(', why)
    const inner = read()
    this.expect(')')
    return inner
  }

  /** (a, b, c) as names. */
  names(what: string): Identifier[] {
    return this.enclosed(() => this.list(() => this.name(what)))
  }

  /** The failure at the next token, or at `range`: see `problem` of `problem.ts`. */
  problem(message: string, hint?: string, range: TextRange = this.peek().range): Error {
    return problem(this.sql, range, message, hint)
  }

  /** The same for syntax that Flink has and tailrace does not have yet. */
  unsupported(what: string, hint?: string, range?: TextRange): Error {
    return this.problem(`${what} not supported yet`, hint, range)
  }

  /** The failure where the next token cannot follow those before it. `wanted` names what could; undefined: only the end. */
  unexpected(wanted?: string, isName = false): Error {
    const token = this.peek()
    const { range } = token
    const before = this.#bareAlias
    const alias = before !== undefined && this.peek(-1) === before ? before : undefined
    const clause = [alias, token].find((one) => one !== undefined && OTHER_CLAUSES.has(one.key))
    const other = OTHER_CLAUSES.get(clause?.key ?? '')
    if (other !== undefined) return this.problem(other.said, other.hint, clause?.range)
    const meant = alias && nearest(alias.key, clauseStarts)
    if (before !== undefined && meant !== undefined) {
      return problem(this.sql, before.range, `${before.text} is not a keyword`, `did you mean ${meant}?`)
    }
    const known = this.#otherOperator() ?? this.#missingComma() ?? this.#unknownCall(token, isName)
    if (known !== undefined) return known
    if (token.kind === 'end')
      return problem(this.sql, range, `expected ${wanted ?? 'more'}, found the end of the query`)
    if (token.kind === 'word' && reserved.has(token.key) && (isName || !clauseWords.has(token.key))) {
      if (token.key === 'AT' && this.peek(1).key === 'TIME')
        return problem(this.sql, range, 'AT TIME ZONE is not supported', IN_ZONE)
      const hint = `as a name write \`${token.text}\``
      const expected = wanted === undefined ? '' : `; expected ${wanted}`
      return problem(this.sql, range, `${token.text} is a reserved word of Flink SQL${expected}`, hint)
    }
    const text = shorten(writtenIn(this.sql, token))
    const message = wanted === undefined ? `${text} cannot stand here` : `expected ${wanted}, found ${text}`
    return problem(this.sql, range, message, this.#hintAt(token))
  }

  /** The failure at a call of a reserved word that is no function, such as MATCH(a, b) or ANY(a). */
  #unknownCall({ kind, key, range }: Token, isName: boolean): Error | undefined {
    if (kind !== 'word' || !reserved.has(key) || isName || this.peek(1).key !== '(') return undefined
    const texts = argumentTexts(this.sql, this.peek(1).range.start)
    const isPattern = this.#at > 0 && this.peek(-1).key === 'LIKE'
    const hint = isPattern ? "write a LIKE 'x%' OR a LIKE 'y%'" : otherFunctionHint(key, texts)
    return hint === undefined ? undefined : problem(this.sql, range, `there is no function ${key}`, hint)
  }

  /** The failure at an operator of another dialect that was taken as an alias: `path REGEXP 'x'`. */
  #otherOperator(): Error | undefined {
    const word = this.#bareAlias
    const advice = word === undefined || this.peek(-1) !== word ? undefined : OTHER_OPERATORS.get(word.key)
    if (word === undefined || advice === undefined) return undefined
    const written = [this.#valueBefore(2) ?? 'a', writtenIn(this.sql, this.peek())]
    return problem(this.sql, word.range, `Flink SQL has no ${word.key}`, hintFor(advice, written))
  }

  /** The text of the value that ends `back` tokens before the next one, where it is one word or literal; undefined for others. */
  #valueBefore(back = 1): string | undefined {
    if (this.#at < back) return undefined
    const token = this.peek(-back)
    const isPart = this.#at > back && ['.', ']', ')'].includes(this.peek(-back - 1).key)
    const isValue = !isPart && ['word', 'quoted', 'string', 'number'].includes(token.kind)
    return isValue ? writtenIn(this.sql, token) : undefined
  }

  /** The failure where a call follows a value directly: `host COUNT(*)`, or `host UPPER(x)`, where UPPER was taken as an alias. */
  #missingComma(): Error | undefined {
    const token = this.peek()
    const alias = token.key === '(' && this.peek(-1) === this.#bareAlias ? this.#bareAlias : undefined
    const isCall = token.kind === 'word' && reservedFunctions.has(token.key) && this.peek(1).key === '('
    const called = alias ?? (isCall && this.#at > 0 && endsValue(this.peek(-1)) ? token : undefined)
    if (called === undefined) return undefined
    const message = `a comma or an operator is missing before ${called.text}`
    return problem(this.sql, called.range, message, `write , ${called.text}(…)`)
  }

  #hintAt(token: Token): string | undefined {
    if (this.#at > 0 && this.peek(-1).key === ',' && clauseWords.has(token.key)) return 'take out the comma before it'
    const meant = token.kind === 'word' && !clauseWords.has(token.key) ? nearest(token.key, continuations) : undefined
    if (meant !== undefined) return `did you mean ${meant}?`
    return signHint(token.key, this.#valueBefore(), writtenIn(this.sql, this.peek(1))) ?? STRANGERS.get(token.key)
  }
}

/** Whether an expression can end with the token. */
const endsValue = ({ kind, key }: Token): boolean =>
  kind === 'quoted' ||
  kind === 'string' ||
  kind === 'number' ||
  key === ')' ||
  (kind === 'word' && (key === 'END' || !reserved.has(key)))

const IN_ZONE = "write CONVERT_TZ(DATE_FORMAT(ts, 'yyyy-MM-dd HH:mm:ss'), 'UTC', 'Europe/Berlin')"

const writtenIn = (sql: string, { range }: Token): string => sql.slice(range.start, range.end)

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 40 ? `${line.slice(0, 39)}…` : line
}
