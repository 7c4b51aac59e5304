/**
 * Cuts SQL text into words, names, numbers, strings and signs, as Flink's lexer does: names in backquotes, strings in
 * single quotes, comments after `--` or two slashes, or as in C. The tokens cover everything except blanks and comments;
 * the last one is of kind 'end'.
 */
import { Failure } from '../../base/failure.ts'
import type { TextRange } from './ast.ts'
import { intervalHint } from './interval-hint.ts'
import { problem } from './problem.ts'

export type Token = {
  readonly kind: 'word' | 'quoted' | 'number' | 'string' | 'bytes' | 'sign' | 'end'
  /** Names and strings without quotes and escapes, and bytes as characters; everything else as written. */
  readonly text: string
  /** A word in upper case, or a sign; empty for other tokens, so that no string looks like a keyword. */
  readonly key: string
  readonly range: TextRange
}

/** In UTF-16 units; nobody writes a longer query. */
const longestText = 1 << 20

// Letters as in Calcite's lexer; `$` and `_` are letters too.
const letter = String.raw`$_A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u3040-\u318f\u3300-\u337f\u3400-\u3d2d\u4e00-\u9fff\uf900-\ufaff`
const blank = /[\s\u0000\ufeff]+/y
const comment = /--[^\r\n]*|\/\/[^\r\n]*|\/\*(?!\+)[\s\S]*?\*\//y
const word = new RegExp(`[${letter}][${letter}0-9]*`, 'y')
const number = /(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y
const sign = /<>|<=>|<=|>=|\|\||=>|!=|!~|==|::|&&|->>|->|~\*|[-+*/%=<>().,;[\]{}:?!|&^~@#\\]/y

/** The tokens of the text. Throws a Failure, 'sql' or 'limit', where it cannot be cut into tokens. */
export function tokenize(sql: string): readonly Token[] {
  if (sql.length > longestText) {
    throw new Failure('limit', `the SQL text has ${sql.length} characters, more than ${longestText}`)
  }
  const tokens: Token[] = []
  let at = 0
  while (at < sql.length) {
    const skipped = match(blank, sql, at) ?? match(comment, sql, at)
    if (skipped !== undefined) {
      at += skipped.length
      continue
    }
    const token = readToken(sql, at)
    tokens.push(token)
    at = token.range.end
  }
  tokens.push({ kind: 'end', text: '', key: '', range: { start: sql.length, end: sql.length } })
  return tokens
}

function match(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(sql)?.[0]
}

function readToken(sql: string, at: number): Token {
  const first = sql[at]
  if (first === "'") return readString(sql, at, at)
  if (first === '`') return readQuoted(sql, at)
  if (first === '"') throw doubleQuoted(sql, at)
  const digits = match(number, sql, at)
  if (digits !== undefined) return readNumber(sql, at, digits)
  const text = match(word, sql, at)
  if (text !== undefined) {
    if (sql[at + text.length] === "'") return readPrefixed(sql, at, text)
    if (text.toUpperCase() === 'U' && sql.startsWith("&'", at + 1)) return readUnicode(sql, at)
    return { kind: 'word', text, key: keyOf(text), range: { start: at, end: at + text.length } }
  }
  if (sql.startsWith('/*+', at))
    throw problem(sql, until(sql, at, '*/'), 'hints are not supported yet', 'leave the hint out')
  if (sql.startsWith('/*', at)) throw problem(sql, until(sql, at, '*/'), 'this comment has no end', 'end it with */')
  const mark = match(sign, sql, at)
  if (mark !== undefined) return { kind: 'sign', text: mark, key: mark, range: { start: at, end: at + mark.length } }
  const character = String.fromCodePoint(sql.codePointAt(at) ?? 0)
  throw problem(
    sql,
    { start: at, end: at + character.length },
    `the character ${character} has no meaning here`,
    quoteHint(character),
  )
}

/** Keywords are ASCII: a word with ſ or ı, whose upper case is S and I, is no keyword. */
function keyOf(text: string): string {
  return /[^\x00-\x7f]/.test(text) ? text : text.toUpperCase()
}

function quoteHint(character: string): string | undefined {
  return '‘’´“”'.includes(character) ? "write strings in plain single quotes: 'text'" : undefined
}

function until(sql: string, start: number, close: string): TextRange {
  const end = sql.indexOf(close, start)
  return { start, end: end === -1 ? sql.length : end + close.length }
}

/** `start` is where the token begins, with its prefix; `open` is where its quote is. */
function readString(sql: string, start: number, open: number): Token {
  const body = match(/'(?:[^']|'')*'/y, sql, open)
  if (body === undefined) {
    throw problem(
      sql,
      { start, end: start + 1 },
      'this string has no end',
      "end it with ' (a quote inside is written '')",
    )
  }
  const text = body.slice(1, -1).replaceAll("''", "'")
  return { kind: 'string', text, key: '', range: { start, end: open + body.length } }
}

function readQuoted(sql: string, at: number): Token {
  const body = match(/`(?:[^`\r\n]|``)*`/y, sql, at)
  if (body === undefined) throw problem(sql, { start: at, end: at + 1 }, 'this name has no end', 'end it with `')
  const range = { start: at, end: at + body.length }
  if (body.length === 2) throw problem(sql, range, 'a name cannot be empty')
  return { kind: 'quoted', text: body.slice(1, -1).replaceAll('``', '`'), key: '', range }
}

