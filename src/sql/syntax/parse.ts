/**
 * Reads one query of Flink SQL by recursive descent: what was written, as the tree of `ast.ts`, or a Failure that says
 * where it stops being Flink SQL, and what to write instead.
 *
 * Whatever is read here means to Flink what it means to us. What Flink has and tailrace does not is refused in words
 * ("… not supported yet"), never skipped.
 */
import { nearest } from '../../base/nearest.ts'
import type { ExpressionSyntax, QueryBody, QuerySyntax, SelectItem } from './ast.ts'
import { orderItemAt } from './call.ts'
import { Cursor } from './cursor.ts'
import { checkHeight } from './depth.ts'
import { parseExpression } from './expression.ts'
import { fromAt } from './table.ts'

const statements =
  'INSERT CREATE DELETE UPDATE TRUNCATE DROP ALTER MERGE UPSERT EXPLAIN DESCRIBE DESC SHOW USE SET RESET CALL EXECUTE ANALYZE LOAD UNLOAD BEGIN ADD REMOVE STOP COMPILE REPLACE'.split(
    ' ',
  )

export function parseQuery(sql: string): QuerySyntax {
  const cursor = new Cursor(sql, { query: queryAt, expression: parseExpression })
  const first = cursor.peek()
  if (first.kind === 'end') throw cursor.problem(first.span, 'the query is empty', 'write SELECT … FROM …')
  if (statements.includes(first.key)) {
    throw cursor.unsupported(
      first.span,
      `${first.key} is`,
      'a query is a SELECT; tables, topics and sinks are declared in the pipeline file',
    )
  }
  const query = cursor.query()
  if (cursor.accept(';') && cursor.peek().kind !== 'end') {
    throw cursor.problem(cursor.peek().span, 'only one query can stand here', 'end the text at the semicolon')
  }
  if (cursor.peek().kind !== 'end') throw cursor.unexpected()
  checkHeight(sql, query)
  return query
}

/** [WITH …] body [ORDER BY …] [LIMIT …] [OFFSET …] [FETCH …] */
function queryAt(cursor: Cursor): QuerySyntax {
  const { start } = cursor.peek().span
  const named = cursor.accept('WITH') ? withAt(cursor) : []
  const whole = setAt(cursor, 'UNION')
  const orderBy = cursor.accept('ORDER', 'BY') ? cursor.list(() => orderItemAt(cursor)) : []
  if (cursor.sees('ORDER')) {
    cursor.take()
    cursor.expect('BY', 'after ORDER')
  }
  const bounds = boundsAt(cursor)
  const span = cursor.since(start)
  const isPlain = whole.with.length === 0 && whole.orderBy.length === 0 && !whole.limit && !whole.offset
  const addsNothing = named.length === 0 && orderBy.length === 0 && !bounds.limit && !bounds.offset
  if (!isPlain && !addsNothing) {
    throw cursor.unsupported(
      whole.span,
      'more around a query in parentheses that has its own ORDER BY, LIMIT or WITH is',
      'write SELECT * FROM (…) around it',
    )
  }
  return addsNothing ? { ...whole, span } : { with: named, body: whole.body, orderBy, ...bounds, span }
}

function withAt(cursor: Cursor): QuerySyntax['with'] {
  if (cursor.sees('RECURSIVE')) throw cursor.unsupported(cursor.peek().span, 'WITH RECURSIVE is')
  return cursor.list(() => {
    const name = cursor.name('the name of a query')
    const columns = cursor.sees('(') ? cursor.names('a column') : []
    cursor.expect('AS')
    cursor.expect('(')
    const query = cursor.query()
    cursor.expect(')')
    return { name, columns, query }
  })
}

/** UNION and EXCEPT, left to right; INTERSECT binds more tightly. */
function setAt(cursor: Cursor, level: 'UNION' | 'INTERSECT'): QuerySyntax {
  const operand = () => (level === 'UNION' ? setAt(cursor, 'INTERSECT') : leafAt(cursor))
  let left = operand()
  for (;;) {
    const { key, span } = cursor.peek()
    if (key === 'MINUS') throw cursor.problem(span, 'Flink SQL has no MINUS', 'write EXCEPT')
    if (level === 'UNION' ? key !== 'UNION' && key !== 'EXCEPT' : key !== 'INTERSECT') return left
    const operator = cursor.take().key as 'UNION' | 'EXCEPT' | 'INTERSECT'
    const all = cursor.accept('ALL')
    if (!all) cursor.accept('DISTINCT')
    const right = operand()
    left = plainQuery({ kind: 'set', operator, all, left, right, span: cursor.since(left.span.start) })
  }
}

