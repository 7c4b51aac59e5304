/**
 * Reads one query of Flink SQL by recursive descent into the tree of `ast.ts`. A text that is not Flink SQL is a Failure
 * that says where, and what to write instead.
 *
 * A query that is accepted means the same to Flink. Syntax that Flink has and tailrace does not is refused in words
 * ("… not supported yet"), never skipped.
 */
import { failureOf } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import type { ExpressionSyntax, QueryBody, QuerySyntax, SelectItem } from './ast.ts'
import { checkHeight } from './depth.ts'
import { parseExpression } from './expression.ts'
import { groupingAt, tupleAt } from './grouping.ts'
import { argumentTexts } from './other-dialects.ts'
import { orderItemAt, windowsAt } from './over.ts'
import { fromAt } from './table.ts'
import { TokenReader } from './token-reader.ts'

const statements =
  `INSERT CREATE DELETE UPDATE TRUNCATE DROP ALTER MERGE UPSERT EXPLAIN DESCRIBE DESC SHOW USE SET RESET
  CALL EXECUTE ANALYZE LOAD UNLOAD BEGIN ADD REMOVE STOP COMPILE REPLACE`.split(/\s+/)

/** What to do instead of the statement. */
function statementHint(key: string): string {
  if (key === 'DESCRIBE' || key === 'DESC') return 'tailrace describe FILE shows the columns of a file'
  if (key === 'SHOW')
    return 'tailrace describe FILE shows the columns of a file, and a query calls the files behind it log'
  if (key === 'EXPLAIN') return 'tailrace explain "SELECT …" shows the plan of a query'
  return 'a query is a SELECT; tables, topics and sinks are declared in the pipeline file'
}

/**
 * The tree of the query. Throws a Failure, 'sql' or 'limit', with the place where `sql` is refused; further mistakes, as
 * far as reading could go on after the first, come with it (`also`).
 */
export function parseQuery(sql: string): QuerySyntax {
  const tokens = openTokens(sql)
  const query = wholeQueryAt(tokens)
  const failure = failureOf(tokens.problems)
  if (failure !== undefined || query === undefined) throw failure
  checkHeight(sql, query)
  return query
}

/** The tokens of a text of SQL, before the first. */
export const openTokens = (sql: string): TokenReader =>
  new TokenReader(sql, { query: queryAt, expression: parseExpression })

/** The query that goes up to the end of the text; undefined where there are `problems`. */
export function wholeQueryAt(tokens: TokenReader): QuerySyntax | undefined {
  const first = tokens.peek()
  if (first.kind === 'end') throw tokens.problem('the query is empty', 'write SELECT … FROM …')
  if (statements.includes(first.key)) throw tokens.unsupported(`${first.key} is`, statementHint(first.key))
  return tokens.attempt(() => {
    const read = tokens.query()
    if (tokens.accept(';') && tokens.peek().kind !== 'end') {
      throw tokens.problem('only one query can stand here', 'end the text at the semicolon')
    }
    if (tokens.peek().kind !== 'end') throw tokens.unexpected()
    return read
  })
}

/** [WITH …] body [ORDER BY …] [LIMIT …] [OFFSET …] [FETCH …] */
function queryAt(tokens: TokenReader): QuerySyntax {
  const { start } = tokens.peek().range
  const named = tokens.accept('WITH') ? withAt(tokens) : []
  const whole = setAt(tokens, 'UNION')
  const orderBy = tokens.accept('ORDER', 'BY') ? tokens.list(() => orderItemAt(tokens)) : []
  if (tokens.sees('ORDER')) {
    tokens.take()
    tokens.expect('BY', 'after ORDER')
  }
  const bounds = boundsAt(tokens)
  const range = tokens.since(start)
  const isPlain = whole.with.length === 0 && whole.orderBy.length === 0 && !whole.limit && !whole.offset
  const addsNothing = named.length === 0 && orderBy.length === 0 && !bounds.limit && !bounds.offset
  if (!isPlain && !addsNothing) {
    throw tokens.unsupported(
      'more around a query in parentheses that has its own ORDER BY, LIMIT or WITH is',
      'write SELECT * FROM (…) around it',
      whole.range,
    )
  }
  return addsNothing ? { ...whole, range } : { with: named, body: whole.body, orderBy, ...bounds, range }
}

function withAt(tokens: TokenReader): QuerySyntax['with'] {
  if (tokens.sees('RECURSIVE')) throw tokens.unsupported('WITH RECURSIVE is')
  return tokens.list(() => {
    const name = tokens.name('the name of a query')
    const columns = tokens.sees('(') ? tokens.names('a column') : []
    tokens.expect('AS')
    return { name, columns, query: tokens.enclosed(() => tokens.query()) }
  })
}

