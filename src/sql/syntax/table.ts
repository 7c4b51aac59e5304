/** Reads FROM: tables, sub-queries, window table functions, UNNEST and joins. */
import type { AliasSyntax, ExpressionSyntax, Identifier, TableSyntax, WindowArgument } from './ast.ts'
import { joinAt, refuseOtherJoin, seesJoins } from './join.ts'
import { OF_EACH } from './other-clauses.ts'
import type { TokenReader } from './token-reader.ts'

const PIVOT_HINT = "write a column for each value: COUNT(*) FILTER (WHERE c = 'x') AS x"
const UNPIVOT_HINT = "write SELECT 'a' AS name, a FROM t UNION ALL SELECT 'b' AS name, b FROM t"
/** How a query names its files. */
const FILES_HINT =
  'name files behind the statement: tailrace query "SELECT … FROM log" FILE, or, for another name than log, --table NAME=FILE'
/** Functions by which other programs read files. */
const READS_FILES = /^(?:read_\w+|parquet_scan|scan_\w+|file|s3|url)$/i

/** Functions that stand in FROM by themselves. */
const WINDOWS = /^(?:TUMBLE|HOP|CUMULATE|SESSION)$/i

type Join = Extract<TableSyntax, { kind: 'join' }>

/** Reads the tables after the word FROM. A comma binds less than JOIN; but an UNNEST behind it reads all that is before it. */
export function fromAt(tokens: TokenReader): TableSyntax {
  let left = joinsAt(tokens, tableAt(tokens))
  while (tokens.accept(',')) {
    const isUnnest = tokens.sees('UNNEST')
    const right = isUnnest ? tableAt(tokens) : joinsAt(tokens, tableAt(tokens))
    left = { kind: 'join', type: 'CROSS', left, right, on: undefined, using: undefined, range: rangeOf(tokens, left) }
    if (isUnnest) left = joinsAt(tokens, left)
  }
  return left
}

const rangeOf = (tokens: TokenReader, left: TableSyntax) => tokens.since(left.range.start)

/** The table with all that JOIN adds to it, from left to right. */
function joinsAt(tokens: TokenReader, first: TableSyntax): TableSyntax {
  let left = first
  for (;;) {
    const natural = tokens.accept('NATURAL')
    const type = joinAt(tokens)
    if (type === undefined && natural) throw tokens.unexpected('JOIN after NATURAL')
    if (type === undefined) return left
    if (natural && type === 'CROSS') throw tokens.problem('a CROSS JOIN is not NATURAL', 'write NATURAL JOIN')
    left = joined(tokens, left, { type, natural })
  }
}

type Words = { readonly type: Join['type']; readonly natural: boolean }

function joined(tokens: TokenReader, left: TableSyntax, { type, natural }: Words): TableSyntax {
  const right = tableAt(tokens)
  const join = { kind: 'join', type, left, right } as const
  if (natural) return { ...join, on: undefined, using: 'NATURAL', range: rangeOf(tokens, left) }
  if (right.kind === 'unnest' && type !== 'CROSS' && !tokens.sees('ON')) {
    const better = type === 'INNER' ? 'CROSS JOIN UNNEST(…) AS t' : 'LEFT JOIN UNNEST(…) AS t ON TRUE'
    throw tokens.problem(`${type} JOIN UNNEST(…) wants ON`, `write ${better}`)
  }
  if (type === 'CROSS' && tokens.seesAny(['ON', 'USING'])) {
    throw tokens.problem('a CROSS JOIN has no condition', `write JOIN … ${tokens.peek().key} …`)
  }
  if (type === 'CROSS') return { ...join, on: undefined, using: undefined, range: rangeOf(tokens, left) }
  if (tokens.accept('USING')) {
    const using = tokens.names('a column')
    return { ...join, on: undefined, using, range: rangeOf(tokens, left) }
  }
  if (!tokens.sees('ON')) throw tokens.unexpected(`ON and the condition of ${type === 'INNER' ? '' : `${type} `}JOIN`)
  tokens.take()
  const on = tokens.expression()
  return { ...join, on, using: undefined, range: rangeOf(tokens, left) }
}