function plainQuery(body: QueryBody): QuerySyntax {
  return { with: [], body, orderBy: [], limit: undefined, offset: undefined, span: body.span }
}

/** SELECT, VALUES, or a query in parentheses. */
function leafAt(cursor: Cursor): QuerySyntax {
  const { key, kind, text, span } = cursor.peek()
  switch (key) {
    case 'SELECT':
      return plainQuery(selectAt(cursor))
    case 'VALUES': {
      cursor.take()
      const rows = cursor.list(() => rowAt(cursor))
      return plainQuery({ kind: 'values', rows, span: cursor.since(span.start) })
    }
    case '(': {
      cursor.take()
      const query = cursor.query()
      cursor.expect(')')
      return { ...query, span: cursor.since(span.start) }
    }
    case 'TABLE':
      throw cursor.unsupported(span, 'TABLE as a query is', 'write SELECT * FROM t')
    default: {
      const meant = kind === 'word' ? nearest(text, ['SELECT', 'WITH', 'VALUES']) : undefined
      if (meant === undefined) throw cursor.unexpected('SELECT, WITH or VALUES')
      throw cursor.problem(span, `expected a query, found ${text}`, `did you mean ${meant}?`)
    }
  }
}

/** A row of VALUES: (1, 'a'), ROW(1, 'a'), or one value. */
function rowAt(cursor: Cursor): readonly ExpressionSyntax[] {
  if (!cursor.sees('(') && !cursor.sees('ROW', '(')) return [cursor.expression()]
  cursor.accept('ROW')
  cursor.take()
  const row = cursor.list(() => cursor.expression())
  cursor.expect(')')
  return row
}

function selectAt(cursor: Cursor): QueryBody {
  const { start } = cursor.take().span
  const distinct = distinctAt(cursor)
  const items = cursor.list(() => itemAt(cursor))
  const from = cursor.accept('FROM') ? fromAt(cursor) : undefined
  const where = cursor.accept('WHERE') ? cursor.expression() : undefined
  const groupBy = cursor.sees('GROUP') ? groupAt(cursor) : undefined
  const having = cursor.accept('HAVING') ? cursor.expression() : undefined
  const { key, span } = cursor.peek()
  if (key === 'WINDOW')
    throw cursor.unsupported(span, 'WINDOW is', 'write the window out: OVER (PARTITION BY … ORDER BY …)')
  if (key === 'QUALIFY') throw cursor.unsupported(span, 'QUALIFY is', 'write SELECT * FROM (SELECT …) WHERE …')
  return { kind: 'select', distinct, items, from, where, groupBy, having, span: cursor.since(start) }
}

function distinctAt(cursor: Cursor): boolean {
  const { key, text, span } = cursor.peek()
  if (text.toUpperCase() === 'TOP' && cursor.peek(1).kind === 'number') {
    const { text: count } = cursor.peek(1)
    throw cursor.problem(
      { start: span.start, end: cursor.peek(1).span.end },
      'Flink SQL has no TOP',
      `write LIMIT ${count} at the end`,
    )
  }
  if (key === 'STREAM') throw cursor.unsupported(span, 'SELECT STREAM is', 'write SELECT')
  if (cursor.accept('ALL')) return false
  if (!cursor.accept('DISTINCT')) return false
  if (cursor.sees('ON')) {
    throw cursor.problem(
      cursor.peek().span,
      'Flink SQL has no DISTINCT ON',
      'number the rows with ROW_NUMBER() and keep the first',
    )
  }
  return true
}

function itemAt(cursor: Cursor): SelectItem {
  const { start } = cursor.peek().span
  const star = starAt(cursor)
  if (star !== undefined) return { expression: star, alias: undefined, span: star.span }
  const expression = cursor.expression()
  return { expression, alias: cursor.alias(), span: cursor.since(start) }
}

