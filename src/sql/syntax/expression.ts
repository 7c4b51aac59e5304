/**
 * Reads expressions by how tightly their operators bind, with Calcite's own numbers:
 *
 *   80 unary + -   60 * / % ||   40 + -   32 BETWEEN IN LIKE SIMILAR   30 = <> < <= > >= IS DISTINCT FROM
 *   28 IS NULL and its like   26 NOT   24 AND   22 OR
 *
 * All are left-associative. So a = b IS NULL asks whether a = b is NULL, and a = b LIKE c compares a with b LIKE c.
 */
import type { ExpressionSyntax, Span } from './ast.ts'
import { callAt, seesCall } from './call.ts'
import type { Cursor } from './cursor.ts'
import { literalAt } from './literal.ts'
import { clauseWords, reserved } from './reserved.ts'

type BinaryOperator = Extract<ExpressionSyntax, { kind: 'binary' }>['operator']

const binaryOperators: ReadonlyMap<string, number> = new Map<BinaryOperator, number>([
  ['*', 60],
  ['/', 60],
  ['%', 60],
  ['||', 60],
  ['+', 40],
  ['-', 40],
  ['=', 30],
  ['<>', 30],
  ['<', 30],
  ['<=', 30],
  ['>', 30],
  ['>=', 30],
  ['AND', 24],
  ['OR', 22],
])
const unary = 80
const membership = 32
const comparison = 30
const test = 28
const negation = 26

export function parseExpression(cursor: Cursor, tightness: number): ExpressionSyntax {
  let left = operandAt(cursor, tightness)
  for (;;) {
    const next = operatorAt(cursor, left, tightness)
    if (next === undefined) return left
    left = next
  }
}

/** The expression that the next operator makes of `left`; undefined where none follows that binds so tightly. */
function operatorAt(cursor: Cursor, left: ExpressionSyntax, tightness: number): ExpressionSyntax | undefined {
  const { key, span } = cursor.peek()
  const binding = binaryOperators.get(key)
  if (binding !== undefined)
    return binding < tightness ? undefined : binaryAt(cursor, left, key as BinaryOperator, binding)
  switch (key) {
    case 'IS':
      return isAt(cursor, left, tightness)
    case 'NOT':
      if (!['IN', 'LIKE', 'BETWEEN', 'SIMILAR', 'ILIKE', 'RLIKE'].includes(cursor.peek(1).key)) return undefined
      return membership < tightness ? undefined : membershipAt(cursor, left)
    case 'IN':
    case 'LIKE':
    case 'BETWEEN':
    case 'SIMILAR':
    case 'ILIKE':
    case 'RLIKE':
      return membership < tightness ? undefined : membershipAt(cursor, left)
    case '!=':
      throw cursor.problem(span, 'Flink SQL has no !=', 'write <>')
    case '[':
      throw cursor.unsupported(span, 'access to the elements of arrays and maps is')
    case '.':
      throw cursor.unsupported(span, 'access to the fields of a row value is')
    default:
      return undefined
  }
}

function binaryAt(cursor: Cursor, left: ExpressionSyntax, operator: BinaryOperator, binding: number): ExpressionSyntax {
  const sign = cursor.take()
  if (binding === comparison && cursor.seesAny(['ALL', 'ANY', 'SOME'])) {
    throw cursor.unsupported(
      cursor.peek().span,
      `${operator} ${cursor.peek().key} is`,
      'write it with IN, EXISTS, or MIN or MAX',
    )
  }
  if (cursor.peek().key === '=' && sign.span.end === cursor.peek().span.start) throw cursor.unexpected('an expression')
  const right = cursor.expression(binding + 1)
  return { kind: 'binary', operator, left, right, span: join(left, right) }
}

