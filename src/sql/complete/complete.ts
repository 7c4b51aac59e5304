/**
 * What can be written at a place of a statement: tables behind FROM, time columns in DESCRIPTOR, columns and functions in
 * expressions. The statement mostly cannot be parsed at this moment, so it is read as tokens.
 */
import { collectFailure } from '../../base/failure.ts'
import { isTimestamp, typeName } from '../../record/type.ts'
import { quote } from '../bind/name.ts'
import { type Token, tokenize } from '../syntax/token.ts'
import type { Completion, Completions } from './completion.ts'
import { FUNCTIONS, keywords, WINDOW_FUNCTIONS } from './offers.ts'
import { type CompletingIn, type ScopeTable, scopeAt } from './scope.ts'

const MOST = 200

/** The completions at an offset of a text; none in a string, a comment or a number. */
export function completionsAt(sql: string, offset: number, context: CompletingIn): Completions {
  const nothing = { start: offset, end: offset, items: [] }
  const before = collectFailure([], () => tokenize(sql.slice(0, offset)))?.slice(0, -1)
  if (before === undefined) return nothing
  const last = before.at(-1)
  const isWithin = last?.kind === 'word' && last.range.end === offset
  if (!isWithin && (isInComment(sql.slice(last?.range.end ?? 0, offset)) || isTouching(last, offset))) return nothing
  const start = isWithin ? last.range.start : offset
  const end = offset + (/^\w*/.exec(sql.slice(offset))?.[0].length ?? 0)
  const led = isWithin ? before.slice(0, -1) : before
  const typed = sql.slice(start, offset).toUpperCase()
  // What is being written is left out, so that the rest is read as it would be without it.
  const rest = collectFailure([], () => tokenize(`${' '.repeat(end)}${sql.slice(end)}`)) ?? []
  const items = offersFor(led, { sql, tokens: [...led, ...rest], context })
  const fitting = items.filter(({ label }) => label.toUpperCase().includes(typed))
  const first = fitting.filter(({ label }) => label.toUpperCase().startsWith(typed))
  const others = fitting.filter((item) => !first.includes(item))
  return { start, end, items: [...first, ...others].slice(0, MOST) }
}

const isInComment = (gap: string): boolean => /(--|\/\/)[^\r\n]*$/.test(gap) || /\/\*(?:(?!\*\/)[\s\S])*$/.test(gap)
/** Right behind a string, a number or a name in quotes nothing can begin. */
const isTouching = (last: Token | undefined, offset: number): boolean =>
  last !== undefined && last.range.end === offset && ['string', 'number', 'quoted', 'bytes'].includes(last.kind)

type Place = { readonly sql: string; readonly tokens: readonly Token[]; readonly context: CompletingIn }

/** What may follow the tokens before. */
function offersFor(before: readonly Token[], place: Place): readonly Completion[] {
  const { context, sql, tokens } = place
  const [third, second, first] = [before.at(-3)?.key, before.at(-2)?.key ?? '', before.at(-1)?.key ?? '']
  const scope = () => scopeAt(sql, tokens, before.length, context)
  if (first === '.') return columnsIn(scope().filter(({ name }) => name === before.at(-2)?.text))
  if (first === '(' && second === 'DESCRIPTOR') return timesOf(before, place)
  if (first === 'FROM' || first === 'JOIN')
    return [...tablesIn(context), ...keywords(['TABLE(TUMBLE(TABLE ', 'TABLE('])]
  if (first === '(' && second === 'TABLE') return WINDOW_FUNCTIONS
  if (first === '(' && WINDOW_FUNCTIONS.some(({ label }) => label === second)) return keywords(['TABLE '])
  if (first === 'TABLE' && second === '(' && third !== undefined) return tablesIn(context)
  if (second === 'INTERVAL' && before.at(-1)?.kind === 'string') return keywords(['SECOND', 'MINUTE', 'HOUR', 'DAY'])
  if (before.length === 0) return keywords(['SELECT ', 'WITH '])
  if (first === 'GROUP' || first === 'ORDER' || first === 'PARTITION') return keywords(['BY '])
  return [...columnsIn(scope()), ...FUNCTIONS, ...userFunctions(context), ...keywords(AFTER_ALL)]
}

const AFTER_ALL = (
  'SELECT DISTINCT FROM WHERE GROUP HAVING ORDER LIMIT AS AND OR NOT IN IS NULL LIKE BETWEEN CASE WHEN THEN ELSE END ' +
  'OVER PARTITION ASC DESC JOIN LEFT ON UNION INTERVAL DESCRIPTOR CAST TRUE FALSE EXISTS'
).split(' ')

const tablesIn = ({ catalog }: CompletingIn): readonly Completion[] =>
  [...catalog.values()].map(({ name, fields, lookup }) => ({
    kind: 'table',
    label: name,
    text: quote(name),
    detail: lookup === undefined ? '' : 'lookup table: join it FOR SYSTEM_TIME AS OF',
    about: fields.map((field) => field.name).join(', '),
  }))

/** Each name once. */
function columnsIn(tables: readonly ScopeTable[]): readonly Completion[] {
  const fields = new Map(tables.flatMap((table) => table.fields).map((field) => [field.name, field]))
  return [...fields.values()].map(({ name, type }) => ({
    kind: 'column',
    label: name,
    text: quote(name),
    detail: typeName(type),
    about: '',
  }))
}

/** The times of the table that stands before DESCRIPTOR. */
function timesOf(before: readonly Token[], { context: { catalog } }: Place): readonly Completion[] {
  const table = before.findLastIndex(({ key }, index) => key === 'TABLE' && before[index + 1]?.text !== '(')
  const known = catalog.get(before[table + 1]?.text ?? '')
  const fields = known === undefined ? [...catalog.values()].flatMap((one) => one.fields) : known.fields
  const rowtime = known?.rowtime === undefined ? undefined : known.fields[known.rowtime.field]
  return columnsIn([{ name: undefined, fields: rowtime === undefined ? fields.filter(isTime) : [rowtime] }])
}

const isTime = ({ type }: ScopeTable['fields'][number]): boolean => isTimestamp(type)

const userFunctions = ({ session }: CompletingIn): readonly Completion[] =>
  [...(session.functions?.values() ?? [])].map(({ name, usage, summary }) => ({
    kind: 'function',
    label: name,
    text: `${name}(`,
    detail: usage,
    about: summary,
  }))
