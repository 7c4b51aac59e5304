/**
 * Reads expressions by how tightly their operators bind, with Calcite's own numbers:
 *
 *   80 unary + -   60 * / % ||   40 + -   32 BETWEEN IN LIKE SIMILAR   30 = <> < <= > >= IS DISTINCT FROM
 *   28 IS NULL, TRUE, FALSE, UNKNOWN   26 NOT   24 AND   22 OR
 *
 * All are left-associative. So a = b IS NULL asks whether a = b is NULL, and a = b LIKE c compares a with b LIKE c.
 */

import type { ComparisonOperator, ExpressionSyntax, SyntaxOf, TextRange } from './ast.ts'
import { callAt, seesCall } from './call.ts'
import { literalAt } from './literal.ts'
import { accessed, constructorAt } from './nested.ts'
import { argumentTexts } from './other-dialects.ts'
import { clauseWords, reserved } from './reserved.ts'
import type { TokenReader } from './token-reader.ts'

type BinaryOperator = SyntaxOf<'binary'>['operator']

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
const memberships = ['IN', 'LIKE', 'BETWEEN', 'SIMILAR', 'ILIKE', 'RLIKE']
const comparison = 30
const test = 28
const negation = 26

/** Reads an expression whose operators bind at least as tightly as `tightness`; 0 reads all. */
export function parseExpression(tokens: TokenReader, tightness: number): ExpressionSyntax {
  let left = accessed(tokens, operandAt(tokens, tightness))
  for (;;) {
    const next = operatorAt(tokens, left, tightness)
    if (next === undefined) return left
    left = next
  }
}

/** The expression that the next operator makes of `left`; undefined where no operator of that tightness follows. */
function operatorAt(tokens: TokenReader, left: ExpressionSyntax, tightness: number): ExpressionSyntax | undefined {
  const { key } = tokens.peek()
  const binding = binaryOperators.get(key)
  if (binding !== undefined)
    return binding < tightness ? undefined : binaryAt(tokens, left, key as BinaryOperator, binding)
  if (memberships.includes(tokens.peek(key === 'NOT' ? 1 : 0).key)) {
    return membership < tightness ? undefined : membershipAt(tokens, left)
  }
  switch (key) {
    case 'IS':
      return isAt(tokens, left, tightness)
    case '!=':
      throw tokens.problem('Flink SQL has no !=', 'write <>')
    default:
      return undefined
  }
}

function binaryAt(
  tokens: TokenReader,
  left: ExpressionSyntax,
  operator: BinaryOperator,
  binding: number,
): ExpressionSyntax {
  const sign = tokens.take()
  if (binding === comparison && tokens.seesAny(['ALL', 'ANY', 'SOME'])) {
    return quantifiedAt(tokens, left, operator as ComparisonOperator)
  }
  if (tokens.peek().key === '=' && sign.range.end === tokens.peek().range.start)
    throw tokens.unexpected('an expression')
  const right = tokens.expression(binding + 1)
  return { kind: 'binary', operator, left, right, range: join(left, right) }
}

/** What to write for a = ANY(ARRAY[1, 2]) or a = ANY(1, 2). */
function insteadOfQuery(tokens: TokenReader, { range }: ExpressionSyntax, ...[operator, key]: [string, string]) {
  if (operator !== '=' || key === 'ALL' || !tokens.sees('(')) return undefined
  const [list = ''] = argumentTexts(tokens.sql, tokens.peek().range.start)
  const inside = /^ARRAY\s*\[(.+)\]$/i.exec(list)?.[1]
  return inside === undefined ? undefined : `write ${tokens.sql.slice(range.start, range.end)} IN (${inside})`
}

/** ANY (SELECT …), SOME (SELECT …) or ALL (SELECT …) behind a comparison. */
function quantifiedAt(tokens: TokenReader, operand: ExpressionSyntax, operator: ComparisonOperator): ExpressionSyntax {
  const { key } = tokens.take()
  const quantifier = key === 'ALL' ? 'ALL' : 'ANY'
  if (!tokens.sees('(') || !['SELECT', 'WITH', 'VALUES'].includes(tokens.peek(1).key))
    throw tokens.problem(`expected a query after ${key}: (SELECT …)`, insteadOfQuery(tokens, operand, operator, key))
  const query = tokens.enclosed(() => tokens.query())
  return { kind: 'quantified', operator, quantifier, operand, query, range: tokens.since(operand.range.start) }
}

