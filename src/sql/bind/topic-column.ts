/**
 * A column that a topic adds to those of its format, as in Flink's DDL: `TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'`, or an
 * expression over the other columns, such as `FLOOR(ts TO MINUTE)`. A column of a sink's table is declared in the same way.
 */
import { nearest } from '../../base/nearest.ts'
import { typeNamed } from '../../record/named-type.ts'
import { type Field, sameType, type Type, typeName } from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import { printExpression } from '../expression/print.ts'
import type { Session } from '../function/function.ts'
import type { Warning } from '../plan/plan.ts'
import type { TextRange } from '../syntax/ast.ts'
import { parseExpression } from '../syntax/expression.ts'
import { problem } from '../syntax/problem.ts'
import { TokenReader } from '../syntax/token-reader.ts'
import { typeAt } from '../syntax/type.ts'
import { bindExpression } from './expression.ts'
import { newStatement, type Statement } from './statement.ts'

/** A key of METADATA and its type. */
export type MetadataKey = { readonly key: string; readonly type: Type }

/** What there is: `keys` for a person to choose from; `refused` says why there is no metadata of a key. */
export type MetadataKeys<Known extends MetadataKey> = {
  readonly keys: readonly string[]
  find(key: string): Known | undefined
  refused(key: string): string | undefined
}

/** What is computed, for messages. */
export type ComputedPart = 'a column of a topic' | 'a column of a table' | 'a part of a point' | 'a rule of a topic'

export type ComputedColumn = { readonly expression: Expression; readonly warnings: readonly Warning[] }

/** A time in another year, month, day and hour than any `now`: an expression that uses the clock differs there. */
const OTHER_TIME_MS = 34_567_890_123

const CONSTRUCTED_TYPES = ['MAP', 'ARRAY', 'ROW', 'MULTISET']

/** Whether the text declares METADATA; otherwise it is an expression. Throws a Failure where it cannot be cut into tokens. */
export function isMetadata(text: string): boolean {
  const tokens = readerOf(text)
  const first = tokens.peek()
  if (['CASE', 'NOT'].includes(first.key)) return false
  for (let at = 1; tokens.peek(at).kind !== 'end'; at++) {
    if (tokens.peek(at).key !== 'METADATA') continue
    const before = tokens.peek(at - 1)
    // Behind a word or a parenthesis no expression has a name.
    return before.kind === 'word' || before.key === ')' || CONSTRUCTED_TYPES.includes(first.key)
  }
  return false
}

/**
 * The metadata that `TYPE METADATA [FROM 'key'] [VIRTUAL]` declares; without FROM the key is the `name` of the column.
 * Throws a Failure with the place in the text.
 */
export function parseMetadata<Known extends MetadataKey>(
  text: string,
  name: string,
  { keys, find, refused }: MetadataKeys<Known>,
): Known {
  const { key, range } = keyAt(text, name)
  const reason = refused(key)
  if (reason !== undefined) throw problem(text, range, `metadata '${key}' is not supported: ${reason}`)
  const found = find(key)
  if (found === undefined) {
    const near = nearest(key, keys)
    const all = `the keys are ${keys.join(', ')}`
    const hint = near === undefined ? all : `did you mean '${near}'? ${all}`
    throw problem(text, range, `there is no metadata '${key}'`, hint)
  }
  checkType(text, found)
  return found
}

/** The key, behind the METADATA that is last in the text. */
function keyAt(text: string, name: string): { readonly key: string; readonly range: TextRange } {
  const tokens = readerOf(text)
  while (!tokens.sees('METADATA')) tokens.take()
  const { range } = tokens.take()
  let key = name
  let keyRange = range
  if (tokens.accept('FROM')) {
    const token = tokens.peek()
    if (token.kind !== 'string') throw tokens.unexpected("the key of the metadata in quotes, as in FROM 'timestamp'")
    tokens.take()
    key = token.text
    keyRange = token.range
  }
  tokens.accept('VIRTUAL')
  if (tokens.peek().kind !== 'end') {
    throw tokens.problem('this cannot follow METADATA', "write TYPE METADATA FROM 'key'")
  }
  return { key, range: keyRange }
}

/** Flink would cast; here a query does that. */
function checkType(text: string, { key, type }: MetadataKey): void {
  const tokens = readerOf(text)
  const start = tokens.peek().range.start
  const isSimple = !CONSTRUCTED_TYPES.includes(tokens.peek().key)
  const bound = isSimple ? typeNamed(typeAt(tokens)) : undefined
  const isRight = bound !== undefined && 'type' in bound && bound.length === undefined && sameType(bound.type, type)
  if (isRight && tokens.sees('METADATA')) return
  while (!tokens.sees('METADATA')) tokens.take()
  const end = text.slice(0, tokens.peek().range.start).trimEnd().length
  const hint = `write ${typeName(type)} METADATA FROM '${key}'; a query can CAST it to another type`
  throw problem(text, { start, end }, `metadata '${key}' is ${typeName(type)}`, hint)
}

/**
 * The expression of a column over rows of these fields; `what` the column is, for messages. Throws a Failure with the place
 * in the text where it is refused.
 */
export function parseComputed(
  text: string,
  fields: readonly Field[],
  session: Session,
  what: ComputedPart = 'a column of a topic',
): ComputedColumn {
  const tokens = readerOf(text, what)
  const node = parseExpression(tokens, 0)
  if (tokens.peek().kind !== 'end') throw tokens.unexpected()
  const bind = (now: number): ComputedColumn => {
    const statement = statementOf(text, { ...session, now }, what)
    const relations = [{ name: undefined, fields, first: 0 }]
    const scope = { statement, relations, clause: what, aliases: new Map() }
    return { expression: bindExpression(node, scope), warnings: statement.warnings }
  }
  const bound = bind(session.now)
  const { type } = bound.expression
  const refuse = (message: string, hint: string): never => {
    throw problem(text, node.range, message, hint)
  }
  if (what === 'a rule of a topic' && type.kind !== 'BOOLEAN') {
    return refuse(`${what} is a condition, and this is ${typeName(type)}`, 'write what must be TRUE of each record')
  }
  if (type.kind === 'NULL' || type.kind === 'INTERVAL_DAY' || type.kind === 'INTERVAL_MONTH') {
    return refuse(`${what} cannot be ${typeName(type)}`, 'write CAST(… AS TYPE)')
  }
  const other = bind(session.now + OTHER_TIME_MS).expression
  if (printExpression(bound.expression, fields) !== printExpression(other, fields)) {
    return refuse(
      `${what} cannot use the clock: the same record would be another row at the next reading`,
      "the time at which a record arrived is kept with it: TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'",
    )
  }
  return bound
}

function readerOf(text: string, what = 'a column of a topic'): TokenReader {
  return new TokenReader(text, {
    query: (reader) => {
      throw problem(text, reader.peek().range, `${what} is an expression, not a query`)
    },
    expression: parseExpression,
  })
}

const statementOf = (sql: string, session: Session, what: string): Statement =>
  newStatement({
    sql,
    catalog: new Map(),
    mode: 'streaming',
    session,
    ttl: undefined,
    bindQuery: () => {
      throw problem(sql, { start: 0, end: sql.length }, `${what} is an expression, not a query`)
    },
  })