/** *, t.* */
function starAt(cursor: Cursor): ExpressionSyntax | undefined {
  const { span } = cursor.peek()
  if (cursor.accept('*')) return { kind: 'star', table: undefined, span }
  if (cursor.peek(1).key !== '.' || cursor.peek(2).key !== '*') return undefined
  const table = cursor.name('a table')
  cursor.expect('.')
  cursor.expect('*')
  return { kind: 'star', table, span: cursor.since(span.start) }
}

function groupAt(cursor: Cursor): readonly ExpressionSyntax[] {
  cursor.take()
  cursor.expect('BY', 'after GROUP')
  if (cursor.seesAny(['ALL', 'DISTINCT']))
    throw cursor.unsupported(cursor.peek().span, `GROUP BY ${cursor.peek().key} is`)
  if (cursor.accept('(', ')')) {
    if (cursor.sees(',')) throw cursor.unsupported(cursor.peek().span, 'grouping by several sets is')
    return []
  }
  return cursor.list(() => groupItemsAt(cursor)).flat()
}

/** One expression, or several in parentheses, which mean the same as without. */
function groupItemsAt(cursor: Cursor): readonly ExpressionSyntax[] {
  const { key, span } = cursor.peek()
  const isSets = cursor.sees('GROUPING', 'SETS')
  if (isSets || (['ROLLUP', 'CUBE'].includes(key) && cursor.peek(1).key === '(')) {
    throw cursor.unsupported(
      span,
      `${isSets ? 'GROUPING SETS' : key} is`,
      'write one query for each grouping, with UNION ALL between',
    )
  }
  return isTuple(cursor) ? tupleAt(cursor) : [cursor.expression()]
}

/** Whether parentheses that begin here have a comma of their own: (a, b), but not (a + b) * c. */
function isTuple(cursor: Cursor): boolean {
  if (!cursor.sees('(')) return false
  let open = 0
  for (let ahead = 0; cursor.peek(ahead).kind !== 'end'; ahead++) {
    const { key } = cursor.peek(ahead)
    if (key === '(') open++
    if (key === ')' && --open === 0) return false
    if (key === ',' && open === 1) return true
    if (key === 'SELECT' && open === 1) return false
  }
  return false
}

function tupleAt(cursor: Cursor): readonly ExpressionSyntax[] {
  cursor.take()
  const items = cursor.list(() => cursor.expression())
  cursor.expect(')')
  return items
}

/** LIMIT n | ALL, OFFSET n [ROWS], FETCH FIRST n ROWS ONLY, in this order. */
function boundsAt(cursor: Cursor): Pick<QuerySyntax, 'limit' | 'offset'> {
  let limit: ExpressionSyntax | undefined
  const limited = cursor.sees('LIMIT')
  if (cursor.accept('LIMIT') && !cursor.accept('ALL')) {
    limit = countAt(cursor, 'a number of rows after LIMIT')
    if (cursor.sees(','))
      throw cursor.problem(cursor.peek().span, 'LIMIT takes one number', 'write LIMIT count OFFSET start')
  }
  let offset: ExpressionSyntax | undefined
  if (cursor.accept('OFFSET')) {
    offset = countAt(cursor, 'a number of rows after OFFSET')
    if (!cursor.accept('ROWS')) cursor.accept('ROW')
    if (cursor.sees('LIMIT'))
      throw cursor.problem(cursor.peek().span, 'LIMIT stands before OFFSET', 'write LIMIT count OFFSET start')
  }
  if (cursor.sees('FETCH') && limited) throw cursor.unexpected()
  if (cursor.accept('FETCH')) {
    if (!cursor.accept('FIRST')) cursor.expect('NEXT', 'or FIRST after FETCH')
    limit = countAt(cursor, 'a number of rows after FETCH FIRST')
    if (!cursor.accept('ROWS')) cursor.expect('ROW', 'or ROWS')
    cursor.expect('ONLY')
  }
  if (cursor.sees('FOR'))
    throw cursor.problem(cursor.peek().span, 'there is nothing to lock: FOR cannot stand here', 'leave it out')
  return { limit, offset }
}

function countAt(cursor: Cursor, wanted: string): ExpressionSyntax {
  const { kind, text, span } = cursor.peek()
  if (kind !== 'number' || !/^[0-9]+$/.test(text)) throw cursor.unexpected(wanted)
  cursor.take()
  return { kind: 'number', text, span }
}