function isAt(tokens: TokenReader, operand: ExpressionSyntax, tightness: number): ExpressionSyntax | undefined {
  const not = tokens.peek(1).key === 'NOT'
  const word = tokens.peek(not ? 2 : 1)
  if ((word.key === 'DISTINCT' ? comparison : test) < tightness) return undefined
  tokens.take()
  if (not) tokens.take()
  switch (word.key) {
    case 'NULL':
    case 'TRUE':
    case 'FALSE':
    case 'UNKNOWN':
      tokens.take()
      return { kind: 'is', operand, not, test: word.key, range: { start: operand.range.start, end: word.range.end } }
    case 'DISTINCT': {
      tokens.take()
      tokens.expect('FROM', 'after IS DISTINCT')
      const distinctFrom = tokens.expression(comparison + 1)
      return { kind: 'is', operand, not, test: { distinctFrom }, range: join(operand, distinctFrom) }
    }
    case 'JSON': {
      tokens.take()
      const kind = ['VALUE', 'OBJECT', 'ARRAY', 'SCALAR'].find((each) => tokens.accept(each)) ?? 'VALUE'
      return { kind: 'is', operand, not, test: `JSON ${kind}`, range: tokens.since(operand.range.start) }
    }
    case 'EMPTY':
    case 'A':
    case 'NORMALIZED':
      throw tokens.unsupported(`IS ${word.key} is`)
    default:
      throw tokens.unexpected('NULL, TRUE, FALSE, UNKNOWN, JSON or DISTINCT FROM after IS')
  }
}

/** [NOT] BETWEEN, IN, LIKE, SIMILAR TO after their operand. */
function membershipAt(tokens: TokenReader, operand: ExpressionSyntax): ExpressionSyntax {
  const not = tokens.accept('NOT')
  const { key, range } = tokens.take()
  switch (key) {
    case 'BETWEEN': {
      const symmetric = tokens.accept('SYMMETRIC')
      if (!symmetric) tokens.accept('ASYMMETRIC')
      const low = tokens.expression(membership + 1)
      tokens.expect('AND', 'and the upper bound of BETWEEN')
      const high = tokens.expression(membership + 1)
      return { kind: 'between', operand, not, symmetric, low, high, range: join(operand, high) }
    }
    case 'IN':
      return inAt(tokens, operand, not)
    case 'ILIKE':
      throw tokens.problem('Flink SQL has no ILIKE', 'write LOWER(value) LIKE LOWER(pattern)', range)
    case 'RLIKE':
      throw tokens.problem('Flink SQL has no RLIKE', 'write REGEXP(value, pattern)', range)
    default: {
      if (key === 'SIMILAR') tokens.expect('TO', 'after SIMILAR')
      const operator = key === 'SIMILAR' ? 'SIMILAR TO' : 'LIKE'
      const pattern = tokens.expression(membership + 1)
      const escaped = tokens.accept('ESCAPE') ? tokens.expression(unary) : undefined
      return {
        kind: 'like',
        operator,
        operand,
        not,
        pattern,
        escape: escaped,
        range: join(operand, escaped ?? pattern),
      }
    }
  }
}

function inAt(tokens: TokenReader, operand: ExpressionSyntax, not: boolean): ExpressionSyntax {
  const start = operand.range.start
  const values = () => (seesQuery(tokens) ? tokens.query() : tokens.list(() => tokens.expression()))
  const inside = tokens.enclosed(values, 'and the values after IN')
  // More parentheses around a query do not make it one value.
  const only = 'body' in inside || inside.length > 1 ? undefined : inside[0]
  const list = only?.kind === 'scalar-query' ? only.query : inside
  return { kind: 'in', operand, not, list, range: tokens.since(start) }
}

function seesQuery(tokens: TokenReader): boolean {
  return tokens.seesAny(['SELECT', 'WITH', 'VALUES'])
}

