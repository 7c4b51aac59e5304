/**
 * `a // b` is the quotient of integers in other dialects, and `a` with a comment here. A comment is taken for such a divisor where it
 * begins with a number or a column, and ends there or goes on as an expression does; what reads as prose is left alone.
 */
import type { TextRange } from './ast.ts'
import { tokenize } from './token.ts'

/** A comment that looks like a divisor, with what stands before it, and the divisor. */
export type SlashComment = { readonly range: TextRange; readonly left: string; readonly right: string }

/** What follows an operand in an expression, or behind it. */
const GOES_ON =
  /^\s*(?:$|[-+*/%=<>,);|]|(?:AS|FROM|WHERE|GROUP|HAVING|ORDER|LIMIT|AND|OR|THEN|ELSE|END|IS|IN|BETWEEN|LIKE|ASC|DESC)\b)/i
const DIVISOR = /^[ \t]*(\d+(?:\.\d+)?|`[^`\r\n]+`|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)([^\r\n]*)/
const SLASHES = /^[ \t]*(\/\/([^\r\n]*))/

/** The comments of the text that look like divisors; `isColumn` tells which words are names of columns. */
export function slashComments(sql: string, isColumn: (name: string) => boolean): readonly SlashComment[] {
  if (!sql.includes('//')) return []
  const tokens = tokenize(sql)
  return tokens.flatMap((token) => {
    if (!['word', 'quoted', 'number'].includes(token.kind) && token.key !== ')' && token.key !== ']') return []
    const { end } = token.range
    const [before = '', comment = '', text = ''] = SLASHES.exec(sql.slice(end)) ?? []
    const [, right = '', rest = ''] = DIVISOR.exec(text) ?? []
    const name = right.replace(/^.*\.(?=\D)/, '').replaceAll('`', '')
    if (right === '' || !GOES_ON.test(rest) || !(/^\d/.test(right) || isColumn(name))) return []
    const range = { start: end + before.length - comment.length, end: end + before.length }
    return [{ range, left: token.kind === 'sign' ? '…' : sql.slice(token.range.start, end), right }]
  })
}