function isAt(cursor: Cursor, operand: ExpressionSyntax, tightness: number): ExpressionSyntax | undefined {
  const not = cursor.peek(1).key === 'NOT'
  const word = cursor.peek(not ? 2 : 1)
  if ((word.key === 'DISTINCT' ? comparison : test) < tightness) return undefined
  cursor.take()
  if (not) cursor.take()
  switch (word.key) {
    case 'NULL':
    case 'TRUE':
    case 'FALSE':
    case 'UNKNOWN':
      cursor.take()
      return { kind: 'is', operand, not, test: word.key, span: { start: operand.span.start, end: word.span.end } }
    case 'DISTINCT': {
      cursor.take()
      cursor.expect('FROM', 'after IS DISTINCT')
      const distinctFrom = cursor.expression(comparison + 1)
      return { kind: 'is', operand, not, test: { distinctFrom }, span: join(operand, distinctFrom) }
    }
    case 'JSON':
    case 'EMPTY':
    case 'A':
    case 'NORMALIZED':
      throw cursor.unsupported(word.span, `IS ${word.key} is`)
    default:
      throw cursor.unexpected('NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS')
  }
}

/** [NOT] BETWEEN, IN, LIKE, SIMILAR TO after their operand. */
function membershipAt(cursor: Cursor, operand: ExpressionSyntax): ExpressionSyntax {
  const not = cursor.accept('NOT')
  const { key, span } = cursor.take()
  switch (key) {
    case 'BETWEEN': {
      const symmetric = cursor.accept('SYMMETRIC')
      if (!symmetric) cursor.accept('ASYMMETRIC')
      const low = cursor.expression(membership + 1)
      cursor.expect('AND', 'and the upper bound of BETWEEN')
      const high = cursor.expression(membership + 1)
      return { kind: 'between', operand, not, symmetric, low, high, span: join(operand, high) }
    }
    case 'IN':
      return inAt(cursor, operand, not)
    case 'ILIKE':
      throw cursor.problem(span, 'Flink SQL has no ILIKE', 'write LOWER(value) LIKE LOWER(pattern)')
    case 'RLIKE':
      throw cursor.problem(span, 'Flink SQL has no RLIKE', 'write REGEXP(value, pattern)')
    default: {
      if (key === 'SIMILAR') cursor.expect('TO', 'after SIMILAR')
      const operator = key === 'SIMILAR' ? 'SIMILAR TO' : 'LIKE'
      const pattern = cursor.expression(membership + 1)
      const escaped = cursor.accept('ESCAPE') ? cursor.expression(unary) : undefined
      return { kind: 'like', operator, operand, not, pattern, escape: escaped, span: join(operand, escaped ?? pattern) }
    }
  }
}

function inAt(cursor: Cursor, operand: ExpressionSyntax, not: boolean): ExpressionSyntax {
  const start = operand.span.start
  cursor.expect('(', 'and the values after IN')
  if (seesQuery(cursor)) {
    const list = cursor.query()
    cursor.expect(')')
    return { kind: 'in', operand, not, list, span: cursor.since(start) }
  }
  const values = cursor.list(() => cursor.expression())
  cursor.expect(')')
  // More parentheses around a query do not make it one value.
  const only = values.length === 1 ? values[0] : undefined
  const list = only?.kind === 'scalar-query' ? only.query : values
  return { kind: 'in', operand, not, list, span: cursor.since(start) }
}

function seesQuery(cursor: Cursor): boolean {
  return cursor.seesAny(['SELECT', 'WITH', 'VALUES'])
}

/** What operators stand between: a prefix with its operand, or something whole. */
function operandAt(cursor: Cursor, tightness: number): ExpressionSyntax {
  const { key, kind, span } = cursor.peek()
  if (key === 'NOT') {
    if (tightness > negation) throw cursor.problem(span, 'NOT cannot stand here', 'put it in parentheses: (NOT x)')
    cursor.take()
    const operand = cursor.expression(negation)
    return { kind: 'unary', operator: 'NOT', operand, span: { start: span.start, end: operand.span.end } }
  }
  if (key === '-' || key === '+') {
    cursor.take()
    const operand = cursor.expression(unary)
    return { kind: 'unary', operator: key, operand, span: { start: span.start, end: operand.span.end } }
  }
  if (key === '(') return parenthesized(cursor)
  const literal = literalAt(cursor)
  if (literal !== undefined) return literal
  if (seesCall(cursor)) return callAt(cursor)
  if (kind === 'quoted' || kind === 'word') return keywordAt(cursor) ?? columnAt(cursor)
  throw cursor.unexpected('an expression')
}

