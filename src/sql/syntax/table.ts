/** Reads what stands in FROM: tables, sub-queries, window table functions and joins. */
import type { AliasSyntax, ExpressionSyntax, Identifier, TableSyntax, WindowArgument } from './ast.ts'
import type { Cursor } from './cursor.ts'

type Join = Extract<TableSyntax, { kind: 'join' }>

export function fromAt(cursor: Cursor): TableSyntax {
  let left = tableAt(cursor)
  for (;;) {
    const type = joinAt(cursor)
    if (type === undefined) return left
    left = joined(cursor, left, type)
  }
}

/** Takes the words of a join up to its right side; a comma is a CROSS JOIN. */
function joinAt(cursor: Cursor): Join['type'] | undefined {
  const { key, span } = cursor.peek()
  switch (key) {
    case ',':
      cursor.take()
      return 'CROSS'
    case 'JOIN':
      cursor.take()
      return 'INNER'
    case 'INNER':
    case 'CROSS':
      cursor.take()
      cursor.expect('JOIN')
      return key
    case 'LEFT':
    case 'RIGHT':
    case 'FULL':
      cursor.take()
      cursor.accept('OUTER')
      cursor.expect('JOIN')
      return key
    case 'NATURAL':
    case 'ASOF':
      throw cursor.unsupported(span, `${key} JOIN is`, 'write JOIN … ON a.x = b.x')
    default:
      return undefined
  }
}

function joined(cursor: Cursor, left: TableSyntax, type: Join['type']): TableSyntax {
  const right = tableAt(cursor)
  if (cursor.sees('USING')) throw cursor.unsupported(cursor.peek().span, 'USING is', 'write ON a.x = b.x')
  let on: ExpressionSyntax | undefined
  if (type !== 'CROSS') {
    cursor.expect('ON', 'and the condition of the join')
    on = cursor.expression()
  }
  return { kind: 'join', type, left, right, on, span: cursor.since(left.span.start) }
}

function tableAt(cursor: Cursor): TableSyntax {
  const { start } = cursor.peek().span
  const table = tableWithoutAlias(cursor)
  const { key, span } = cursor.peek()
  if (cursor.sees('FOR', 'SYSTEM_TIME')) throw cursor.unsupported(span, 'FOR SYSTEM_TIME AS OF (a temporal join) is')
  if (['TABLESAMPLE', 'MATCH_RECOGNIZE', 'PIVOT', 'UNPIVOT'].includes(key)) throw cursor.unsupported(span, `${key} is`)
  const alias = aliasAt(cursor)
  return { ...table, alias, span: cursor.since(start) }
}

type Plain = Exclude<TableSyntax, Join>

function tableWithoutAlias(cursor: Cursor): Plain {
  const { key, span } = cursor.peek()
  switch (key) {
    case '(':
      return derivedAt(cursor)
    case 'TABLE':
      return windowAt(cursor)
    case 'LATERAL':
    case 'UNNEST':
      throw cursor.unsupported(span, `${key} is`)
    default: {
      const path = pathAt(cursor)
      const called = path.at(-1)
      if (cursor.sees('(') && called !== undefined) {
        throw cursor.problem(called.span, 'a function in FROM stands inside TABLE( )', `write TABLE(${called.name}(…))`)
      }
      return { kind: 'table', path, alias: undefined, span: cursor.since(span.start) }
    }
  }
}

function pathAt(cursor: Cursor): Identifier[] {
  const path = [cursor.name('a table')]
  while (cursor.accept('.')) path.push(cursor.name('a table'))
  return path
}

function derivedAt(cursor: Cursor): Plain {
  const open = cursor.peek()
  let ahead = 1
  while (cursor.peek(ahead).key === '(') ahead++
  if (!['SELECT', 'WITH', 'VALUES', 'TABLE'].includes(cursor.peek(ahead).key) && cursor.peek(ahead).kind !== 'end') {
    cursor.take()
    if (!cursor.seesName()) throw cursor.unexpected('a query: (SELECT …)')
    throw cursor.unsupported(open.span, 'parentheses around tables are', 'leave them out, or write (SELECT * FROM …)')
  }
  cursor.take()
  const query = cursor.query()
  cursor.expect(')')
  return { kind: 'derived', query, alias: undefined, span: cursor.since(open.span.start) }
}

/** [AS] t [(a, b)] */
function aliasAt(cursor: Cursor): AliasSyntax | undefined {
  const name = cursor.alias()
  if (name === undefined) return undefined
  return { name, columns: cursor.sees('(') ? cursor.names('a column') : [] }
}

/** TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) */
function windowAt(cursor: Cursor): Plain {
  const { start } = cursor.take().span
  if (!cursor.sees('(')) {
    const table = cursor.name('( after TABLE')
    throw cursor.problem(table.span, 'TABLE stands before a function here', `write FROM ${table.name}`)
  }
  cursor.take()
  const name = cursor.name('a window function: TUMBLE, HOP or CUMULATE')
  cursor.expect('(', `after ${name.name}`)
  const values = cursor.nested(() => cursor.list(() => argumentAt(cursor)))
  cursor.expect(')', `after the arguments of ${name.name}`)
  cursor.expect(')', 'to end TABLE(')
  return { kind: 'window', function: name, arguments: values, alias: undefined, span: cursor.since(start) }
}

function argumentAt(cursor: Cursor): WindowArgument {
  const { start } = cursor.peek().span
  const name = cursor.peek(1).key === '=>' ? namedAt(cursor) : undefined
  const value = valueAt(cursor)
  return { name, value, span: cursor.since(start) }
}

function namedAt(cursor: Cursor): Identifier {
  const { text, kind, span } = cursor.take()
  cursor.expect('=>')
  return { name: kind === 'word' ? text.toUpperCase() : text, span }
}

function valueAt(cursor: Cursor): WindowArgument['value'] {
  if (cursor.sees('DESCRIPTOR', '(')) {
    cursor.take()
    return { kind: 'descriptor', columns: cursor.names('a column') }
  }
  const data = dataAt(cursor)
  if (data === undefined) return cursor.expression()
  return { kind: 'data', table: data, partitionBy: partitionAt(cursor) }
}

/** TABLE t, TABLE (SELECT …), (SELECT …) */
function dataAt(cursor: Cursor): TableSyntax | undefined {
  const { start } = cursor.peek().span
  if (cursor.accept('TABLE')) {
    if (cursor.sees('(')) return derivedAt(cursor)
    const path = pathAt(cursor)
    return { kind: 'table', path, alias: undefined, span: cursor.since(start) }
  }
  let ahead = 0
  while (cursor.peek(ahead).key === '(') ahead++
  const isQuery = ahead > 0 && ['SELECT', 'WITH', 'VALUES'].includes(cursor.peek(ahead).key)
  return isQuery ? derivedAt(cursor) : undefined
}

/** PARTITION BY k and PARTITION BY (k, v) */
function partitionAt(cursor: Cursor): ExpressionSyntax[] {
  const by = cursor.accept('PARTITION', 'BY') ? keysAt(cursor) : []
  if (cursor.sees('ORDER')) throw cursor.unsupported(cursor.peek().span, 'ORDER BY on a table argument is')
  return by
}

function keysAt(cursor: Cursor): ExpressionSyntax[] {
  // Outside of parentheses a comma belongs to the arguments of the function.
  if (!cursor.accept('(')) return [cursor.expression()]
  const keys = cursor.list(() => cursor.expression())
  cursor.expect(')')
  return keys
}
