/**
 * From the text of a query to its plan: parse, bind, simplify. The plan means what the text means to Flink; a text that is
 * wrong or not supported is a Failure of code 'sql' that says where, and what to write instead.
 */
import { collectFailure, Failure, failureOf } from '../base/failure.ts'
import type { Duration } from '../base/quantity.ts'
import type { Field } from '../record/type.ts'
import { refuseShownProctime } from './bind/from/processing-time.ts'
import { settleRanks } from './bind/over/rank.ts'
import { bindQuery } from './bind/query.ts'
import { addWarning, type Changing, newStatement, refuse, type Statement } from './bind/statement.ts'
import { uniquelyNamed } from './bind/view/unique-names.ts'
import type { Catalog } from './catalog.ts'
import { describedTable } from './described-table.ts'
import type { Session } from './function/function.ts'
import type { ChangeStep } from './plan/change-step.ts'
import { hasChanging, keptKeys, withChanges } from './plan/changes.ts'
import { rowKeyOf } from './plan/key.ts'
import type { Mode, Plan, Query, ViewText, Warning } from './plan/plan.ts'
import { simplify } from './plan/simplify.ts'
import type { QuerySyntax, TextRange } from './syntax/ast.ts'
import { parseQuery } from './syntax/parse.ts'
import { placeInSql, problem } from './syntax/problem.ts'
import { mayBeScript, parseScript } from './syntax/script.ts'
import { slashComments } from './syntax/slashes.ts'

export type PlanOptions = {
  readonly mode: Mode
  readonly session: Session
  /** As in `Query`. In batch mode each key has one row. */
  readonly ttl?: Duration | undefined
  /** How often an answer that changes is put out; in streaming mode only. */
  readonly every?: ChangeStep | undefined
  /** Whether, in batch mode, what Flink has in streaming mode alone is taken as well: SESSION. */
  readonly beyondFlink?: boolean
  /** Whether CREATE VIEW may stand before the query, and DESCRIBE in its place. */
  readonly isScript?: boolean
}

/**
 * The plan of `sql` over the tables of `catalog`. Throws a Failure, 'sql' or 'limit', where the text is refused: the first
 * mistake in it, which brings the others (`also`; `failuresIn` lists them all).
 */
export function planQuery(sql: string, catalog: Catalog, options: PlanOptions): Query {
  const { mode, ttl } = options
  const script =
    options.isScript === true && mayBeScript(sql) ? parseScript(sql, (name) => catalog.has(name)) : undefined
  const { bound, query, statement } = bindText(sql, () => script?.query ?? parseQuery(sql), catalog, options)
  if (script?.described !== undefined) {
    const plan = describedTable(script.described.name, bound.fields, catalog)
    return { sql, mode, plan, rowKey: undefined, rowKeyParts: undefined, warnings: [] }
  }
  refuseShownProctime(bound.fields, query, statement)
  const settled = settleRanks(bound, statement)
  const named = { ...settled, fields: uniquelyNamed(settled.fields).map(ofResult) }
  const changing = mode === 'streaming' && hasChanging(named) ? changingIn(statement) : undefined
  const plan = simplify(changing === undefined ? named : changed(named, changing, statement, options))
  const { rowKey, parts: rowKeyParts, lost } = rowKeyOf(plan)
  const warnings = [...statement.warnings]
  if (mode === 'streaming' && lost !== undefined) {
    warnings.push({
      message: `the rows have no key of their own, because ${lost} is not selected`,
      hint: `sinks will know them by topic, partition and offset; to update a store in place, select ${lost} too`,
    })
  }
  const views = viewTexts(statement)
  return {
    sql,
    mode,
    plan,
    rowKey,
    rowKeyParts,
    warnings,
    ...(ttl === undefined ? {} : { ttl }),
    ...(changing === undefined ? {} : { instead: changing.instead }),
    ...(views.length === 0 ? {} : { views }),
  }
}

/** People who come from PostgreSQL or DuckDB divide so, and would not see that the rest of the line is not read. */
function dividingSlashes({ sql, catalog }: Statement) {
  const columns = new Set([...catalog.values()].flatMap(({ fields }) => fields.map(({ name }) => name)))
  const comments = collectFailure([], () => slashComments(sql, (name) => columns.has(name))) ?? []
  return comments.map(({ range, left, right }) => ({
    message: 'this is a comment: what stands behind // is not read',
    hint: `for a quotient, write ${left} / ${right}, which is whole for integers`,
    range,
  }))
}

/** The part of a stream that changes, as it is written. A rank over groups needs the window in both. */
function changingIn(statement: Statement): Changing {
  const [first, ...others] = statement.changing
  if (first !== undefined) return { ...first, instead: [first, ...others].map(({ instead }) => instead).join('; and ') }
  return {
    instead: 'put it into windows',
    refuse: (message, hint) => refuse(statement, { start: 0, end: statement.sql.length }, message, hint),
  }
}