function parenthesized(cursor: Cursor): ExpressionSyntax {
  const { start } = cursor.take().span
  if (seesQuery(cursor)) {
    const query = cursor.query()
    cursor.expect(')')
    return { kind: 'scalar-query', query, span: cursor.since(start) }
  }
  const inner = cursor.expression()
  if (cursor.sees(',')) {
    throw cursor.unsupported(
      { start, end: cursor.peek().span.end },
      'a row of values as one value is',
      'compare its parts one by one, with AND',
    )
  }
  cursor.expect(')')
  // The parentheses belong to the text of what they hold.
  return { ...inner, span: cursor.since(start) }
}

/** Expressions that begin with a reserved word of their own. */
function keywordAt(cursor: Cursor): ExpressionSyntax | undefined {
  const { key, span } = cursor.peek()
  switch (key) {
    case 'CASE':
      return caseAt(cursor)
    case 'EXISTS': {
      cursor.take()
      cursor.expect('(', 'and a query after EXISTS')
      const query = cursor.query()
      cursor.expect(')')
      return { kind: 'exists', query, span: cursor.since(span.start) }
    }
    case 'ARRAY':
    case 'MAP':
    case 'MULTISET':
      if (!['[', '('].includes(cursor.peek(1).key)) return undefined
      throw cursor.unsupported(span, `${key} as a value is`)
    case 'ROW':
      if (cursor.peek(1).key !== '(') return undefined
      throw cursor.unsupported(span, 'ROW as a value is', 'name its parts as columns of their own')
    case 'UNIQUE':
    case 'CURSOR':
    case 'NEXT':
    case 'PERIOD':
      if (cursor.peek(1).key !== '(') return undefined
      throw cursor.unsupported(span, `${key} is`)
    default:
      return undefined
  }
}

function caseAt(cursor: Cursor): ExpressionSyntax {
  const { start } = cursor.take().span
  const operand = cursor.sees('WHEN') ? undefined : cursor.expression()
  const branches: { when: readonly ExpressionSyntax[]; then: ExpressionSyntax }[] = []
  while (cursor.accept('WHEN')) {
    // CASE x WHEN 1, 2 THEN … tries one after the other; without an operand there is one condition.
    const when = operand === undefined ? [cursor.expression()] : cursor.list(() => cursor.expression())
    cursor.expect('THEN')
    branches.push({ when, then: cursor.expression() })
  }
  if (branches.length === 0) throw cursor.unexpected('WHEN')
  const otherwise = cursor.accept('ELSE') ? cursor.expression() : undefined
  cursor.expect('END', 'of this CASE')
  return { kind: 'case', operand, branches, otherwise, span: cursor.since(start) }
}

/** a, t.a */
function columnAt(cursor: Cursor): ExpressionSyntax {
  const word = cursor.peek()
  if (word.kind === 'word' && (reserved.has(word.key) || clauseWords.has(word.key)))
    throw cursor.unexpected('an expression')
  const first = cursor.name('a column')
  const path = [first]
  while (cursor.sees('.')) {
    if (cursor.peek(1).key === '*') {
      throw cursor.problem(cursor.peek(1).span, 'a star stands only for whole columns of SELECT', 'name the columns')
    }
    cursor.take()
    path.push(cursor.name('a column'))
  }
  if (cursor.sees('(')) throw cursor.unsupported(cursor.since(first.span.start), 'a function of another catalog is')
  return { kind: 'column', path, span: cursor.since(first.span.start) }
}

function join(left: { readonly span: Span }, right: { readonly span: Span }): Span {
  return { start: left.span.start, end: right.span.end }
}