function tableAt(tokens: TokenReader): TableSyntax {
  const { start } = tokens.peek().range
  if (seesJoins(tokens)) return tokens.nested(() => tokens.enclosed(() => joinsAt(tokens, tableAt(tokens))))
  const table = asOfAt(tokens, tableWithoutAlias(tokens))
  const { key } = tokens.peek()
  refuseOtherJoin(tokens)
  if (['MATCH_RECOGNIZE', 'PIVOT', 'UNPIVOT'].includes(key))
    throw tokens.unsupported(`${key} is`, key === 'PIVOT' ? PIVOT_HINT : key === 'UNPIVOT' ? UNPIVOT_HINT : undefined)
  const alias = aliasAt(tokens)
  // Behind an alias as well: FROM log AS a SEMI JOIN b.
  refuseOtherJoin(tokens)
  return { ...table, alias, range: tokens.since(start) }
}

type Plain = Exclude<TableSyntax, Join>

/** The table with FOR SYSTEM_TIME AS OF, if that follows. */
function asOfAt(tokens: TokenReader, table: Plain): Plain {
  if (!tokens.sees('FOR', 'SYSTEM_TIME')) return table
  if (table.kind !== 'table') {
    throw tokens.problem('FOR SYSTEM_TIME AS OF stands behind the name of a table', 'name the table itself')
  }
  tokens.take()
  tokens.take()
  tokens.expect('AS', 'and OF after SYSTEM_TIME')
  tokens.expect('OF', 'after SYSTEM_TIME AS')
  return { ...table, asOf: tokens.expression() }
}

function tableWithoutAlias(tokens: TokenReader): Plain {
  const { key, range } = tokens.peek()
  switch (key) {
    case '(':
      return derivedAt(tokens)
    case 'TABLE':
      return windowAt(tokens)
    case 'UNNEST':
      return unnestAt(tokens)
    case 'LATERAL':
      throw tokens.unsupported('LATERAL is', tokens.peek(1).key === 'UNNEST' ? 'leave it out before UNNEST' : OF_EACH)
    default: {
      if (tokens.peek().kind === 'string') {
        throw tokens.problem('FROM takes the name of a table, not of a file', FILES_HINT)
      }
      const path = pathAt(tokens)
      const called = path.at(-1)
      if (tokens.sees('(') && called !== undefined && READS_FILES.test(called.name)) {
        throw tokens.problem(`there is no function ${called.name}`, FILES_HINT, called.range)
      }
      if (tokens.sees('(') && called !== undefined && path.length === 1 && WINDOWS.test(called.name)) {
        return windowOf(tokens, called, range.start)
      }
      if (tokens.sees('(') && called !== undefined) {
        throw tokens.problem(
          'a function in FROM stands inside TABLE( )',
          `write TABLE(${called.name}(…))`,
          called.range,
        )
      }
      return { kind: 'table', path, alias: undefined, range: tokens.since(range.start) }
    }
  }
}

function pathAt(tokens: TokenReader): Identifier[] {
  const path = [tokens.name('a table')]
  while (tokens.accept('.')) path.push(tokens.name('a table'))
  return path
}

function derivedAt(tokens: TokenReader): Plain {
  const open = tokens.peek()
  let ahead = 1
  while (tokens.peek(ahead).key === '(') ahead++
  if (!['SELECT', 'WITH', 'VALUES', 'TABLE'].includes(tokens.peek(ahead).key) && tokens.peek(ahead).kind !== 'end') {
    tokens.take()
    throw tokens.unexpected('a query: (SELECT …)')
  }
  const query = tokens.enclosed(() => tokens.query())
  return { kind: 'derived', query, alias: undefined, range: tokens.since(open.range.start) }
}