function doubleQuoted(sql: string, at: number): Failure {
  const body = match(/"(?:[^"\r\n]|"")*"/y, sql, at) ?? '"'
  const inner = body.slice(1, -1).replaceAll('""', '"')
  const name = `\`${inner.replaceAll('`', '``')}\``
  const hint = `for a name write ${name}, for a string '${inner.replaceAll("'", "''")}'`
  return problem(
    sql,
    { start: at, end: at + body.length },
    'double quotes have no meaning in Flink SQL',
    inner === '' ? undefined : hint,
  )
}

function readNumber(sql: string, at: number, text: string): Token {
  const end = at + text.length
  const tail = match(word, sql, end)
  if (tail !== undefined) {
    // Flink reads 0x1F as 0 with the alias x1F, which nobody means.
    const hint = /^[_0-9]+$/.test(tail)
      ? `write ${text}${tail.replaceAll('_', '')}`
      : (plainNumber(`${text}${tail}`) ??
        intervalHint(`${text}${tail}`) ??
        `write ${text} ${tail} if two words are meant`)
    throw problem(sql, { start: at, end: end + tail.length }, `${text}${tail} is not a number`, hint)
  }
  return { kind: 'number', text, key: '', range: { start: at, end } }
}

const SIZES: Readonly<Record<string, bigint>> = { K: 10n, M: 20n, G: 30n, T: 40n }

/** What to write for 0x1F, 0b101 or a size in bytes, 1KB; undefined for anything else. */
function plainNumber(text: string): string | undefined {
  if (/^0(?:x[0-9a-f]{1,15}|b[01]{1,62}|o[0-7]{1,20})$/i.test(text)) return `write it in decimal: ${BigInt(text)}`
  const [, digits = '', letter = ''] = /^(\d{1,6})([KMGT])I?B$/.exec(text.toUpperCase()) ?? []
  const shift = SIZES[letter]
  return shift === undefined ? undefined : `write it in bytes: ${BigInt(digits) << shift}`
}

/** N'…' and _UTF8'…' are plain strings, since all text is Unicode; X'4142' are bytes. */
function readPrefixed(sql: string, at: number, prefix: string): Token {
  const token = readString(sql, at, at + prefix.length)
  const name = prefix.toUpperCase()
  if (name === 'N' || name === '_UTF8') return token
  if (name === 'X') return readBytes(sql, token)
  // DATE'2024-01-01' is a keyword beside a string, as in Flink.
  if (!name.startsWith('_') && name.length > 1) {
    return { kind: 'word', text: prefix, key: name, range: { start: at, end: at + prefix.length } }
  }
  throw problem(
    sql,
    token.range,
    `strings with the prefix ${prefix} are not supported`,
    `write '${token.text.replaceAll("'", "''")}'`,
  )
}

function readBytes(sql: string, token: Token): Token {
  const { text, range } = token
  if (!/^[0-9a-fA-F]*$/.test(text))
    throw problem(sql, range, "X'…' has hexadecimal digits only", "write X'4142' for the bytes of 'AB'")
  if (text.length % 2 === 1) throw problem(sql, range, `X'${text}' is half a byte too long`, `write X'0${text}'`)
  return { ...token, kind: 'bytes', text: Buffer.from(text, 'hex').toString('latin1') }
}

/** UESCAPE '!' behind a string: another character than the backslash begins an escape. */
const uescape = /\s+UESCAPE\s+'([^'])'/iy

/**
 * U&'caf\00e9': four hexadecimal digits behind a backslash, or behind the character of UESCAPE. As in Flink a sign may be the
 * first of the four: `\+01F600` is `\+01F` and 600.
 */
function readUnicode(sql: string, at: number): Token {
  const token = readString(sql, at, at + 2)
  const clause = match(uescape, sql, token.range.end)
  const sign = clause?.at(-2) ?? '\\'
  const range = { start: at, end: token.range.end + (clause?.length ?? 0) }
  if (/[\s0-9a-fA-F+"]/.test(sign))
    throw problem(sql, range, `${sign} cannot begin an escape`, "write another character: UESCAPE '!'")
  let text = ''
  for (let from = 0; from < token.text.length; ) {
    const next = token.text.indexOf(sign, from)
    const end = next < 0 ? token.text.length : next
    text += token.text.slice(from, end)
    if (next < 0) break
    if (token.text[next + 1] === sign) {
      text += sign
      from = next + 2
      continue
    }
    const code = /^(?:[0-9a-fA-F]{4}|[+-][0-9a-fA-F]{3})/.exec(token.text.slice(next + 1))?.[0]
    if (code === undefined) {
      const hint = `write ${sign}XXXX with four digits, ${sign}${sign} for the character itself`
      throw problem(sql, range, `an escape in U&'…' has four hexadecimal digits`, hint)
    }
    text += String.fromCharCode(Number.parseInt(code, 16))
    from = next + 5
  }
  return { ...token, text, range }
}