/** UNION and EXCEPT, from left to right; INTERSECT binds more tightly. */
function setAt(tokens: TokenReader, level: 'UNION' | 'INTERSECT'): QuerySyntax {
  const operand = () => (level === 'UNION' ? setAt(tokens, 'INTERSECT') : leafAt(tokens))
  let left = operand()
  for (;;) {
    const { key } = tokens.peek()
    if (key === 'MINUS') throw tokens.problem('Flink SQL has no MINUS', 'write EXCEPT')
    if (level === 'UNION' ? key !== 'UNION' && key !== 'EXCEPT' : key !== 'INTERSECT') return left
    const operator = tokens.take().key as 'UNION' | 'EXCEPT' | 'INTERSECT'
    const all = tokens.accept('ALL')
    if (!all) tokens.accept('DISTINCT')
    if (tokens.sees('BY', 'NAME')) {
      throw tokens.problem(`Flink SQL has no ${operator} BY NAME`, 'name the columns of both in the same order')
    }
    const right = operand()
    left = plainQuery({ kind: 'set', operator, all, left, right, range: tokens.since(left.range.start) })
  }
}

function plainQuery(body: QueryBody): QuerySyntax {
  return { with: [], body, orderBy: [], limit: undefined, offset: undefined, range: body.range }
}

/** SELECT, VALUES, or a query in parentheses. */
function leafAt(tokens: TokenReader): QuerySyntax {
  const { key, kind, text, range } = tokens.peek()
  switch (key) {
    case 'SELECT':
      return plainQuery(selectAt(tokens))
    case 'VALUES': {
      tokens.take()
      const rows = tokens.list(() => rowAt(tokens))
      return plainQuery({ kind: 'values', rows, range: tokens.since(range.start) })
    }
    case '(': {
      const query = tokens.enclosed(() => tokens.query())
      return { ...query, range: tokens.since(range.start) }
    }
    case 'TABLE':
      throw tokens.unsupported('TABLE as a query is', 'write SELECT * FROM t')
    case 'FROM':
      throw tokens.problem('a query begins with SELECT', `write SELECT * FROM ${tokens.peek(1).text}`)
    default: {
      const meant = kind === 'word' ? nearest(text, ['SELECT', 'WITH', 'VALUES']) : undefined
      if (meant === undefined) throw tokens.unexpected('SELECT, WITH or VALUES')
      throw tokens.problem(`expected a query, found ${text}`, `did you mean ${meant}?`)
    }
  }
}

/** A row of VALUES: (1, 'a'), ROW(1, 'a'), or one value. */
function rowAt(tokens: TokenReader): readonly ExpressionSyntax[] {
  if (!tokens.sees('(') && !tokens.sees('ROW', '(')) return [tokens.expression()]
  tokens.accept('ROW')
  return tupleAt(tokens)
}

function selectAt(tokens: TokenReader): QueryBody {
  const { start } = tokens.take().range
  const distinct = distinctAt(tokens)
  const items = tokens.list(() => tokens.attempt(() => itemAt(tokens))).filter((item) => item !== undefined)
  const from = tokens.accept('FROM') ? tokens.attempt(() => fromAt(tokens)) : undefined
  if (from === undefined && tokens.problems.length === 0 && tokens.seesAny(['WHERE', 'GROUP', 'HAVING'])) {
    throw tokens.problem(`${tokens.peek().key} needs a FROM before it`, 'write SELECT … FROM … first')
  }
  const where = tokens.accept('WHERE') ? tokens.attempt(() => clauseAt(tokens)) : undefined
  const grouping = tokens.sees('GROUP') ? groupingAt(tokens) : { groupBy: undefined }
  const having = tokens.accept('HAVING') ? tokens.attempt(() => clauseAt(tokens)) : undefined
  const windows = tokens.sees('WINDOW') ? (tokens.attempt(() => windowsAt(tokens)) ?? []) : []
  const qualify = tokens.accept('QUALIFY') ? tokens.attempt(() => clauseAt(tokens)) : undefined
  return {
    kind: 'select',
    distinct,
    items,
    from,
    where,
    ...grouping,
    having,
    windows,
    qualify,
    range: tokens.since(start),
  }
}

/** An expression that ends a clause: what follows begins another, or ends the query. */
function clauseAt(tokens: TokenReader): ExpressionSyntax {
  const expression = tokens.expression()
  if (!tokens.seesAny(BEHIND_CLAUSE) && tokens.peek().kind !== 'end') throw tokens.unexpected()
  return expression
}

const BEHIND_CLAUSE =
  'GROUP HAVING WINDOW QUALIFY ORDER LIMIT OFFSET FETCH FOR UNION EXCEPT INTERSECT MINUS ) ; WHERE FROM'.split(' ')

