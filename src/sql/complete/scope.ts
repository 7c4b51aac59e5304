/**
 * The columns that can be named at a place of a statement that is still being written: it mostly cannot be parsed yet, so tokens are
 * looked at, and only whole sub-queries are planned.
 */
import { collectFailure } from '../../base/failure.ts'
import { type Field, TIMESTAMP } from '../../record/type.ts'
import type { Catalog } from '../catalog.ts'
import { type PlanOptions, planQuery } from '../plan-query.ts'
import type { Token } from '../syntax/token.ts'
import { type Parentheses, parenthesesOf } from './parentheses.ts'

export type CompletingIn = { readonly catalog: Catalog } & Pick<PlanOptions, 'mode' | 'session'>

/** A table of FROM, by its alias or its name. */
export type ScopeTable = { readonly name: string | undefined; readonly fields: readonly Field[] }

/** What FROM ends at. */
const ENDS = new Set(
  'WHERE GROUP HAVING ORDER LIMIT OFFSET FETCH QUALIFY WINDOW UNION INTERSECT EXCEPT SELECT'.split(' '),
)
const SET_OPERATIONS = new Set(['UNION', 'INTERSECT', 'EXCEPT'])
/** Words that may stand where an alias would. */
const NO_ALIAS = new Set([
  ...ENDS,
  ...'JOIN LEFT RIGHT FULL INNER CROSS NATURAL ON USING FOR AS TABLESAMPLE'.split(' '),
])
const WINDOW_COLUMNS: readonly Field[] = ['window_start', 'window_end', 'window_time'].map((name) => ({
  name,
  type: TIMESTAMP,
}))

/** The tables of the SELECT that the token at `index` is in. `sql` is the text of the tokens. */
export function scopeAt(
  sql: string,
  tokens: readonly Token[],
  index: number,
  context: CompletingIn,
): readonly ScopeTable[] {
  const groups = parenthesesOf(tokens)
  const names = withNames(sql, tokens, groups, context)
  for (let open = groups.openOf(index); ; open = groups.openOf(open)) {
    const found = partAround(tokens, groups, open, index)
    if (found !== undefined) return tablesOfFrom(found, { sql, tokens, groups, names, context })
    if (open < 0) return []
  }
}

type Part = { readonly from: number; readonly to: number; readonly open: number }

/** The tokens of the SELECT of a group that are around an index; undefined where the group has no SELECT. */
function partAround(tokens: readonly Token[], groups: Parentheses, open: number, index: number): Part | undefined {
  const close = groups.closeOf(open)
  const inside = groups.within(open)
  const borders = inside.filter((at) => SET_OPERATIONS.has(tokens[at]?.key ?? ''))
  const from = borders.findLast((at) => at < index) ?? open
  const to = borders.find((at) => at >= index) ?? close
  const hasSelect = inside.some((at) => at > from && at < to && tokens[at]?.key === 'SELECT')
  return hasSelect ? { from, to, open } : undefined
}

type Reading = {
  readonly sql: string
  readonly tokens: readonly Token[]
  readonly groups: Parentheses
  readonly names: Catalog
  readonly context: CompletingIn
}

function tablesOfFrom({ from, to, open }: Part, reading: Reading): readonly ScopeTable[] {
  const { tokens, groups } = reading
  const inside = groups.within(open).filter((at) => at > from && at < to)
  const begin = inside.findIndex((at) => tokens[at]?.key === 'FROM')
  if (begin < 0) return []
  const rest = inside.slice(begin + 1)
  const end = rest.findIndex((at) => ENDS.has(tokens[at]?.key ?? ''))
  const list = end < 0 ? rest : rest.slice(0, end)
  const tables: ScopeTable[] = []
  // A table stands at the beginning, behind a comma, and behind JOIN.
  list.forEach((at, place) => {
    const before = tokens[list[place - 1] ?? -1]?.key
    if (place > 0 && before !== ',' && before !== 'JOIN') return
    const table = tableAt(at, reading)
    if (table !== undefined) tables.push(table)
  })
  return tables
}

function tableAt(at: number, reading: Reading): ScopeTable | undefined {
  const { tokens, groups, names } = reading
  const token = tokens[at]
  if (token === undefined) return undefined
  const isCall = tokens[at + 1]?.text === '(' && token.kind === 'word'
  if (isCall) {
    const fields = [...windowedFields(at + 1, reading), ...WINDOW_COLUMNS]
    return { name: aliasAt(groups.closeOf(at + 1) + 1, tokens), fields }
  }
  if (token.text === '(' && token.kind === 'sign') {
    return { name: aliasAt(groups.closeOf(at) + 1, tokens), fields: fieldsOfGroup(at, reading) }
  }
  if (token.kind !== 'word' && token.kind !== 'quoted') return undefined
  return { name: aliasAt(at + 1, tokens) ?? token.text, fields: names.get(token.text)?.fields ?? [] }
}

/** The columns of what TABLE(TUMBLE(TABLE t, …)) reads. */
function windowedFields(open: number, reading: Reading): readonly Field[] {
  const { tokens, groups, names } = reading
  const close = groups.closeOf(open)
  for (let at = open + 1; at < close; at++) {
    if (tokens[at]?.key === 'SELECT') return fieldsOfGroup(groups.openOf(at), reading)
    const next = tokens[at + 1]
    if (tokens[at]?.key === 'TABLE' && next?.text !== '(') return names.get(next?.text ?? '')?.fields ?? []
  }
  return []
}

function aliasAt(at: number, tokens: readonly Token[]): string | undefined {
  const token = tokens[tokens[at]?.key === 'AS' ? at + 1 : at]
  const isName = token?.kind === 'quoted' || (token?.kind === 'word' && !NO_ALIAS.has(token.key))
  return isName ? token?.text : undefined
}

/** The columns of a sub-query in parentheses; none where it cannot be planned yet. */
function fieldsOfGroup(open: number, { sql, tokens, groups, names, context }: Reading): readonly Field[] {
  const close = tokens[groups.closeOf(open)]
  if (close === undefined || close.kind === 'end') return []
  const text = sql.slice(tokens[open]?.range.end, close.range.start)
  const { mode, session } = context
  return collectFailure([], () => planQuery(text, names, { mode, session, beyondFlink: true }))?.plan.fields ?? []
}

/** The catalog with the names that WITH gives. */
function withNames(sql: string, tokens: readonly Token[], groups: Parentheses, context: CompletingIn): Catalog {
  if (tokens[0]?.key !== 'WITH') return context.catalog
  const names = new Map(context.catalog)
  const top = groups.within(-1)
  top.forEach((at, place) => {
    const [name, as, open] = [tokens[at], tokens[top[place + 1] ?? -1], top[place + 2]]
    if (name === undefined || as?.key !== 'AS' || open === undefined || tokens[open]?.text !== '(') return
    const fields = fieldsOfGroup(open, { sql, tokens, groups, names, context })
    const rowtime = fields.findIndex((field) => field.rowtime === true)
    names.set(name.text, { name: name.text, fields, rowtime: rowtime < 0 ? undefined : { field: rowtime, delay: 0 } })
  })
  return names
}