/** The plan with the answer that changes on top. Throws where the whole cannot change as a part of it does. */
function changed(
  plan: Plan,
  { refuse: refuseIt, instead }: Changing,
  statement: Statement,
  { every, ttl }: PlanOptions,
): Plan {
  const found = withChanges(plan, { catalog: statement.catalog, every, ttl })
  if ('why' in found) return refuseIt(found.why, `${found.hint}; or ${instead}`)
  if (ttl === undefined) warnOfGrowth(found, statement)
  return found
}

function warnOfGrowth(plan: Plan, statement: Statement): void {
  const keys = keptKeys(plan)
  if (keys.length === 0) return
  addWarning(statement, {
    message: `every ${keys.join(', ')} that was ever seen is kept, as its row may change: the state grows without end`,
    hint: 'say how long, in event time: state: { ttl: 7d } of the query; or ttl: forever, where there are few',
  })
}

/** The columns of a view, as they come: of two that are called x the second is x0. */
export type PlannedView = {
  readonly plan: Plan
  /** As the text names them. */
  readonly names: readonly string[]
  readonly fields: readonly Field[]
  readonly warnings: readonly Warning[]
}

/** Binds the text of a view by itself. Throws as `planQuery` does; a rank without a bound is for the queries over it to bound. */
export function planView(
  sql: string,
  query: QuerySyntax,
  catalog: Catalog,
  options: Omit<PlanOptions, 'ttl'>,
): PlannedView {
  // Whether a state that grows has an end is said by the queries.
  const { bound, statement } = bindText(sql, () => query, catalog, { ...options, ttl: Number.POSITIVE_INFINITY })
  const { fields } = bound
  return {
    plan: bound,
    names: fields.map(({ name }) => name),
    fields: uniquelyNamed(fields),
    warnings: statement.warnings,
  }
}

function bindText(
  sql: string,
  parse: (sql: string) => QuerySyntax,
  catalog: Catalog,
  { mode, session, ttl, beyondFlink = false }: PlanOptions,
): { readonly bound: Plan; readonly query: QuerySyntax; readonly statement: Statement } {
  const ofMode = mode === 'streaming' ? ttl : undefined
  const statement = newStatement({ sql, catalog, mode, session, ttl: ofMode, beyondFlink, bindQuery })
  const read = collectFailure(statement.problems, () => {
    const query = parse(sql)
    return { query, bound: bindQuery(query, statement, new Map()) }
  })
  const slashes = dividingSlashes(statement)
  // The rest of the line is missing then, which is what the other mistakes come from.
  if (statement.problems.length > 0)
    statement.problems.push(...slashes.map(({ range, message, hint }) => problem(sql, range, message, hint)))
  const failure = failureOf(inOrder(statement.problems))
  if (read === undefined || failure !== undefined) throw failure
  for (const warning of slashes) addWarning(statement, warning)
  return { ...read, statement }
}

const viewTexts = ({ views }: Statement): readonly ViewText[] =>
  [...new Map(views.map(({ name, sql }) => [name, { name, sql }])).values()].sort((a, b) => (a.name < b.name ? -1 : 1))

/** Mistakes of one statement that are shown. */
const MOST_PROBLEMS = 20

/** The problems by their places; a name that does not exist is in them once. */
function inOrder(problems: readonly Failure[]): readonly Failure[] {
  const before = (a: Failure, b: Failure) =>
    (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0)
  const sorted = [...problems].sort(before)
  return sorted
    .filter((problem, index) => !sorted.slice(0, index).some((other) => isSameName(other, problem)))
    .slice(0, MOST_PROBLEMS)
}

/** Whether both say of one name that it does not exist: it is reported once, where it stands first. */
const isSameName = (a: Failure, b: Failure): boolean =>
  /^there is no (?:column|function|window)/.test(a.message) && a.message === b.message && a.hint === b.hint

/** The warnings about a query, each at its place in the SQL; one about no part of it is at `otherwise`, or has no place. */
export const warningsOf = ({ sql, warnings }: Query, otherwise?: TextRange): Failure[] =>
  warnings.map(({ message, hint, range = otherwise }) => {
    return new Failure('sql', message, { place: range && placeInSql(sql, range), hint })
  })

/** A result has milliseconds in each TIMESTAMP, also in one that began as a literal with fewer digits. */
function ofResult(field: Field): Field {
  const { kind } = field.type
  return kind === 'TIMESTAMP' || kind === 'TIMESTAMP_LTZ' ? { ...field, type: { kind } } : field
}