function distinctAt(tokens: TokenReader): boolean {
  const { key, text, range } = tokens.peek()
  if (text.toUpperCase() === 'TOP' && tokens.peek(1).kind === 'number') {
    const { text: count } = tokens.peek(1)
    throw tokens.problem('Flink SQL has no TOP', `write LIMIT ${count} at the end`, {
      start: range.start,
      end: tokens.peek(1).range.end,
    })
  }
  if (key === 'STREAM') throw tokens.unsupported('SELECT STREAM is', 'write SELECT')
  if (tokens.accept('ALL')) return false
  if (!tokens.accept('DISTINCT')) return false
  if (tokens.sees('ON')) {
    const keys = argumentTexts(tokens.sql, tokens.peek(1).range.start).join(', ')
    const first = `QUALIFY ROW_NUMBER() OVER (PARTITION BY ${keys} ORDER BY …) = 1`
    throw tokens.problem('Flink SQL has no DISTINCT ON', `write SELECT … FROM … ${first}`)
  }
  return true
}

const BEHIND_ITEM = [...BEHIND_CLAUSE, ',']

function itemAt(tokens: TokenReader): SelectItem {
  const { start } = tokens.peek().range
  const star = starAt(tokens)
  if (star !== undefined) {
    refuseStarWithout(tokens)
    return { expression: star, alias: undefined, range: star.range }
  }
  const expression = tokens.expression()
  const alias = tokens.alias()
  if (!tokens.seesAny(BEHIND_ITEM) && tokens.peek().kind !== 'end') throw tokens.unexpected()
  return { expression, alias, range: tokens.since(start) }
}

/** Refuses * EXCEPT (a), * EXCLUDE (a) and * REPLACE (…); what EXCEPT (SELECT …) begins is a query. */
function refuseStarWithout(tokens: TokenReader): void {
  const { key, text } = tokens.peek()
  const isOther = text.toUpperCase() === 'EXCLUDE' || text.toUpperCase() === 'REPLACE'
  const isList =
    key === 'EXCEPT' &&
    tokens.peek(1).key === '(' &&
    tokens.peek(2).kind === 'word' &&
    !['SELECT', 'WITH', 'VALUES', 'TABLE'].includes(tokens.peek(2).key)
  if (!isOther && !isList) return
  const refusal = tokens.problem(
    `Flink SQL has no * ${text.toUpperCase()}`,
    'name the columns that you want: SELECT a, b',
  )
  // Reading goes on behind the list.
  while (tokens.peek().kind !== 'end' && tokens.take().key !== ')');
  throw refusal
}

/** *, t.* */
function starAt(tokens: TokenReader): ExpressionSyntax | undefined {
  const { range } = tokens.peek()
  if (tokens.accept('*')) return { kind: 'star', table: undefined, range }
  if (tokens.peek(1).key !== '.' || tokens.peek(2).key !== '*') return undefined
  const table = tokens.name('a table')
  tokens.expect('.')
  tokens.expect('*')
  return { kind: 'star', table, range: tokens.since(range.start) }
}

/** LIMIT n | ALL, OFFSET n [ROWS], FETCH FIRST n ROWS ONLY, in this order. */
function boundsAt(tokens: TokenReader): Pick<QuerySyntax, 'limit' | 'offset'> {
  let limit: ExpressionSyntax | undefined
  const limited = tokens.sees('LIMIT')
  if (tokens.accept('LIMIT') && !tokens.accept('ALL')) {
    limit = countAt(tokens, 'a number of rows after LIMIT')
    if (tokens.sees(',')) throw tokens.problem('LIMIT takes one number', 'write LIMIT count OFFSET start')
    if (tokens.sees('BY')) {
      const first = 'QUALIFY ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) <= N before ORDER BY'
      throw tokens.problem('Flink SQL has no LIMIT BY', `write ${first}`)
    }
  }
  let offset: ExpressionSyntax | undefined
  if (tokens.accept('OFFSET')) {
    offset = countAt(tokens, 'a number of rows after OFFSET')
    if (!tokens.accept('ROWS')) tokens.accept('ROW')
    if (tokens.sees('LIMIT')) throw tokens.problem('LIMIT stands before OFFSET', 'write LIMIT count OFFSET start')
  }
  if (tokens.sees('FETCH') && limited) throw tokens.unexpected()
  if (tokens.accept('FETCH')) {
    if (!tokens.accept('FIRST')) tokens.expect('NEXT', 'or FIRST after FETCH')
    limit = countAt(tokens, 'a number of rows after FETCH FIRST')
    if (!tokens.accept('ROWS')) tokens.expect('ROW', 'or ROWS')
    if (tokens.sees('WITH', 'TIES')) {
      throw tokens.problem('Flink SQL has no WITH TIES', 'write QUALIFY RANK() OVER (ORDER BY …) <= N')
    }
    tokens.expect('ONLY')
  }
  if (tokens.sees('FOR')) throw tokens.problem('there is nothing to lock: FOR cannot stand here', 'leave it out')
  return { limit, offset }
}

function countAt(tokens: TokenReader, wanted: string): ExpressionSyntax {
  const { text, range } = tokens.digits(wanted)
  return { kind: 'number', text, range }
}