/** An operand of binary operators: a prefix operator with its operand, a literal, a call, a column or parentheses. */
function operandAt(tokens: TokenReader, tightness: number): ExpressionSyntax {
  const { key, kind, range } = tokens.peek()
  if (key === 'NOT' && tightness > negation) {
    throw tokens.problem('NOT cannot stand here', 'put it in parentheses: (NOT x)')
  }
  if (key === 'NOT' || key === '-' || key === '+') {
    tokens.take()
    const operand = tokens.expression(key === 'NOT' ? negation : unary)
    return { kind: 'unary', operator: key, operand, range: { start: range.start, end: operand.range.end } }
  }
  if (key === '(') return parenthesized(tokens)
  const literal = literalAt(tokens)
  if (literal !== undefined) return literal
  if (seesCall(tokens)) return callAt(tokens)
  if (kind === 'quoted' || kind === 'word') return keywordAt(tokens) ?? columnAt(tokens)
  throw tokens.unexpected('an expression')
}

function parenthesized(tokens: TokenReader): ExpressionSyntax {
  const { start } = tokens.take().range
  if (seesQuery(tokens)) {
    const query = tokens.query()
    tokens.expect(')')
    return { kind: 'scalar-query', query, range: tokens.since(start) }
  }
  const inner = tokens.expression()
  if (tokens.accept(',')) {
    const items = [inner, ...tokens.list(() => tokens.expression())]
    tokens.expect(')')
    return { kind: 'construct', type: 'ROW', items, range: tokens.since(start) }
  }
  tokens.expect(')')
  // The parentheses belong to the range of the expression inside.
  return { ...inner, range: tokens.since(start) }
}

/** CASE and EXISTS, and refusals of other expressions that begin with a reserved word. */
function keywordAt(tokens: TokenReader): ExpressionSyntax | undefined {
  const { key, range } = tokens.peek()
  switch (key) {
    case 'CASE':
      return caseAt(tokens)
    case 'EXISTS': {
      tokens.take()
      const query = tokens.enclosed(() => tokens.query(), 'and a query after EXISTS')
      return { kind: 'exists', query, range: tokens.since(range.start) }
    }
    case 'ARRAY':
    case 'MAP':
    case 'MULTISET':
    case 'ROW':
      return constructorAt(tokens)
    case 'UNIQUE':
    case 'CURSOR':
    case 'NEXT':
    case 'PERIOD':
      if (tokens.peek(1).key !== '(') return undefined
      throw tokens.unsupported(`${key} is`)
    default:
      return undefined
  }
}

function caseAt(tokens: TokenReader): ExpressionSyntax {
  const { start } = tokens.take().range
  const operand = tokens.sees('WHEN') ? undefined : tokens.expression()
  const branches: { when: readonly ExpressionSyntax[]; then: ExpressionSyntax }[] = []
  while (tokens.accept('WHEN')) {
    // CASE x WHEN 1, 2 THEN … tries one after the other; without an operand there is one condition.
    const when = operand === undefined ? [tokens.expression()] : tokens.list(() => tokens.expression())
    tokens.expect('THEN')
    branches.push({ when, then: tokens.expression() })
  }
  if (branches.length === 0) throw tokens.unexpected('WHEN')
  const otherwise = tokens.accept('ELSE') ? tokens.expression() : undefined
  tokens.expect('END', 'of this CASE')
  return { kind: 'case', operand, branches, otherwise, range: tokens.since(start) }
}

/** a, t.a, t.row.field */
function columnAt(tokens: TokenReader): ExpressionSyntax {
  const word = tokens.peek()
  if (word.kind === 'word' && (reserved.has(word.key) || clauseWords.has(word.key)))
    throw tokens.unexpected('an expression')
  const first = tokens.name('a column')
  const path = [first]
  while (tokens.sees('.')) {
    if (tokens.peek(1).key === '*') {
      throw tokens.problem('a star stands only for whole columns of SELECT', 'name the columns', tokens.peek(1).range)
    }
    tokens.take()
    path.push(tokens.name('a column'))
  }
  if (tokens.sees('('))
    throw tokens.unsupported('a function of another catalog is', undefined, tokens.since(first.range.start))
  return { kind: 'column', path, range: tokens.since(first.range.start) }
}

function join(left: { readonly range: TextRange }, right: { readonly range: TextRange }): TextRange {
  return { start: left.range.start, end: right.range.end }
}