/** UNNEST(expression) [WITH ORDINALITY] */
function unnestAt(tokens: TokenReader): Plain {
  const { start } = tokens.take().range
  const expression = tokens.enclosed(() => {
    const list = tokens.expression()
    if (tokens.sees(',')) throw tokens.unsupported('UNNEST of several values is', 'join one UNNEST after the other')
    return list
  }, 'after UNNEST')
  const ordinality = tokens.accept('WITH', 'ORDINALITY')
  if (tokens.sees('WITH'))
    throw tokens.problem('Flink SQL has no WITH OFFSET', 'write WITH ORDINALITY, which counts from 1')
  return { kind: 'unnest', expression, ordinality, alias: undefined, range: tokens.since(start) }
}

/** [AS] t [(a, b)] */
function aliasAt(tokens: TokenReader): AliasSyntax | undefined {
  const name = tokens.alias()
  if (name === undefined) return undefined
  return { name, columns: tokens.sees('(') ? tokens.names('a column') : [] }
}

/** TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) */
function windowAt(tokens: TokenReader): Plain {
  const { start } = tokens.take().range
  if (!tokens.sees('(')) {
    const table = tokens.name('( after TABLE')
    throw tokens.problem('TABLE stands before a function here', `write FROM ${table.name}`, table.range)
  }
  tokens.take()
  const name = tokens.name('a window function: TUMBLE, HOP, CUMULATE or SESSION')
  const window = windowOf(tokens, name, start)
  tokens.expect(')', 'to end TABLE(')
  return { ...window, range: tokens.since(start) }
}

/** The arguments behind the name of a window function, which may stand in FROM without TABLE( ). */
function windowOf(tokens: TokenReader, name: Identifier, start: number): Plain {
  tokens.expect('(', `after ${name.name}`)
  const values = tokens.nested(() => tokens.list(() => argumentAt(tokens)))
  tokens.expect(')', `after the arguments of ${name.name}`)
  return { kind: 'window', function: name, arguments: values, alias: undefined, range: tokens.since(start) }
}

function argumentAt(tokens: TokenReader): WindowArgument {
  const { start } = tokens.peek().range
  const name = tokens.peek(1).key === '=>' ? namedAt(tokens) : undefined
  const value = valueAt(tokens)
  return { name, value, range: tokens.since(start) }
}

function namedAt(tokens: TokenReader): Identifier {
  const { text, kind, range } = tokens.take()
  tokens.expect('=>')
  return { name: kind === 'word' ? text.toUpperCase() : text, range }
}

function valueAt(tokens: TokenReader): WindowArgument['value'] {
  if (tokens.sees('DESCRIPTOR', '(')) {
    tokens.take()
    return { kind: 'descriptor', columns: tokens.names('a column') }
  }
  const data = dataAt(tokens)
  if (data === undefined) return tokens.expression()
  return { kind: 'data', table: data, partitionBy: partitionAt(tokens) }
}

/** TABLE t, (SELECT …), and TABLE (SELECT …), which Flink does not read. */
function dataAt(tokens: TokenReader): TableSyntax | undefined {
  const { start } = tokens.peek().range
  if (tokens.accept('TABLE')) {
    if (tokens.sees('(')) return derivedAt(tokens)
    const path = pathAt(tokens)
    return { kind: 'table', path, alias: undefined, range: tokens.since(start) }
  }
  let ahead = 0
  while (tokens.peek(ahead).key === '(') ahead++
  const isQuery = ahead > 0 && ['SELECT', 'WITH', 'VALUES'].includes(tokens.peek(ahead).key)
  return isQuery ? derivedAt(tokens) : undefined
}

/** PARTITION BY k and PARTITION BY (k, v) */
function partitionAt(tokens: TokenReader): ExpressionSyntax[] {
  const by = tokens.accept('PARTITION', 'BY') ? keysAt(tokens) : []
  if (tokens.sees('ORDER')) throw tokens.unsupported('ORDER BY on a table argument is')
  return by
}

function keysAt(tokens: TokenReader): ExpressionSyntax[] {
  // Without parentheses a comma ends the key: it belongs to the arguments of the function.
  return tokens.sees('(') ? tokens.enclosed(() => tokens.list(() => tokens.expression())) : [tokens.expression()]
}
