/**
 * Reads what `tailrace query` is asked: a query, or DESCRIBE of a table, and before it the views that it reads, each with a semicolon
 * behind it, as Flink's SQL client takes them. The views are queries of WITH, which nothing keeps.
 */
import { failureOf } from '../../base/failure.ts'
import type { Identifier, QuerySyntax } from './ast.ts'
import { checkHeight } from './depth.ts'
import { openTokens, wholeQueryAt } from './parse.ts'
import { problem } from './problem.ts'
import type { TokenReader } from './token-reader.ts'

export type ScriptSyntax = {
  /** Of DESCRIBE, all columns of the table. */
  readonly query: QuerySyntax
  /** The table of DESCRIBE. */
  readonly described: Identifier | undefined
}

type View = QuerySyntax['with'][number]

/** Whether a text may be more than a query. */
export const mayBeScript = (sql: string): boolean => /\b(?:CREATE|DESC|DESCRIBE)\b/i.test(sql)

/** The tree of the text; `isTable`: there is a table of this name. Throws a Failure with a place where it is refused. */
export function parseScript(sql: string, isTable: (name: string) => boolean): ScriptSyntax {
  const tokens = openTokens(sql)
  const views: View[] = []
  while (tokens.sees('CREATE', 'VIEW') || tokens.sees('CREATE', 'TEMPORARY', 'VIEW')) {
    const view = viewAt(tokens, isTable)
    if (view !== undefined) views.push(view)
  }
  refuseOtherView(tokens)
  const described = tokens.accept('DESCRIBE') || tokens.accept('DESC') ? describedAt(tokens) : undefined
  const last = described === undefined ? wholeQueryAt(tokens) : allOf(described)
  const failure = failureOf(tokens.problems)
  if (failure !== undefined || last === undefined) throw failure
  const query = { ...last, with: [...views, ...last.with] }
  checkHeight(sql, query)
  return { query, described }
}

/** CREATE OR REPLACE VIEW, CREATE TEMP VIEW, CREATE TABLE … AS and their like. */
function refuseOtherView(tokens: TokenReader): void {
  if (!tokens.sees('CREATE')) return
  let ahead = 1
  while (['OR', 'REPLACE', 'TEMP', 'TEMPORARY', 'MATERIALIZED'].includes(tokens.peek(ahead).key)) ahead++
  const { key } = tokens.peek(ahead)
  const name = tokens.peek(ahead + 1)
  if (key !== 'VIEW' && (key !== 'TABLE' || tokens.peek(ahead + 2).key !== 'AS')) return
  const written = tokens.sql.slice(tokens.peek().range.start, tokens.peek(ahead).range.end)
  const shown = ['word', 'quoted'].includes(name.kind) ? tokens.sql.slice(name.range.start, name.range.end) : 'name'
  const hint = `write CREATE VIEW ${shown} AS SELECT …; before the query`
  throw tokens.unsupported(`${written} is`, hint)
}

/** CREATE [TEMPORARY] VIEW [IF NOT EXISTS] name [(columns)] [COMMENT 'text'] AS query; undefined where the name is a table's. */
function viewAt(tokens: TokenReader, isTable: (name: string) => boolean): View | undefined {
  tokens.take()
  tokens.accept('TEMPORARY')
  tokens.expect('VIEW')
  const isOptional = tokens.accept('IF', 'NOT', 'EXISTS')
  const name = tokens.name('the name of a view')
  const columns = tokens.sees('(') ? tokens.names('a column') : []
  if (tokens.accept('COMMENT')) {
    if (tokens.peek().kind !== 'string') throw tokens.unexpected('a text')
    tokens.take()
  }
  tokens.expect('AS')
  const query = tokens.query()
  if (tokens.peek().kind === 'end') {
    throw tokens.problem('nothing is asked behind CREATE VIEW', `write ; SELECT * FROM ${name.name} behind it`)
  }
  tokens.expect(';', 'and a query')
  if (!isTable(name.name)) return { name, columns, query }
  if (isOptional) return undefined
  throw problem(tokens.sql, name.range, `there is a table ${name.name} already`, 'give the view another name')
}

function describedAt(tokens: TokenReader): Identifier {
  if (tokens.seesAny(['TABLE', 'EXTENDED', 'SELECT', 'WITH', '('])) {
    const isQuery = !tokens.seesAny(['TABLE', 'EXTENDED'])
    const hint = isQuery ? 'write CREATE VIEW v AS SELECT …; DESCRIBE v' : `write DESCRIBE ${tokens.peek(1).text}`
    throw tokens.problem('DESCRIBE takes the name of a table or view', hint)
  }
  const name = tokens.name('a table')
  tokens.accept(';')
  if (tokens.peek().kind !== 'end') throw tokens.unexpected()
  return name
}

/** SELECT * FROM name */
function allOf(name: Identifier): QuerySyntax {
  const { range } = name
  const body = {
    kind: 'select',
    distinct: false,
    items: [{ expression: { kind: 'star', table: undefined, range }, alias: undefined, range }],
    from: { kind: 'table', path: [name], alias: undefined, range },
    where: undefined,
    groupBy: undefined,
    having: undefined,
    windows: [],
    qualify: undefined,
    range,
  } as const
  return { with: [], body, orderBy: [], limit: undefined, offset: undefined, range }
}
