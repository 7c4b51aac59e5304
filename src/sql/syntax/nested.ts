/** Reads values that contain others, ARRAY[…], MAP[…], ROW(…), and access to what is inside: a[1], m['key'], f(x).field. */
import type { ExpressionSyntax } from './ast.ts'
import type { TokenReader } from './token-reader.ts'

/** ARRAY[…], MAP[…] or ROW(…); undefined where none begins. */
export function constructorAt(tokens: TokenReader): ExpressionSyntax | undefined {
  const { key, range } = tokens.peek()
  const open = tokens.peek(1).key
  if ((key === 'ARRAY' || key === 'MAP') && open === '[') {
    tokens.take()
    tokens.take()
    const least = key === 'ARRAY' ? 'at least one value' : 'at least one key and its value'
    if (tokens.sees(']')) throw tokens.problem(`${key}[ ] needs ${least}`)
    const items = tokens.nested(() => tokens.list(() => tokens.expression()))
    tokens.expect(']', `after the values of ${key}`)
    return { kind: 'construct', type: key, items, range: tokens.since(range.start) }
  }
  if (key === 'ROW' && open === '(') {
    tokens.take()
    const items = tokens.enclosed(() => tokens.list(() => tokens.expression()))
    return { kind: 'construct', type: 'ROW', items, range: tokens.since(range.start) }
  }
  if (!['ARRAY', 'MAP', 'MULTISET'].includes(key) || !['[', '('].includes(open)) return undefined
  const hint = key === 'MULTISET' ? undefined : `write ${key}[…]`
  throw tokens.unsupported(`${key} ${open === '(' && key !== 'MULTISET' ? 'of a query' : 'as a value'} is`, hint)
}

/** The value with all elements and fields that follow it. */
export function accessed(tokens: TokenReader, value: ExpressionSyntax): ExpressionSyntax {
  let operand = value
  const { start } = value.range
  for (;;) {
    if (tokens.accept('[')) {
      const index = tokens.expression()
      if (tokens.sees(':')) throw tokens.problem('an index is one number', 'write ARRAY_SLICE(a, 1, 2)')
      tokens.expect(']', 'after the index')
      operand = { kind: 'element', operand, index, range: tokens.since(start) }
    } else if (tokens.sees('.') && tokens.peek(1).key !== '*') {
      tokens.take()
      operand = { kind: 'field', operand, field: tokens.name('a field'), range: tokens.since(start) }
    } else return operand
  }
}
